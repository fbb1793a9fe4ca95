import { setTimeout as pause } from 'node:timers/promises';
import type { Issued, IssueRefusal, IssueRequest, Result } from '@latarnik/domain';
import type { Log } from '@latarnik/composition';
import type { Caller } from '../http/caller.js';
import { problemOf, type Occasion } from '../http/exception-problem.js';
import { fingerprintOf } from '../http/idempotency-key.js';
import type { Problem } from '../http/problem.js';
import { issueProblem } from '../invoices/issue-refusal.js';
import { issueRequest, optionsText } from '../invoices/issue-options.js';
import { invoiceView, type InvoiceView } from '../invoices/invoice.view.js';
import { BodyCutError } from './body-spool.js';
import type { BulkItem } from './bulk-document.js';
import { inOrder } from './in-order.js';

type Place = BulkItem['place'];

/** What is said of one line. */
export type BulkAnswer = Place &
  (
    | { readonly status: 201; readonly replayed: boolean; readonly invoice: InvoiceView }
    | { readonly status: number; readonly problem: Problem; readonly retryAfter?: number }
  );

/** The last line of an answer: without it, the answer was cut off. */
export interface BulkSummary {
  readonly summary: {
    readonly lines: number;
    readonly issued: number;
    readonly replayed: number;
    readonly refused: number;
    /** Whether every line of the request was answered. */
    readonly complete: boolean;
  };
  /** Why it is not complete. */
  readonly problem?: Problem;
}

/** Whose request it is, and what its lines have in common. */
export interface BulkOrder {
  readonly caller: Caller;
  /** Idempotency-Key of the request. */
  readonly key: string;
  readonly occasion: Occasion;
}

/** Issues of one bulk request at once: few, so that single calls beside it stay quick. */
const AT_ONCE = 4;
/** So many lines in a row that failed for a reason on our side end the request: the next ones would fare no better. */
const MOST_FAILURES_IN_A_ROW = 20;
/** A line whose first request still runs (of a connection that was cut) is asked for so often. */
const MOST_TRIES = 6;
const BETWEEN_TRIES_MS = 500;

/** Issues what the lines of a bulk request hold, and says of each, in their order, what came of it. */
export class BulkAnswers {
  constructor(
    private readonly issue: (request: IssueRequest) => Promise<Result<Issued, IssueRefusal>>,
    private readonly log: Log,
  ) {}

  async *to(items: AsyncIterable<BulkItem>, order: BulkOrder): AsyncGenerator<BulkAnswer | BulkSummary> {
    const counts = { lines: 0, issued: 0, replayed: 0, refused: 0 };
    let failuresInARow = 0;
    try {
      for await (const answer of inOrder(items, AT_ONCE, (item) => this.#answer(item, order))) {
        counts.lines += 1;
        counts[countOf(answer)] += 1;
        yield answer;
        failuresInARow = answer.status >= 500 ? failuresInARow + 1 : 0;
        if (failuresInARow === MOST_FAILURES_IN_A_ROW) {
          yield { summary: { ...counts, complete: false }, problem: stopped };
          return;
        }
      }
      yield { summary: { ...counts, complete: true } };
    } catch (error) {
      // Nobody reads any more.
      if (error instanceof BodyCutError) return;
      yield { summary: { ...counts, complete: false }, problem: problemOf(error, this.log, order.occasion).document };
    }
  }

  async #answer(item: BulkItem, order: BulkOrder): Promise<BulkAnswer> {
    try {
      const { invoice, replayed } = await this.#issued(item, order);
      return { ...item.place, status: 201, replayed, invoice };
    } catch (error) {
      const { document, headers } = problemOf(error, this.log, order.occasion);
      const seconds = headers['retry-after'];
      const retry = seconds === undefined ? {} : { retryAfter: Number(seconds) };
      return { ...item.place, status: document.status, problem: document, ...retry };
    }
  }

  async #issued(item: BulkItem, order: BulkOrder) {
    const request = requestOf(item, order);
    for (let tries = 1; ; tries += 1) {
      const issued = await this.issue(request);
      if (issued.ok) return { invoice: invoiceView(issued.value, Date.now()), replayed: issued.value.replayed };
      if (issued.error.code !== 'REQUEST_IN_PROGRESS' || tries === MOST_TRIES) throw issueProblem(issued.error);
      await pause(BETWEEN_TRIES_MS);
    }
  }
}

/** @throws ProblemError */
function requestOf(item: BulkItem, { caller, key }: BulkOrder): IssueRequest {
  const { document, asSent, options, ownKey } = item.read();
  // As of a single request: a line that has a key of its own may be repeated as one, and the other way round.
  const asked = { method: 'POST', route: '/v1/invoices', kind: document.kind, options: optionsText(options) };
  const claim = { key: ownKey ?? `${key}/${item.keyPart}`, fingerprint: fingerprintOf(asked, asSent) };
  return issueRequest(caller, options, claim, document);
}

function countOf(answer: BulkAnswer): 'issued' | 'replayed' | 'refused' {
  if (!('invoice' in answer)) return 'refused';
  return answer.replayed ? 'replayed' : 'issued';
}

const stopped: Problem = {
  type: 'urn:latarnik:problem:bulk-stopped',
  code: 'BULK_STOPPED',
  title: 'Stopped',
  status: 503,
  detail: `${String(MOST_FAILURES_IN_A_ROW)} lines in a row failed for a reason on our side. Send the same request again later.`,
};
