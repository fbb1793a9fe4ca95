import { createHash } from 'node:crypto';

import {
  ContinuationLostError,
  type Instant,
  type InvoiceFacts,
  type InvoiceHash,
  invoiceHashFromBytes,
  type InvoiceInKsef,
  type InvoiceReference,
  type KsefAccess,
  type KsefNumber,
  type ListedSession,
  type SessionInvoice,
  type SessionInvoicePage,
  type SessionReader,
  type SessionReference,
  type SessionStatus,
  type UpoDocument,
  type UpoPage,
} from '@latarnik/domain';

import { type Log, printable } from '../ksef-adapter-event.js';
import {
  type SessionInvoiceDto,
  sessionInvoiceDto,
  sessionInvoicesDto,
  sessionReference,
  sessionStatusDto,
} from './dto.js';
import { hasCode, type Refusal } from './error-body.js';
import { type Expected, OutsideContractError } from './ksef-api.js';
import type { KsefCalls } from './ksef-calls.js';
import { KSEF_CODES } from './refusals.js';
import { SessionSearch } from './session-search.js';
import type { HttpAnswer } from './transport.js';
import type { UpoDownload } from './upo-download.js';
import { MAX_UPO_BYTES, readUpo } from './upo-xml.js';

/** The largest page the API gives (OpenAPI): lists are limited to 200 calls per hour. */
const PAGE_SIZE = 1000;
/** An invoice with attachments (domain rules 8.2). */
const MAX_INVOICE_BYTES = 3_000_000;

/** Words of the OpenAPI (`InvoicingMode`). */
const INVOICING_MODES: ReadonlyMap<string, NonNullable<SessionInvoice['invoicingMode']>> = new Map([
  ['Online', 'online'],
  ['Offline', 'offline'],
]);

/** Reads sessions and their invoices over HTTP. */
export class HttpSessionReader implements SessionReader {
  private readonly search: SessionSearch;

  constructor(
    private readonly calls: KsefCalls,
    private readonly upoDownload: UpoDownload,
    private readonly log: Log,
  ) {
    this.search = new SessionSearch(calls);
  }

  async status(access: KsefAccess, session: SessionReference): Promise<SessionStatus | undefined> {
    const dto = await this.calls.read(
      access,
      sessionPath(session),
      { kind: 'json', schema: sessionStatusDto },
      { absent: isUnknownSession },
    );
    if (dto === undefined) return undefined;
    return {
      code: dto.status.code,
      description: dto.status.description,
      details: dto.status.details ?? [],
      ...given('invoiceCount', dto.invoiceCount),
      ...given('successfulInvoiceCount', dto.successfulInvoiceCount),
      ...given('failedInvoiceCount', dto.failedInvoiceCount),
      upoPages: (dto.upo?.pages ?? []).map(({ referenceNumber, downloadUrl }) => ({
        reference: referenceNumber,
        downloadUrl,
      })),
    };
  }

  async invoices(
    access: KsefAccess,
    session: SessionReference,
    continuationToken?: string,
  ): Promise<SessionInvoicePage> {
    const page = await this.calls.read(
      access,
      `${sessionPath(session)}/invoices?pageSize=${String(PAGE_SIZE)}`,
      { kind: 'json', schema: sessionInvoicesDto },
      continuationToken === undefined
        ? {}
        : {
            headers: { 'x-continuation-token': continuationToken },
            absent: (refusal) => hasCode(refusal, KSEF_CODES.continuationLost),
          },
    );
    if (page === undefined) throw new ContinuationLostError('KSeF does not take the continuation token any more');
    const next = page.continuationToken;
    return {
      invoices: this.#rows(page.invoices),
      ...(next === undefined || next === null || next === '' ? {} : { continuationToken: next }),
    };
  }

  async invoice(
    access: KsefAccess,
    session: SessionReference,
    invoice: InvoiceReference,
  ): Promise<SessionInvoice | undefined> {
    const dto = await this.calls.read(
      access,
      `${sessionPath(session)}/invoices/${encodeURIComponent(invoice)}`,
      { kind: 'json', schema: sessionInvoiceDto },
      { absent: (refusal) => isUnknownSession(refusal) || hasCode(refusal, KSEF_CODES.invoiceUnknown) },
    );
    return dto === undefined ? undefined : this.#rows([dto])[0];
  }

  async upo(
    access: KsefAccess,
    session: SessionReference,
    { ksefNumber, upoDownloadUrl }: { readonly ksefNumber: KsefNumber; readonly upoDownloadUrl?: string },
  ): Promise<UpoDocument | undefined> {
    const downloaded = upoDownloadUrl === undefined ? undefined : await this.upoDownload.fetch(upoDownloadUrl);
    if (downloaded !== undefined) return downloaded;
    return this.calls.read(
      access,
      `${sessionPath(session)}/invoices/ksef/${encodeURIComponent(ksefNumber)}/upo`,
      { kind: 'xml', maxBytes: MAX_UPO_BYTES, read: readUpo },
      { absent: (refusal) => isUnknownSession(refusal) || hasCode(refusal, KSEF_CODES.upoNotFound) },
    );
  }

  async upoPage(access: KsefAccess, session: SessionReference, page: UpoPage): Promise<UpoDocument | undefined> {
    const downloaded = await this.upoDownload.fetch(page.downloadUrl);
    if (downloaded !== undefined) return downloaded;
    return this.calls.read(
      access,
      `${sessionPath(session)}/upo/${encodeURIComponent(page.reference)}`,
      { kind: 'xml', maxBytes: MAX_UPO_BYTES, read: readUpo },
      { absent: (refusal) => isUnknownSession(refusal) || hasCode(refusal, KSEF_CODES.upoNotFound) },
    );
  }

  findByNumber(
    access: KsefAccess,
    invoice: Pick<InvoiceFacts, 'sellerNip' | 'number' | 'issueDate'>,
  ): Promise<readonly InvoiceInKsef[]> {
    return this.search.findByNumber(access, invoice);
  }

  sessionsOpened(
    access: KsefAccess,
    kind: ListedSession['kind'],
    from: Instant,
    to: Instant,
  ): Promise<readonly ListedSession[]> {
    return this.search.sessionsOpened(access, kind, from, to);
  }

  async hashOf(access: KsefAccess, ksefNumber: string): Promise<InvoiceHash | undefined> {
    if (!/^[0-9A-F-]{35,36}$/.test(ksefNumber)) return undefined;
    const expected: Expected<InvoiceHash> = { kind: 'xml', maxBytes: MAX_INVOICE_BYTES, read: checkedHash };
    return this.calls.read(access, `/invoices/ksef/${ksefNumber}`, expected, {
      absent: (refusal) =>
        refusal.httpStatus === 403 || refusal.httpStatus === 404 || hasCode(refusal, KSEF_CODES.invoiceUnknown),
    });
  }

  /** A mode that is not known is left out, and reported once per answer however many rows have it. */
  #rows(rows: readonly SessionInvoiceDto[]): readonly SessionInvoice[] {
    const words = new Set(rows.flatMap(({ invoicingMode }) => invoicingMode ?? []));
    for (const word of words) {
      if (!INVOICING_MODES.has(word)) this.log({ code: 'INVOICING_MODE_UNKNOWN', word: printable(word) });
    }
    return rows.map(toSessionInvoice);
  }
}

const sessionPath = (session: SessionReference): string => `/sessions/${encodeURIComponent(session)}`;

const isUnknownSession = (refusal: Refusal): boolean =>
  refusal.httpStatus === 404 || hasCode(refusal, KSEF_CODES.sessionUnknown);

/** SHA-256 of the body, when KSeF's `x-ms-meta-hash` says the same (OpenAPI). */
function checkedHash({ body, header }: HttpAnswer): InvoiceHash {
  const hash = createHash('sha256').update(body).digest();
  if (header('x-ms-meta-hash') !== hash.toString('base64')) {
    throw new OutsideContractError('the document is not the one x-ms-meta-hash names');
  }
  return invoiceHashFromBytes(hash);
}

function toSessionInvoice(dto: SessionInvoiceDto): SessionInvoice {
  const originalSession = sessionReference.safeParse(dto.status.extensions?.['originalSessionReferenceNumber']);
  return {
    reference: dto.referenceNumber,
    hash: dto.invoiceHash,
    code: dto.status.code,
    description: dto.status.description,
    details: dto.status.details ?? [],
    ...given('ksefNumber', dto.ksefNumber),
    invoicingDate: dto.invoicingDate,
    ...given('acquisitionDate', dto.acquisitionDate),
    ...given('upoDownloadUrl', dto.upoDownloadUrl),
    ...given('invoicingMode', INVOICING_MODES.get(dto.invoicingMode ?? '')),
    ...given('originalKsefNumber', dto.status.extensions?.['originalKsefNumber']),
    ...given('originalSession', originalSession.data),
  };
}

/** A property only when there is a value: the API says `null` or leaves it out. */
function given<K extends string, V>(key: K, value: V | null | undefined): Partial<Record<K, V>> {
  return value === null || value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}
