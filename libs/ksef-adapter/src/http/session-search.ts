import type { InvoiceFacts, InvoiceInKsef, InvoiceKind, KsefAccess, ListedSession } from '@latarnik/domain';
import { type Instant, KsefThrottledError, KsefUnreachableError, Temporal } from '@latarnik/domain';

import { listedSessionsDto, metadataDto } from './dto.js';
import type { KsefCalls } from './ksef-calls.js';
import { refusedRead } from './refusals.js';

/** The largest page each list gives (OpenAPI). */
const SESSIONS_PAGE = 1000;
const METADATA_PAGE = 250;
/** A page of sessions more than this is not read: who looks for one session looks around a moment. */
const MOST_PAGES = 10;

const SESSION_TYPES = { batch: 'Batch', interactive: 'Online' } as const satisfies Record<
  ListedSession['kind'],
  string
>;

/** KSeF's names (OpenAPI `InvoiceType`) of the kinds of FA(3); it has others, of other forms. */
const KINDS: ReadonlyMap<string, InvoiceKind> = new Map([
  ['Vat', 'VAT'],
  ['Kor', 'KOR'],
  ['Zal', 'ZAL'],
  ['Roz', 'ROZ'],
  ['Upr', 'UPR'],
  ['KorZal', 'KOR_ZAL'],
  ['KorRoz', 'KOR_ROZ'],
]);

/** Questions to KSeF's lists, each of which has a small budget (domain rules 8.1). */
export class SessionSearch {
  constructor(private readonly calls: KsefCalls) {}

  /** By seller, number and P_1, as the seller (OpenAPI `Subject1`). */
  async findByNumber(
    access: KsefAccess,
    { sellerNip, number, issueDate }: Pick<InvoiceFacts, 'sellerNip' | 'number' | 'issueDate'>,
  ): Promise<readonly InvoiceInKsef[]> {
    const day = issueDate.toString();
    const content = JSON.stringify({
      subjectType: 'Subject1',
      // Without an offset: local time of Warsaw (OpenAPI).
      dateRange: { dateType: 'Issue', from: `${day}T00:00:00`, to: `${day}T23:59:59` },
      invoiceNumber: number,
      sellerNip,
    });
    const answer = await this.calls.call(
      access,
      {
        method: 'POST',
        path: `/invoices/query/metadata?pageSize=${String(METADATA_PAGE)}`,
        body: { type: 'application/json', content },
      },
      { kind: 'json', schema: metadataDto },
    );
    switch (answer.kind) {
      case 'ok':
        return answer.value.invoices.map(({ ksefNumber, invoiceHash, invoicingDate, invoiceType }) => ({
          ksefNumber,
          hash: invoiceHash,
          invoicingDate,
          ...(invoiceType === undefined ? {} : { kind: KINDS.get(invoiceType) ?? 'other' }),
        }));
      case 'refused':
        throw refusedRead(answer.refusal);
      case 'throttled':
        throw new KsefThrottledError(answer.retryAfterSeconds);
      case 'lost':
      case 'not-sent':
        throw new KsefUnreachableError(answer.cause);
    }
  }

  async sessionsOpened(
    access: KsefAccess,
    kind: ListedSession['kind'],
    from: Instant,
    to: Instant,
  ): Promise<readonly ListedSession[]> {
    const query = new URLSearchParams({
      sessionType: SESSION_TYPES[kind],
      pageSize: String(SESSIONS_PAGE),
      dateCreatedFrom: from.toString({ smallestUnit: 'millisecond', roundingMode: 'floor' }),
      dateCreatedTo: to.toString({ smallestUnit: 'millisecond', roundingMode: 'ceil' }),
    });
    const found: ListedSession[] = [];
    let token: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const read = await this.calls.read(
        access,
        `/sessions?${query.toString()}`,
        { kind: 'json', schema: listedSessionsDto },
        token === undefined ? {} : { headers: { 'x-continuation-token': token } },
      );
      if (read === undefined) throw new Error('a page is never absent');
      found.push(
        ...read.sessions.map(({ referenceNumber, status, dateCreated, totalInvoiceCount }) => ({
          reference: referenceNumber,
          kind,
          code: status.code,
          createdAt: dateCreated,
          invoiceCount: totalInvoiceCount,
        })),
      );
      token = read.continuationToken ?? undefined;
      if (token === undefined || token === '') break;
    }
    return found.sort((a, b) => Temporal.Instant.compare(b.createdAt, a.createdAt));
  }
}
