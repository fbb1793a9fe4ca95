import { filesByHash, sha256Base64 } from './issued.js';
import type { Evidence, InvoiceRow } from './evidence.js';
import type { AcceptedEntry } from '../world/ksef.js';
import { isKsefNumber } from './ksef-number.js';
import { Check, type Finding } from './verdict.js';

/** Documents fetched one by one, of all at most so many: those of a large run are a sample. */
const MOST_FETCHED = 400;

/** I3: KSeF's ledger and our books name the same invoices, by the same numbers. */
export function booksAgree(evidence: Evidence): Finding {
  const check = new Check('I3');
  const files = filesByHash(evidence);
  for (const entry of evidence.accepted) {
    const row = files.get(entry.invoiceHash)?.row;
    check.that(row !== undefined, () => `${entry.ksefNumber}: KSeF has it, and we know no such bytes`);
    if (row !== undefined) isBooked(check, entry, row);
  }
  const hashAtKsef = hashesAtKsef(evidence);
  for (const { id, ksef_number: number } of evidence.invoices) {
    if (number === null) continue;
    const file = files.get(hashAtKsef.get(number) ?? '');
    check.that(file?.row.id === id, () => `${id}: has number ${number}, and KSeF does not know it so`);
  }
  return check.finding;
}

function isBooked(check: Check, entry: AcceptedEntry, row: InvoiceRow): void {
  const { ksefNumber, invoiceHash, hashOfCorrectedInvoice: corrected } = entry;
  const ours = `${row.ksef_number ?? 'nothing'} (${row.state})`;
  check.that(row.ksef_number === ksefNumber, () => `${row.id}: is ${ksefNumber} at KSeF, ${ours} with us`);
  check.that(row.state === 'complete', () => `${row.id}: accepted as ${ksefNumber}, and is ${row.state}`);
  // A technical correction names the file that the buyer holds; the file itself names nothing.
  const named = invoiceHash === row.sha256 ? null : row.sha256;
  check.that(corrected === named, () => `${row.id}: sent as a correction of ${corrected ?? 'nothing'}`);
}

const hashesAtKsef = ({ accepted }: Evidence): ReadonlyMap<string, string> =>
  new Map(accepted.map(({ ksefNumber, invoiceHash }) => [ksefNumber, invoiceHash]));

/** I4: the stored bytes, KSeF's bytes, both codes and the evidence speak of one hash. */
export async function hashesAgree(evidence: Evidence): Promise<Finding> {
  const { invoices, accepted, corrections, system } = evidence;
  const check = new Check('I4');
  const files = filesByHash(evidence);
  for (const { invoice_id: id, document, sha256 } of corrections) {
    check.that(sha256Base64(document) === sha256, () => `${id}: a correction's bytes do not have its hash`);
  }
  for (const row of invoices) {
    const stored = row.document === null ? '' : sha256Base64(row.document);
    check.that(stored === row.sha256, () => `${row.id}: its bytes do not have its hash`);
    if (row.kod_i !== null) check.that(hashInKodI(row.kod_i) === stored, () => `${row.id}: KOD I names another hash`);
    if (row.kod_ii !== null) {
      check.that(hashInKodII(row.kod_ii) === stored, () => `${row.id}: KOD II names another hash`);
      check.that(digestInEvidence(row) === stored, () => `${row.id}: the evidence signs another digest`);
    }
  }
  for (const { ksefNumber, invoiceHash } of sample(accepted)) {
    const bytes = await system.ksef.document(ksefNumber);
    check.that(sha256Base64(bytes) === invoiceHash, () => `${ksefNumber}: KSeF's bytes do not have its hash`);
    const ours = files.get(invoiceHash)?.document;
    check.that(ours != null && Buffer.compare(ours, bytes) === 0, () => `${ksefNumber}: KSeF has other bytes than we`);
  }
  return check.finding;
}

const fromUrl = (text: string | undefined): string => Buffer.from(text ?? '', 'base64url').toString('base64');
/** `…/invoice/<nip>/<day>/<hash>` (ksef-docs kody-qr.md). */
const hashInKodI = (url: string): string => fromUrl(new URL(url).pathname.split('/').at(-1));
/** `…/certificate/<type>/<value>/<nip>/<serial>/<hash>/<signature>`. */
const hashInKodII = (url: string): string => fromUrl(new URL(url).pathname.split('/').at(-2));

/** The reference that names the file of the invoice. */
function digestInEvidence({ evidence, id }: InvoiceRow): string | undefined {
  const text = evidence?.toString('utf8') ?? '';
  const reference = new RegExp(`<ds:Reference[^>]*URI="[^"]*${id}[.]xml"[\\s\\S]*?<ds:DigestValue>([^<]*)<`).exec(text);
  return reference?.[1];
}

/** I3, I8: what counts as accepted has a valid number and a UPO that names that number and that hash. */
export async function acceptancesAreProven(evidence: Evidence): Promise<Finding[]> {
  const check = new Check('I8');
  const proofs = new Check('I3');
  const files = filesByHash(evidence);
  const hashAtKsef = hashesAtKsef(evidence);
  const numbered = evidence.invoices.filter(({ ksef_number: number }) => number !== null);
  for (const { id, ksef_number: number } of numbered) {
    check.that(isKsefNumber(number ?? ''), () => `${id}: ${number ?? ''} is no KSeF number`);
  }
  for (const row of sample(numbered.filter(({ state }) => state === 'complete'))) {
    const upo = await upoOf(evidence, row);
    proofs.that(upo !== undefined, () => `${row.id}: has no UPO`);
    if (upo === undefined) continue;
    const delivered = hashAtKsef.get(row.ksef_number ?? '') ?? '';
    const hash = files.get(delivered)?.row.id === row.id ? delivered : row.sha256;
    check.that(names(upo, row, hash), () => `${row.id}: its UPO names another invoice`);
  }
  return [check.finding, proofs.finding];
}

/** As the API gives it. */
async function upoOf({ system }: Evidence, row: InvoiceRow): Promise<string | undefined> {
  const tenant = system.tenants.find(({ tenantId }) => tenantId === row.tenant_id);
  const headers = { authorization: `Bearer ${tenant?.apiKey ?? ''}` };
  const response = await fetch(`${system.api.url}/v1/invoices/${row.id}/upo`, { headers });
  const upo = await response.text();
  return response.ok ? upo : undefined;
}

function names(upo: string, { ksef_number: number }: InvoiceRow, sha256: string): boolean {
  return upo
    .split('<Dokument>')
    .slice(1)
    .some(
      (entry) => entry.includes(`<NumerKSeFDokumentu>${number ?? ''}<`) && entry.includes(`<SkrotDokumentu>${sha256}<`),
    );
}

/** Evenly spread over all. */
function sample<T>(items: readonly T[]): readonly T[] {
  const every = Math.max(1, Math.ceil(items.length / MOST_FETCHED));
  return items.filter((_, at) => at % every === 0);
}
