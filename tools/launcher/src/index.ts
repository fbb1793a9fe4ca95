// Starts the whole system on one machine. Start at start-system.ts.
export { CallFailedError, callJson } from './http.js';
export { SimulatorControl } from './simulator-control.js';
export type { IssuedCertificate, LedgerEntry } from './simulator-control.js';
export { DRILL_EXIT, DRILL_USAGE, drillCommand } from './drill-command.js';
export type { DrillCommand } from './drill-command.js';
export { runDrill } from './run-drill.js';
export type { DrillAnswer, DrillRun } from './run-drill.js';
export { seedTenant } from './seed-tenant.js';
export type { SeededTenant } from './seed-tenant.js';
export { entryOf, startSystem } from './start-system.js';
export type { System, SystemOptions } from './start-system.js';
export { SupervisedProcess } from './supervised-process.js';
