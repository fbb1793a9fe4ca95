// The API is a process (main.ts); tests build it with createApi.
export { createApi } from './api-application.js';
