import { deliveredHash, DISPLAY_STATUS, type InvoiceId } from '../invoice/invoice.js';
import { hashToBase64 } from '../invoice/invoice-hash.js';
import type { Hasher } from '../invoice/hasher.port.js';
import type { StoredInvoice } from '../invoice/invoice-repository.port.js';
import type { ReadInvoices } from '../invoice/read-invoices.js';
import type { ReadUpo } from '../session/read-upo.js';
import type { Clock } from '../shared/clock.port.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import type { EvidenceArchive } from './evidence-archive.port.js';
import type { EvidenceEntry, EvidenceProvider, PackagedInvoice } from './evidence-entry.js';
import { readme } from './evidence-readme.js';
import { jsonEntry, toHex, utf8 } from './evidence-text.js';

/** A package, ready to be handed over. */
export interface EvidencePackage {
  readonly fileName: string;
  /** A ZIP archive. */
  readonly bytes: Uint8Array;
}

const PATH = /^(?:[a-z0-9-]+\/)?[a-zA-Z0-9][a-zA-Z0-9.-]*$/;

/**
 * Makes the evidence package of an invoice: everything that a tax auditor needs to check the invoice, its mode, its
 * deadline and its delivery, offline and without us (reliability S27). The export itself is audited.
 */
export class ExportEvidence {
  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly hasher: Hasher;
      readonly clock: Clock;
      readonly archive: EvidenceArchive;
      readonly environment: KsefEnvironment;
    },
    private readonly reads: { readonly invoices: ReadInvoices; readonly upo: ReadUpo },
    private readonly providers: readonly EvidenceProvider[],
  ) {}

  /** @returns `undefined` when the tenant has no such invoice */
  async execute(tenant: TenantId, actor: string, id: InvoiceId): Promise<EvidencePackage | undefined> {
    const { unitOfWork, clock, archive } = this.ports;
    const stored = await this.reads.invoices.find(tenant, id);
    if (stored === undefined) return undefined;
    const proof = await this.reads.upo.execute(tenant, id);
    const at = clock.now();
    const files = await unitOfWork.inTenant(tenant, async (stores) => {
      const subject: PackagedInvoice = { tenant, stored, proof, at, legal: await stores.legal.read() };
      const entries = await this.#entries(subject, stores);
      const all = this.#withIndex(subject, entries);
      await stores.audit.append([
        {
          at,
          actor,
          action: 'evidence.exported',
          subject: { kind: 'invoice', id },
          facts: { files: all.length, manifestSha256: this.#digest(manifestIn(all)) },
        },
      ]);
      return all;
    });
    return { fileName: `evidence-${id}.zip`, bytes: await archive.pack(files, at) };
  }

  async #entries(subject: PackagedInvoice, stores: TenantStores): Promise<readonly EvidenceEntry[]> {
    const entries: EvidenceEntry[] = [];
    for (const provider of this.providers) entries.push(...(await provider.entries(subject, stores)));
    const paths = new Set([...OWN_PATHS, ...entries.map(({ path }) => path)]);
    if (paths.size !== OWN_PATHS.length + entries.length) throw new Error('two evidence files have one path');
    const odd = entries.find(({ path }) => !PATH.test(path));
    if (odd !== undefined) throw new Error(`an evidence file cannot be called ${odd.path}`);
    return entries;
  }

  /** README first: it is what a person opens. */
  #withIndex(subject: PackagedInvoice, entries: readonly EvidenceEntry[]): readonly EvidenceEntry[] {
    const text: EvidenceEntry = {
      path: 'README.txt',
      mediaType: 'text/plain',
      bytes: utf8(readme(subject.stored, entries)),
      what: { pl: 'jak sprawdzić ten pakiet', en: 'how to check this package' },
    };
    const listed = [text, ...entries];
    const manifest = jsonEntry('manifest.json', this.#manifest(subject, listed), {
      pl: 'spis plików ze skrótami',
      en: 'list of the files with their digests',
    });
    const lines = [...listed, manifest].map((entry) => `${this.#digest(entry)}  ${entry.path}\n`);
    const sums = { path: 'SHA256SUMS', mediaType: 'text/plain', bytes: utf8(lines.join('')), what: manifest.what };
    return [text, manifest, sums, ...entries];
  }

  #manifest({ stored, at }: PackagedInvoice, entries: readonly EvidenceEntry[]) {
    return {
      format: 'latarnik-evidence/1',
      madeAt: at.toString(),
      environment: this.ports.environment,
      invoice: invoiceView(stored),
      files: entries.map((entry) => ({
        path: entry.path,
        mediaType: entry.mediaType,
        sizeBytes: entry.bytes.length,
        sha256: this.#digest(entry),
        what: entry.what,
      })),
    };
  }

  #digest({ bytes }: Pick<EvidenceEntry, 'bytes'>): string {
    return toHex(this.ports.hasher.hash(bytes));
  }
}

const OWN_PATHS = ['README.txt', 'manifest.json', 'SHA256SUMS'] as const;

function manifestIn(entries: readonly EvidenceEntry[]): EvidenceEntry {
  const manifest = entries.find(({ path }) => path === 'manifest.json');
  if (manifest === undefined) throw new Error('a package without its manifest');
  return manifest;
}

function invoiceView({ invoice }: StoredInvoice) {
  const { id, facts, context, hash, sizeBytes, receivedAt, state } = invoice;
  const issue = 'issue' in invoice ? invoice.issue : undefined;
  return {
    id,
    number: facts.number,
    kind: facts.kind,
    sellerNip: facts.sellerNip,
    issueDate: facts.issueDate.toString(),
    context,
    sha256: hashToBase64(hash),
    sizeBytes,
    receivedAt: receivedAt.toString(),
    requestedMode: invoice.requestedMode ?? null,
    mode: issue?.mode ?? null,
    modeEvidence: issue?.evidence ?? null,
    issuedAt: issue?.issuedAt.toString() ?? null,
    status: DISPLAY_STATUS[state],
    state,
    ksefNumber: 'acceptance' in invoice ? invoice.acceptance.ksefNumber : null,
    sha256AtKsef: hashToBase64(deliveredHash(invoice)),
  };
}
