import { BATCH_LIMITS } from '../batch/batch-limits.js';
import type { KsefAccess } from '../session/ksef-access.js';

/** What one session of a context may hold. */
export interface SessionLimits {
  /** 0: KSeF takes none in this context at present. */
  readonly invoices: number;
  /** One invoice, in bytes before encryption. */
  readonly invoiceBytes: number;
  /** One invoice with an attachment, likewise. */
  readonly invoiceWithAttachmentBytes: number;
}

/** KSeF's limits of sizes and counts in one context (OpenAPI `EffectiveContextLimits`). */
export interface ContextLimits {
  readonly batch: SessionLimits;
  readonly interactive: SessionLimits;
}

/** A megabyte of KSeF is 1 000 000 bytes (ksef-docs weryfikacja-faktury.md). */
export const KSEF_MEGABYTE = 1_000_000;

const PUBLISHED_SESSION: SessionLimits = {
  invoices: BATCH_LIMITS.invoices,
  invoiceBytes: KSEF_MEGABYTE,
  invoiceWithAttachmentBytes: 3 * KSEF_MEGABYTE,
};

/** The published values: they hold until others were read (domain rules 8.2; the example of GET /limits/context). */
export const PUBLISHED_CONTEXT_LIMITS: ContextLimits = { batch: PUBLISHED_SESSION, interactive: PUBLISHED_SESSION };

/** Which limits of sizes and counts hold. */
export interface ContextLimitsSource {
  /**
   * What KSeF said last for this context, or the published values when it could not be asked yet. Never asks KSeF itself:
   * cheap enough for every plan.
   */
  contextLimits(access: KsefAccess): Promise<ContextLimits>;
}

/** Knows the published values only: for tests, and where nothing is read from KSeF. */
export const publishedContextLimits: ContextLimitsSource = {
  contextLimits: () => Promise.resolve(PUBLISHED_CONTEXT_LIMITS),
};

/** How much one batch of a context may hold: what this version can send, or less when KSeF allows less. */
export function batchLimitsWithin({ batch }: ContextLimits): { readonly invoices: number; readonly bytes: number } {
  return { invoices: Math.min(BATCH_LIMITS.invoices, batch.invoices), bytes: BATCH_LIMITS.packageBytes };
}
