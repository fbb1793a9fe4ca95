// The worker is a process (main.ts); tests build it from these.
export { Worker } from './worker.js';
export type { WorkerConfiguration } from './worker-configuration.js';
