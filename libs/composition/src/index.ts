// The composition root: the only project that knows every adapter. Start at compose.ts.
import 'reflect-metadata';

export { randomKeyMaker } from './access-use-cases.js';
export { compose, processName } from './compose.js';
export type { Composition } from './compose.js';
export { ConfigurationError, readConfiguration, VariableReader } from './configuration.js';
export type { Configuration } from './configuration.js';
export { exitOnUncaught, logLine } from './log.js';
export type { Log } from './log.js';
export type { UseCases } from './use-cases.js';
export { fa3InvoiceJsonSchema } from '@latarnik/fa3';
export { addPlatformKey, migrate, verifyAudit } from '@latarnik/persistence';
export type { AuditVerdict, NotedCheckpoint } from '@latarnik/persistence';
export { crashRehearsal } from './crash-points/crash-rehearsal.js';
export type { CrashRehearsal } from './crash-points/crash-rehearsal.js';
export { CRASH_POINTS, isCrashPoint, RESERVED_CRASH_POINTS } from './crash-points/names.js';
export type { CrashPoint } from './crash-points/names.js';
