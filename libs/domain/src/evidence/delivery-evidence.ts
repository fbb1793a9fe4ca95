import { hashToBase64 } from '../invoice/invoice-hash.js';
import type { Acceptance, Invoice } from '../invoice/invoice.js';
import type { BatchId } from '../batch/batch.js';
import type { TechnicalCorrection } from '../correction/technical-correction.js';
import type { TenantStores } from '../shared/unit-of-work.port.js';
import type { CallAttempt } from '../tracking/call-attempts.port.js';
import type { EvidenceEntry, EvidenceProvider, PackagedInvoice } from './evidence-entry.js';
import { jsonEntry } from './evidence-text.js';

/** How it went to KSeF: session, calls, what KSeF said, the UPO; and the files of technical corrections. */
export class DeliveryEvidence implements EvidenceProvider {
  async entries({ stored, proof }: PackagedInvoice, stores: TenantStores): Promise<readonly EvidenceEntry[]> {
    const { invoice } = stored;
    const entries: EvidenceEntry[] = [];
    if ('delivery' in invoice) {
      const session = await sessionView(invoice, stores);
      entries.push(
        jsonEntry('session/session.json', session, {
          pl: 'sesja KSeF, w której przesłano fakturę, wywołania i odpowiedź KSeF',
          en: 'the KSeF session that carried the invoice, the calls and KSeF’s answer',
        }),
      );
    }
    if (proof !== undefined) entries.push(...upoEntries(proof));
    return [...entries, ...(await correctionEntries(invoice, stores))];
  }
}

async function sessionView(invoice: Extract<Invoice, { delivery: unknown }>, stores: TenantStores) {
  const { delivery } = invoice;
  const batchId = delivery.channel === 'batch' ? delivery.batchId : undefined;
  return {
    channel: delivery.channel,
    sessionReferenceNumber: delivery.session ?? null,
    batchId: batchId ?? null,
    deliveryAttempts: invoice.deliveryAttempts,
    acceptance: 'acceptance' in invoice ? acceptanceView(invoice.acceptance) : null,
    refusal: 'refusal' in invoice ? invoice.refusal : null,
    batch: batchId === undefined ? null : await batchView(batchId, stores),
  };
}

function acceptanceView({ ksefNumber, session, invoice, invoicingDate, acquisitionDate, invoicingMode }: Acceptance) {
  return {
    ksefNumber,
    sessionReferenceNumber: session,
    invoiceReferenceNumber: invoice ?? null,
    invoicingDate: invoicingDate.toString(),
    acquisitionDate: acquisitionDate?.toString() ?? null,
    invoicingMode: invoicingMode ?? null,
  };
}

async function batchView(id: BatchId, { batches, batchParts, tracking }: TenantStores) {
  const batch = await batches.find(id);
  if (batch === undefined) return null;
  const parts = await batchParts.of(id);
  return {
    state: batch.state,
    invoices: batch.invoiceCount,
    plannedAt: batch.plannedAt.toString(),
    openedAt: 'openedAt' in batch ? batch.openedAt.toString() : null,
    sessionCode: 'sessionCode' in batch ? batch.sessionCode : null,
    package: 'sealed' in batch ? { sizeBytes: batch.sealed.sizeBytes, sha256: batch.sealed.sha256 } : null,
    parts: parts.map(({ ordinal, sizeBytes, sha256, state }) => ({ ordinal, sizeBytes, sha256, state })),
    calls: (await tracking.attempts.ofBatch(id)).map(callView),
  };
}

const callView = (attempt: CallAttempt) => ({
  call: attempt.call,
  at: attempt.at.toString(),
  outcome: attempt.state,
  endedAt: 'endedAt' in attempt ? attempt.endedAt.toString() : null,
  resolution: 'resolution' in attempt ? attempt.resolution : null,
});

function upoEntries({ kind, bytes, signature }: NonNullable<PackagedInvoice['proof']>): readonly EvidenceEntry[] {
  const what =
    kind === 'own'
      ? { pl: 'UPO tej faktury, bajt w bajt', en: 'UPO of this invoice, byte for byte' }
      : {
          pl: 'strona zbiorczego UPO sesji, która wymienia tę fakturę, bajt w bajt',
          en: 'the page of the collective UPO of the session that names this invoice, byte for byte',
        };
  return [
    { path: 'upo/upo.xml', mediaType: 'application/xml', bytes, what },
    jsonEntry(
      'upo/verification.json',
      { kind, signature },
      {
        pl: 'jak sprawdzono pieczęć pod UPO, gdy je odebrano',
        en: 'how the seal on the UPO was checked when it was received',
      },
    ),
  ];
}

async function correctionEntries(invoice: Invoice, { corrections }: TenantStores): Promise<readonly EvidenceEntry[]> {
  const found = await corrections.of(invoice.id);
  if (found.length === 0) return [];
  const files: EvidenceEntry[] = [];
  for (const { id, ordinal } of found) {
    const bytes = await corrections.bytes(id);
    if (bytes === undefined) throw new Error(`technical correction ${id} without its bytes`);
    const what = {
      pl: `korekta techniczna, plik ${String(ordinal)}`,
      en: `technical correction, file ${String(ordinal)}`,
    };
    files.push({ path: `corrections/${String(ordinal)}.xml`, mediaType: 'application/xml', bytes, what });
  }
  const list = jsonEntry('corrections/corrections.json', found.map(correctionView), {
    pl: 'korekty techniczne: kto, kiedy i dlaczego',
    en: 'technical corrections: who, when and why',
  });
  return [list, ...files];
}

const voiceView = (voice: TechnicalCorrection['proposed'] | undefined) =>
  voice === undefined ? null : { ...voice, at: voice.at.toString() };

const correctionView = (correction: TechnicalCorrection) => ({
  ordinal: correction.ordinal,
  state: correction.state,
  sha256: hashToBase64(correction.hash),
  policy: correction.policy,
  ground: correction.ground,
  proposed: voiceView(correction.proposed),
  approved: voiceView('approved' in correction ? correction.approved : undefined),
  declined: voiceView('declined' in correction ? correction.declined : undefined),
  acceptance: 'acceptance' in correction ? acceptanceView(correction.acceptance) : null,
});
