// Everything the domain stores, on PostgreSQL. Start at open-persistence.ts.
export { DatabaseError } from './database/database-error.js';
export { verifyAudit } from './audit/verify-audit.js';
export type { AuditCheck, AuditFault, AuditVerdict, NotedCheckpoint } from './audit/verify-audit.js';
export { migrate } from './migrate.js';
export { addPlatformKey } from './tenant/add-platform-key.js';
export { openPersistence } from './open-persistence.js';
export type { Persistence, PersistenceOptions, QueueOptions } from './open-persistence.js';
