import type { BatchSessions, OpenRefusal, OpenedSession, UploadRefusal } from '../batch/batch-session.port.js';
import type { Part, SealedPackage, UploadTarget } from '../batch/batch.js';
import { warsawDay } from '../calendar/warsaw-time.js';
import type { FormCode, InvoiceFacts } from '../invoice/invoice-facts.js';
import { invoiceHashFromBytes, sameHash, type InvoiceHash } from '../invoice/invoice-hash.js';
import { crc8 } from '../ksef-number/crc8.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import { sameContext } from '../party/context-identifier.js';
import type { InteractiveSession, InteractiveSessions, KsefCallRefusal } from '../session/interactive-session.port.js';
import type { KsefAccess } from '../session/ksef-access.js';
import type {
  InvoiceInKsef,
  ListedSession,
  SessionInvoice,
  SessionInvoicePage,
  SessionReader,
  SessionStatus,
  UpoDocument,
  UpoPage,
} from '../session/session-reader.port.js';
import type { InvoiceReference, SessionReference, UpoReference } from '../session/session-reference.js';
import { done, failed, unknown, type Attempt } from '../shared/attempt.js';
import type { Clock } from '../shared/clock.port.js';
import { SELLER_CONTEXT, TENANT } from './builders.js';
import { readArchive } from './in-memory-packager.js';
import { readPlainDocument } from './plain-document.js';
import { sha256, sha256Base64 } from './sha256.js';

export type KsefCall =
  | 'open'
  | 'uploadPart'
  | 'close'
  | 'openOnline'
  | 'post'
  | 'closeOnline'
  | 'status'
  | 'invoices'
  | 'invoice'
  | 'upo'
  | 'upoPage'
  | 'original'
  | 'search'
  | 'sessions';

/** How one call ends: without effect and without answer, with effect but without answer, with a no, or with an error. */
export type Fault = 'lost-before' | 'lost-after' | Error | { readonly no: OpenRefusal | UploadRefusal };

export const refused = (ksefCode: number, description = 'refused'): { readonly no: KsefCallRefusal } => ({
  no: { code: 'KSEF_REFUSED', ksefCode, httpStatus: 400, description },
});

/** What KSeF has accepted: the legal truth that the tests hold our rows against. */
export interface LedgerEntry {
  readonly key: string;
  readonly number: string;
  readonly hash: InvoiceHash;
  readonly ksefNumber: string;
  readonly session: SessionReference;
  readonly declaredOffline: boolean;
  /** Of a technical correction. */
  readonly corrects?: InvoiceHash;
}

interface Session {
  readonly reference: SessionReference;
  readonly access: KsefAccess;
  readonly declared: readonly Part[];
  readonly received: Map<number, Uint8Array>;
  code: number;
  /** Status reads that still say "processing". */
  pollsLeft: number;
  rows: SessionInvoice[];
  /** Codes of all it looked at, listed or not. */
  readonly judged: number[];
}

const PAGE = 2;
/** Invoices on one page of a collective UPO. */
const UPO_PAGE = 3;

/**
 * KSeF as the product sees it: batch and interactive sessions over plain documents, with a ledger of what it accepted
 * and its rule against duplicates (seller and number). It does what it is told first (`script`, `verdicts`,
 * `sessionVerdicts`), then what KSeF does.
 */
export class ScriptedKsef implements SessionReader {
  readonly ledger: LedgerEntry[] = [];
  /** Status codes for the next times that KSeF looks at the document with this number; then it decides itself. */
  readonly verdicts = new Map<string, number[]>();
  /** Final codes of the next batch sessions that are processed, whatever they hold. */
  readonly sessionVerdicts: number[] = [];
  /** Numbers of documents that spoil every package they are in, with the code that its session ends with. */
  readonly spoilers = new Map<string, number>();
  /** Numbers that a session never lists. */
  readonly unlisted = new Set<string>();
  /** Sessions that it says it does not know. */
  readonly unknownSessions = new Set<string>();
  /** KSeF numbers whose UPO names another document. */
  readonly wrongUpos = new Set<string>();
  /** KSeF numbers of invoices that may not be read. */
  readonly unreadable = new Set<string>();
  /** Runs in the middle of the next call of that kind: what another worker does meanwhile. */
  readonly during = new Map<KsefCall, () => Promise<void>>();
  pollsUntilProcessed = 1;
  upoReadsUntilReady = 0;
  /** Whether it makes UPOs for whole sessions. */
  collectiveUpo = true;
  keysReadAnew = 0;
  readonly sessions: Session[] = [];
  /** Interactive sessions take so many invoices; the next one is refused (21155). */
  onlineCapacity = 10_000;
  /** A closed interactive session says 170 so many times before its final code. */
  pollsUntilClosed = 0;
  readonly #scripts = new Map<KsefCall, Fault[]>();

  constructor(
    private readonly clock: Clock,
    /** Where the files of parts are. */
    private readonly disk: ReadonlyMap<string, Uint8Array>,
  ) {}

  /** The next calls of that kind end like this. */
  script(call: KsefCall, ...faults: readonly Fault[]): void {
    this.#scripts.set(call, [...(this.#scripts.get(call) ?? []), ...faults]);
  }

  /** Twelve hours later: sessions that nobody closed are cancelled. */
  cancelOpenSessions(): void {
    for (const session of this.sessions) if (session.code === 100) session.code = 440;
  }

  readonly batchSessions: BatchSessions = {
    readKeysAnew: () => {
      this.keysReadAnew += 1;
      return Promise.resolve();
    },
    open: (access: KsefAccess, _formCode: FormCode, sealed: SealedPackage) =>
      this.attempt<OpenedSession, OpenRefusal>('open', () => {
        const session = this.newSession(access, sealed.parts);
        const target = ({ ordinal }: Part): UploadTarget => ({
          ordinal,
          method: 'PUT',
          url: `ksef://${session.reference}/${String(ordinal)}`,
          headers: {},
        });
        return done({ reference: session.reference, targets: sealed.parts.map(target) });
      }),
    uploadPart: (target: UploadTarget, part: Part, file: string) =>
      this.attempt<undefined, UploadRefusal>('uploadPart', () => this.receive(target, part, file)),
    close: (_access: KsefAccess, reference: SessionReference) =>
      this.attempt<undefined, KsefCallRefusal>('close', () => {
        const session = this.sessions.find((candidate) => candidate.reference === reference);
        if (session?.code !== 100) return failed(refused(21180, 'the session is not open').no);
        if (session.received.size < session.declared.length) return failed(refused(21205, 'a part is missing').no);
        session.code = 150;
        session.pollsLeft = this.pollsUntilProcessed;
        return done(undefined);
      }),
  };

  readonly interactiveSessions: InteractiveSessions = {
    open: (access: KsefAccess) =>
      this.attempt<InteractiveSession, KsefCallRefusal>('openOnline', () => {
        const session = this.newSession(access, []);
        return done({
          reference: session.reference,
          validUntil: this.clock.now().add({ hours: 12 }),
          post: (bytes, hash, offlineMode, corrects) => this.post(session, bytes, hash, offlineMode, corrects),
          forget: () => undefined,
          close: () => {
            this.closeOnline(session);
            return Promise.resolve();
          },
        });
      }),
    close: async (_access: KsefAccess, reference: SessionReference) => {
      await this.begin('closeOnline');
      const session = this.sessions.find((candidate) => candidate.reference === reference);
      if (session !== undefined) this.closeOnline(session);
    },
  };

  async status(access: KsefAccess, reference: SessionReference): Promise<SessionStatus | undefined> {
    await this.begin('status');
    const session = this.find(access, reference);
    if (session === undefined) return undefined;
    if (session.code === 150 && session.pollsLeft === 0) this.process(session);
    else if (session.code === 170 && this.pollsUntilClosed > 0 && session.pollsLeft <= 0)
      session.code = finalCode(session.rows);
    else session.pollsLeft -= 1;
    return {
      code: session.code,
      description: `status ${String(session.code)}`,
      details: [],
      ...this.countersOf(session),
      upoPages: this.pagesOf(session),
    };
  }

  async invoices(access: KsefAccess, reference: SessionReference, token = '0'): Promise<SessionInvoicePage> {
    await this.begin('invoices');
    const rows = this.find(access, reference)?.rows ?? [];
    const end = Number(token) + PAGE;
    return {
      invoices: rows.slice(Number(token), end),
      ...(end < rows.length ? { continuationToken: String(end) } : {}),
    };
  }

  async invoice(access: KsefAccess, reference: SessionReference, invoice: InvoiceReference) {
    await this.begin('invoice');
    return this.find(access, reference)?.rows.find((row) => row.reference === invoice);
  }

  async upo(
    access: KsefAccess,
    reference: SessionReference,
    { ksefNumber }: { readonly ksefNumber: KsefNumber },
  ): Promise<UpoDocument | undefined> {
    await this.begin('upo');
    const entry = this.ledger.find((candidate) => candidate.ksefNumber === ksefNumber);
    if (this.find(access, reference) === undefined || entry?.session !== reference) return undefined;
    if (this.upoReadsUntilReady > 0) {
      this.upoReadsUntilReady -= 1;
      return undefined;
    }
    const hash = this.wrongUpos.has(ksefNumber) ? invoiceHashFromBytes(new Uint8Array(32)) : entry.hash;
    return { bytes: new TextEncoder().encode(`UPO ${ksefNumber}`), entries: [{ ksefNumber, hash }] };
  }

  async upoPage(
    access: KsefAccess,
    reference: SessionReference,
    page: Pick<UpoPage, 'reference'>,
  ): Promise<UpoDocument | undefined> {
    await this.begin('upoPage');
    const session = this.find(access, reference);
    const entries = this.ledger.filter((entry) => entry.session === reference);
    const from = Number(page.reference.split('/').at(-1)) * UPO_PAGE;
    if (session === undefined || entries.length === 0) return undefined;
    if (this.upoReadsUntilReady > 0) {
      this.upoReadsUntilReady -= 1;
      return undefined;
    }
    const named = entries.slice(from, from + UPO_PAGE).map(({ ksefNumber, hash }) => ({
      ksefNumber,
      hash: this.wrongUpos.has(ksefNumber) ? invoiceHashFromBytes(new Uint8Array(32)) : hash,
      sentAt: this.clock.now(),
      numberedAt: this.clock.now(),
    }));
    return { bytes: new TextEncoder().encode(`UPO page ${page.reference}`), entries: named };
  }

  findByNumber(
    _access: KsefAccess,
    { sellerNip, number }: Pick<InvoiceFacts, 'sellerNip' | 'number'>,
  ): Promise<readonly InvoiceInKsef[]> {
    return this.begin('search').then(() =>
      this.ledger
        .filter(({ key, ksefNumber }) => key === `${sellerNip} ${number}` && !this.unreadable.has(ksefNumber))
        .map(({ ksefNumber, hash }) => ({ ksefNumber, hash, invoicingDate: this.clock.now() })),
    );
  }

  async sessionsOpened(access: KsefAccess, kind: ListedSession['kind']): Promise<readonly ListedSession[]> {
    await this.begin('sessions');
    const own = this.sessions.filter((session) => sameContext(session.access.context, access.context));
    return own
      .filter(({ declared }) => declared.length > 0 === (kind === 'batch'))
      .map(({ reference, code, rows }) => ({
        reference,
        kind,
        code,
        createdAt: this.clock.now(),
        invoiceCount: rows.length,
      }));
  }

  async hashOf(_access: KsefAccess, ksefNumber: string): Promise<InvoiceHash | undefined> {
    await this.begin('original');
    const entry = this.ledger.find((candidate) => candidate.ksefNumber === ksefNumber);
    return this.unreadable.has(ksefNumber) ? undefined : entry?.hash;
  }

  /** KSeF counts what it judged, listed or not, once it has finished. */
  private countersOf({ code, judged }: Session) {
    if (code < 200) return {};
    const successful = judged.filter((each) => each === 200).length;
    return {
      invoiceCount: judged.length,
      successfulInvoiceCount: successful,
      failedInvoiceCount: judged.length - successful,
    };
  }

  private pagesOf({ reference, code }: Session): readonly UpoPage[] {
    const accepted = this.ledger.filter((entry) => entry.session === reference).length;
    if (code !== 200 || !this.collectiveUpo) return [];
    return Array.from({ length: Math.ceil(accepted / UPO_PAGE) }, (_, at) => ({
      reference: `${reference}/${String(at)}` as UpoReference,
      downloadUrl: `ksef://upo/${reference}/${String(at)}`,
    }));
  }

  /** Puts a document into KSeF by another session of the seller: an earlier attempt, or another system's. */
  acceptBefore(bytes: Uint8Array): LedgerEntry {
    const session = this.newSession({ tenant: TENANT, context: SELLER_CONTEXT }, []);
    const row = this.judge(session, bytes, true);
    const entry = this.ledger.find(({ ksefNumber }) => ksefNumber === row.ksefNumber);
    if (entry === undefined) throw new Error('it was in the ledger already');
    return entry;
  }

  private async attempt<T, E>(call: KsefCall, effect: () => Attempt<T, E>): Promise<Attempt<T, E>> {
    const fault = await this.begin(call);
    if (fault === 'lost-before') return unknown('timed out on the way there');
    if (typeof fault === 'object') return failed(fault.no as E);
    const outcome = effect();
    return fault === 'lost-after' ? unknown('timed out on the way back') : outcome;
  }

  private async begin(call: KsefCall): Promise<Exclude<Fault, Error> | undefined> {
    const meanwhile = this.during.get(call);
    this.during.delete(call);
    await meanwhile?.();
    const fault = this.#scripts.get(call)?.shift();
    if (fault instanceof Error) throw fault;
    return fault;
  }

  private newSession(access: KsefAccess, declared: readonly Part[]): Session {
    const reference = `session-${String(this.sessions.length + 1)}` as SessionReference;
    const session = { reference, access, declared, received: new Map(), code: 100, pollsLeft: 0, rows: [], judged: [] };
    this.sessions.push(session);
    return session;
  }

  /** Only in the context it was opened in. */
  private find(access: KsefAccess, reference: SessionReference): Session | undefined {
    if (this.unknownSessions.has(reference)) return undefined;
    const session = this.sessions.find((candidate) => candidate.reference === reference);
    if (session?.access.tenant !== access.tenant) return undefined;
    return sameContext(session.access.context, access.context) ? session : undefined;
  }

  private receive({ url }: UploadTarget, part: Part, file: string): Attempt<undefined, UploadRefusal> {
    const session = this.sessions.find(({ reference }) => url === `ksef://${reference}/${String(part.ordinal)}`);
    const declared = session?.declared.find(({ ordinal }) => ordinal === part.ordinal);
    const bytes = this.disk.get(file);
    if (session === undefined || declared === undefined) return failed({ code: 'UPLOAD_TARGET_FORBIDDEN' });
    if (bytes === undefined || sha256Base64(bytes) !== declared.sha256 || bytes.length !== declared.sizeBytes) {
      return failed({ code: 'UPLOAD_REJECTED', httpStatus: 400 });
    }
    session.received.set(part.ordinal, bytes);
    return done(undefined);
  }

  private post(session: Session, bytes: Uint8Array, hash: InvoiceHash, offline: boolean, corrects?: InvoiceHash) {
    return this.attempt<InvoiceReference, KsefCallRefusal>('post', () => {
      if (session.code !== 100) return failed(refused(21180, 'the session is not open').no);
      if (session.rows.length >= this.onlineCapacity) return failed(refused(21155, 'the session is full').no);
      if (!sameHash(sha256(bytes), hash)) return failed(refused(21403, 'hash mismatch').no);
      const no = corrects === undefined ? undefined : this.refuseCorrection(corrects, offline);
      return no === undefined ? done(this.judge(session, bytes, offline, corrects).reference) : failed(no);
    });
  }

  /** Domain rules 1.8: offline invoices only, and no second or needless correction. */
  private refuseCorrection(corrects: InvoiceHash, offline: boolean): KsefCallRefusal | undefined {
    if (!offline) return refused(21405, 'only an offline invoice is corrected technically').no;
    const again = this.ledger.some((entry) => entry.corrects !== undefined && sameHash(entry.corrects, corrects));
    if (again) return refused(21166, 'an accepted technical correction exists').no;
    const needless = this.ledger.some(({ hash }) => sameHash(hash, corrects));
    return needless ? refused(21167, 'the invoice was accepted').no : undefined;
  }

  private closeOnline(session: Session): void {
    if (session.code !== 100) return;
    session.pollsLeft = this.pollsUntilClosed;
    session.code = this.pollsUntilClosed > 0 ? 170 : finalCode(session.rows);
  }

  private process(session: Session): void {
    const forced = this.sessionVerdicts.shift();
    if (forced !== undefined && forced !== 445) {
      session.code = forced;
      return;
    }
    const archive = Buffer.concat(session.declared.map(({ ordinal }) => session.received.get(ordinal) ?? Buffer.of()));
    const documents = [...readArchive(archive)];
    const spoilt = documents.map((bytes) => this.spoilers.get(readPlainDocument(bytes)?.number ?? ''));
    const code = spoilt.find((each) => each !== undefined);
    if (code !== undefined) {
      session.code = code;
      return;
    }
    for (const bytes of documents) this.judge(session, bytes, true);
    session.code = finalCode(session.rows);
  }

  private judge(session: Session, bytes: Uint8Array, declaredOffline: boolean, corrects?: InvoiceHash): SessionInvoice {
    const { number, sellerNip, issueDate } = readPlainDocument(bytes) ?? { number: '', sellerNip: '' };
    const key = `${sellerNip} ${number}`;
    const original = this.ledger.find((entry) => entry.key === key);
    const code = this.verdicts.get(number)?.shift() ?? ownVerdict(number, original);
    const row: SessionInvoice = {
      reference: `${session.reference}/invoice-${String(session.rows.length + 1)}` as InvoiceReference,
      hash: sha256(bytes),
      code,
      description: `status ${String(code)}`,
      details: [],
      invoicingDate: this.clock.now(),
      ...(code === 200
        ? {
            ksefNumber: this.enter(session, key, bytes, declaredOffline, corrects),
            invoicingMode: this.modeOf(issueDate, declaredOffline),
          }
        : {}),
      ...(code === 440 ? originalOf(original) : {}),
    };
    session.judged.push(code);
    if (!this.unlisted.has(number)) session.rows.push(row);
    return row;
  }

  /** A document dated before the day of sending is offline, whatever was declared (domain rules 1.9). */
  private modeOf(issueDate: string | undefined, declaredOffline: boolean): 'online' | 'offline' {
    const today = warsawDay(this.clock.now()).toString();
    return declaredOffline || (issueDate !== undefined && issueDate < today) ? 'offline' : 'online';
  }

  private enter(
    session: Session,
    key: string,
    bytes: Uint8Array,
    declaredOffline: boolean,
    corrects?: InvoiceHash,
  ): string {
    const [nip = '', number = ''] = key.split(' ');
    const serial = (this.ledger.length + 1).toString(16).toUpperCase().padStart(12, '0');
    const checked = `${nip}-20261123-${serial}`;
    const ksefNumber = `${checked}-${crc8(checked).toString(16).toUpperCase().padStart(2, '0')}`;
    const entry = { key, number, hash: sha256(bytes), ksefNumber, session: session.reference, declaredOffline };
    this.ledger.push({ ...entry, ...(corrects === undefined ? {} : { corrects }) });
    return ksefNumber;
  }
}

function finalCode(rows: readonly SessionInvoice[]): number {
  if (rows.length === 0) return 440;
  return rows.some(({ code }) => code === 200) ? 200 : 445;
}

function ownVerdict(number: string, original: LedgerEntry | undefined): number {
  if (number === '') return 450;
  return original === undefined ? 200 : 440;
}

function originalOf(original: LedgerEntry | undefined) {
  return original === undefined ? {} : { originalKsefNumber: original.ksefNumber, originalSession: original.session };
}
