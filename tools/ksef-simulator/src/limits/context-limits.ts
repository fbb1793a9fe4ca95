import { type ContextIdentifier, contextKey } from '../core/context.js';
import type { Settings } from '../core/settings.js';

/** What one session may hold; a megabyte is 1 000 000 bytes (weryfikacja-faktury.md). */
export interface SessionLimits {
  readonly maxInvoiceSizeInMB: number;
  readonly maxInvoiceWithAttachmentSizeInMB: number;
  readonly maxInvoices: number;
}

/** Limits of both kinds of session, as GET /limits/context shows them. */
export interface ContextLimits {
  readonly onlineSession: SessionLimits;
  readonly batchSession: SessionLimits;
}

const MEGABYTE = 1_000_000;

/** Which session limits hold in which context: the published ones, or what test data changed. */
export class ContextLimitBook {
  readonly #overrides = new Map<string, ContextLimits>();

  constructor(private readonly settings: Settings) {}

  effective(context: ContextIdentifier): ContextLimits {
    const usual = {
      maxInvoiceSizeInMB: 1,
      maxInvoiceWithAttachmentSizeInMB: 3,
      maxInvoices: this.settings.invoicesPerSession,
    };
    return this.#overrides.get(contextKey(context)) ?? { onlineSession: usual, batchSession: usual };
  }

  /** The limits of one kind of session, sizes in bytes. */
  of(context: ContextIdentifier, kind: 'Batch' | 'Online'): FileLimits & { readonly invoices: number } {
    const { batchSession, onlineSession } = this.effective(context);
    const limits = kind === 'Batch' ? batchSession : onlineSession;
    return {
      invoices: limits.maxInvoices,
      invoiceBytes: limits.maxInvoiceSizeInMB * MEGABYTE,
      invoiceWithAttachmentBytes: limits.maxInvoiceWithAttachmentSizeInMB * MEGABYTE,
    };
  }

  change(context: ContextIdentifier, limits: ContextLimits): void {
    this.#overrides.set(contextKey(context), limits);
  }

  restore(context: ContextIdentifier): void {
    this.#overrides.delete(contextKey(context));
  }
}

/** Largest invoice, and largest with an attachment. */
export interface FileLimits {
  readonly invoiceBytes: number;
  readonly invoiceWithAttachmentBytes: number;
}
