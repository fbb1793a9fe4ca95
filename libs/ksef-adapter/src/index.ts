// The public face of the KSeF and Latarnia adapter. Start at ksef-adapter.module.ts.
export { sessionKeyLabel } from './crypto/session-cipher.js';
export type { KsefAdapterEvent } from './ksef-adapter-event.js';
export type { KsefAdapterOptions } from './ksef-adapter-options.js';
export { ksefAdapterModule } from './ksef-adapter.module.js';
export { readUpo } from './http/upo-xml.js';
