import type { Delivery, Invoice } from '../invoice/invoice.js';
import type { SoughtFile } from '../session/find-in-ksef.js';
import type { TenantStores } from '../shared/unit-of-work.port.js';
import { correctingInvoice } from './correction-steps.js';
import type { TechnicalCorrection, TechnicalCorrectionId } from './technical-correction.js';

/** A file of an invoice's lineage: the one that was issued (ordinal 1, and no id), or a technical correction of it. */
export interface LineageFile extends SoughtFile {
  readonly id: TechnicalCorrectionId;
  readonly ordinal: number;
}

/** The files of an invoice that may have reached KSeF, oldest first, and what KSeF knows it by. */
export interface CorrectionLineage {
  readonly facts: Invoice['facts'];
  readonly files: readonly LineageFile[];
}

/** Of a correction that is on its way. */
export async function lineageOf(stores: TenantStores, correction: TechnicalCorrection): Promise<CorrectionLineage> {
  return lineageWith(stores, await correctingInvoice(stores, correction), correction.id);
}

/** @param first stands for the issued file, which has no id of its own */
export async function lineageWith(
  { corrections }: Pick<TenantStores, 'corrections'>,
  { id, hash, delivery, facts }: Invoice & { readonly delivery: Delivery },
  first: TechnicalCorrectionId,
): Promise<CorrectionLineage> {
  const earlier = delivery.channel === 'batch' ? delivery.earlier?.session : undefined;
  const sessions = [earlier, delivery.session].filter((session) => session !== undefined);
  const sent = (await corrections.of(id)).filter((each) => each.sessions.length > 0);
  const files = sent.map((each) => ({ id: each.id, ordinal: each.ordinal, hash: each.hash, sessions: each.sessions }));
  return { facts, files: [{ id: first, ordinal: 1, hash, sessions }, ...files] };
}
