// Everything the domain stores, on PostgreSQL. Start at open-persistence.ts.
export { DatabaseError } from './database/database-error.js';
export { migrate } from './migrate.js';
export { openPersistence } from './open-persistence.js';
export type { Persistence, PersistenceOptions, QueueOptions } from './open-persistence.js';
