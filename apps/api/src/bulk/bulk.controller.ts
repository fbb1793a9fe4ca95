import { Readable } from 'node:stream';
import type { Log, UseCases } from '@latarnik/composition';
import { Controller, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { occasionOf } from '../http/problem.filter.js';
import { ApiQueryOf } from '../http/describe-query.js';
import { idempotencyKey } from '../http/idempotency-key.js';
import { Needs, WithinContexts } from '../http/needs.js';
import { parseWith } from '../http/request-body.js';
import { BODY_SPOOL, LOG, USE_CASES } from '../http/tokens.js';
import { IssueOptions } from '../invoices/issue-options.js';
import { openArchive } from './archive-entries.js';
import type { ArchiveLimits } from './archive-inspection.js';
import { BodyCutError, type BodySpool, type SpooledBody } from './body-spool.js';
import { BulkAnswers, type BulkOrder } from './bulk-answers.js';
import { BULK_ANSWER, BULK_BODY } from './bulk-description.js';
import { fromFile, fromLine, type BulkItem, type Options } from './bulk-document.js';
import { ndjsonLines } from './ndjson-lines.js';

/** Two connections that stand still for so long are cut; the request is sent again and goes on. */
const STILL_MS = 60_000;
/** A line is an invoice of 3,000,000 bytes in Base64 at most, and some words beside it. */
const MOST_LINE_BYTES = 4_100_000;
/** The name of an entry makes its key: 43 characters of 255. */
const LONGEST_KEY = 200;

const ARCHIVE: ArchiveLimits = {
  mostEntries: 100_000,
  mostEntryBytes: 3_000_000,
  mostUnpackedBytes: 4_000_000_000,
};

@ApiTags('invoices')
@Controller('v1/invoices/bulk')
export class BulkController {
  readonly #answers: BulkAnswers;

  constructor(
    @Inject(USE_CASES) useCases: UseCases,
    @Inject(BODY_SPOOL) private readonly spool: BodySpool,
    @Inject(LOG) log: Log,
  ) {
    this.#answers = new BulkAnswers((request) => useCases.issueInvoice.execute(request), log);
  }

  @Post()
  @HttpCode(200)
  @Needs('issue')
  @WithinContexts('request')
  @ApiOperation({
    summary: 'Issue many invoices: NDJSON, or a ZIP of FA(3) files; answered line by line, in their order',
    description:
      'Every line is issued under a key of its own, made of the Idempotency-Key of the request and its number (of a file ' +
      'in an archive: its name). After a cut connection send the same request again: what was issued is answered as ' +
      'before (`replayed`), and the rest goes on. A line that is refused does not stop the others. The answer is whole ' +
      'when its last line is the summary.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: true, description: `at most ${String(LONGEST_KEY)} characters` })
  @ApiQueryOf(IssueOptions)
  @ApiConsumes('application/x-ndjson', 'application/zip')
  @ApiBody(BULK_BODY)
  @ApiResponse({ status: 200, description: 'One JSON object a line', content: BULK_ANSWER })
  async issue(
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const order = { caller, key: idempotencyKey(request, LONGEST_KEY), occasion: occasionOf(request) };
    const options = parseWith(IssueOptions, query, 'query');
    const body = await this.spool.take();
    try {
      request.raw.setTimeout(STILL_MS);
      void body.fill(request.body as Readable);
      await this.#send(reply, await itemsOf(request, body, options), order, body);
    } catch (error) {
      await body[Symbol.asyncDispose]();
      // What was not read of the body is not waited for.
      void reply.header('connection', 'close');
      if (!(error instanceof BodyCutError)) throw error;
      // Nobody reads it; but a request that is never answered is counted as one at work for ever (RequestBound).
      await reply.status(400).send();
    }
  }

  async #send(reply: FastifyReply, items: AsyncIterable<BulkItem>, order: BulkOrder, body: SpooledBody): Promise<void> {
    const answers = this.#answers.to(items, order);
    const lines = Readable.from(asLines(answers));
    lines.once('close', () => void body[Symbol.asyncDispose]());
    await reply.type('application/x-ndjson').send(lines);
  }
}

async function* asLines(answers: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const answer of answers) yield `${JSON.stringify(answer)}\n`;
}

/** @throws ProblemError when the body is an archive that is not taken */
async function itemsOf(
  request: FastifyRequest,
  body: SpooledBody,
  options: Options,
): Promise<AsyncGenerator<BulkItem>> {
  if ((request.headers['content-type'] ?? '').toLowerCase().startsWith('application/zip')) {
    await body.whole();
    return itemsFrom(await filesOf(body), (file) => fromFile(file, options));
  }
  return itemsFrom(ndjsonLines(body.follow(), MOST_LINE_BYTES), (line) => fromLine(line, options));
}

const filesOf = async (body: SpooledBody) => (await openArchive(body.descriptor, ARCHIVE))();

async function* itemsFrom<T>(source: AsyncIterable<T>, make: (each: T) => BulkItem): AsyncGenerator<BulkItem> {
  for await (const each of source) yield make(each);
}
