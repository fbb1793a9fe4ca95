import type { Brand } from '../shared/brand.js';
import type { ContextIdentifier } from '../party/context-identifier.js';

/** A customer of this installation: owns contexts, keys, certificates and invoices. A UUID. */
export type TenantId = Brand<string, 'TenantId'>;

/** A KSeF context that a tenant issues in. */
export interface TenantContext {
  readonly id: string;
  readonly identifier: ContextIdentifier;
  readonly name: string;
}
