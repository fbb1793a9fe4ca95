import type { EvidenceEntry, EvidenceProvider, PackagedInvoice } from '../evidence/evidence-entry.js';
import type { Hasher } from '../invoice/hasher.port.js';
import type { TenantStores } from '../shared/unit-of-work.port.js';
import type { DocumentElements } from './document-elements.port.js';
import type { DocumentRenderer, ReadableDocument } from './document-renderer.port.js';
import { evidenceSummaryOf, signatureOf } from './evidence-summary-of.js';

/** No room to render: an evidence package is whole or is not made. */
export class EvidenceNotReadableError extends Error {
  override readonly name = 'EvidenceNotReadableError';

  constructor() {
    super('too much is being rendered: the evidence package was not made');
  }
}

/** What a package says, as PDF for people: a summary, and the UPO where there is one. */
export class ReadableEvidence implements EvidenceProvider {
  constructor(
    private readonly ports: {
      readonly elements: DocumentElements;
      readonly renderer: DocumentRenderer;
      readonly hasher: Hasher;
    },
  ) {}

  /** @throws EvidenceNotReadableError; the caller may try again later */
  async entries({ stored, proof }: PackagedInvoice, stores: TenantStores): Promise<readonly EvidenceEntry[]> {
    const { id } = stored.invoice;
    const evidence = await stores.invoices.evidence(id);
    const audit = await stores.audit.of('invoice', id);
    const summary = evidenceSummaryOf({ stored, proof, evidence, audit }, this.ports.hasher);
    const entries = [
      await this.entry('readable/summary.pdf', { kind: 'evidence', summary }, SUMMARY),
      ...(proof === undefined ? [] : [await this.entry('readable/upo.pdf', this.upo(stored, proof), UPO)]),
    ];
    return entries;
  }

  private upo({ invoice }: PackagedInvoice['stored'], proof: NonNullable<PackagedInvoice['proof']>): ReadableDocument {
    const about = 'acceptance' in invoice ? { about: invoice.acceptance.ksefNumber } : {};
    return { kind: 'upo', upo: this.ports.elements.read(proof.bytes), ...about, signature: signatureOf(proof) };
  }

  private async entry(path: string, document: ReadableDocument, what: EvidenceEntry['what']): Promise<EvidenceEntry> {
    const made = await this.ports.renderer.render(document, 'pdf', 'pl');
    if (!made.ok) throw new EvidenceNotReadableError();
    return { path, mediaType: 'application/pdf', bytes: made.value, what };
  }
}

const SUMMARY = {
  pl: 'zestawienie dla czytelnika: tryb i jego podstawa, termin, przesłanie, skróty plików, przebieg zdarzeń',
  en: 'a summary for readers (in Polish): mode and its basis, deadline, delivery, hashes of files, what happened',
} as const;

const UPO = {
  pl: 'UPO w postaci czytelnej; dowodem jest plik XML',
  en: 'the UPO for readers (in Polish); what proves anything is the XML file',
} as const;
