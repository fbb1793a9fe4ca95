import type { BatchAlarms } from './batch-alarms.port.js';
import type { CallAttempts } from './call-attempts.port.js';
import type { SecondDeliveries } from './second-delivery.port.js';
import type { SessionRows } from './session-rows.port.js';
import type { UpoDocuments } from './upo-documents.port.js';

/** What is recorded of deliveries beside batches and invoices. */
export interface DeliveryTracking {
  readonly rows: SessionRows;
  readonly upos: UpoDocuments;
  readonly attempts: CallAttempts;
  readonly alarms: BatchAlarms;
  readonly secondDeliveries: SecondDeliveries;
}
