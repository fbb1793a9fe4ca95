import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

import {
  type Attempt,
  done,
  failed,
  KsefThrottledError,
  PackageCorruptError,
  type Part,
  unknown,
  type UploadRefusal,
  type UploadTarget,
} from '@latarnik/domain';

import type { Log } from '../ksef-adapter-event.js';
import { retryAfterSeconds } from './retry-after.js';
import { PRIVATE_ADDRESS } from './private-address.js';
import { headerObjection, storageObjection } from './storage-origins.js';
import { type HttpAnswer, RequestBodyError, type Transport } from './transport.js';

export interface PartUploadOptions {
  readonly storageOrigins: ReadonlySet<string>;
  readonly uploadTimeoutMs: number;
  readonly log: Log;
}

/** The answer to an upload is a status; a store may add a line of XML. */
const MAX_ANSWER_BYTES = 100_000;
const CHUNK_BYTES = 256 * 1024;
/** KSeF prescribes PUT (sesja-wsadowa.md §5); nothing else sends a body without a question behind it. */
const UPLOAD_METHODS: ReadonlySet<string> = new Set(['PUT', 'POST']);

/** Sends an encrypted part where KSeF said, with KSeF's headers and no others: never a token (sesja-wsadowa.md §5). */
export class PartUpload {
  constructor(
    private readonly transport: Transport,
    private readonly options: PartUploadOptions,
  ) {}

  /** @throws PackageCorruptError when the file is not the declared part: it is cut off before its last byte */
  async send(target: UploadTarget, part: Part, file: string): Promise<Attempt<void, UploadRefusal>> {
    if (target.ordinal !== part.ordinal) throw new Error(`part ${String(part.ordinal)}: the address of another part`);
    const objection =
      storageObjection(this.options.storageOrigins, target.url) ??
      headerObjection(target.headers) ??
      (UPLOAD_METHODS.has(target.method) ? undefined : `the method ${target.method.slice(0, 20)}`);
    if (objection !== undefined) return this.#forbidden(objection);
    const { size } = await stat(file);
    if (size !== part.sizeBytes) throw new PackageCorruptError(`part ${String(part.ordinal)}: size on disk differs`);
    const answer = await this.transport.exchange({
      method: target.method,
      url: target.url,
      headers: { ...target.headers, 'content-length': String(size) },
      body: Readable.from(checkedBytes(file, part), { objectMode: false }),
      maxAnswerBytes: MAX_ANSWER_BYTES,
      timeoutMs: this.options.uploadTimeoutMs,
    });
    if (answer.kind === 'answer') return judge(answer);
    if (answer.cause === PRIVATE_ADDRESS) return this.#forbidden('a name that leads to a private address');
    return unknown(`part ${String(part.ordinal)}: ${answer.cause}`);
  }

  #forbidden(reason: string): Attempt<void, UploadRefusal> {
    this.options.log({ code: 'STORAGE_TARGET_FORBIDDEN', reason });
    return failed({ code: 'UPLOAD_TARGET_FORBIDDEN' });
  }
}

function judge(answer: HttpAnswer): Attempt<void, UploadRefusal> {
  const { status } = answer;
  if (status === 201) return done(undefined);
  if (status === 403) return failed({ code: 'UPLOAD_WINDOW_CLOSED' });
  if (status === 429) throw new KsefThrottledError(retryAfterSeconds(answer.header('retry-after')));
  if (status >= 400 && status < 500 && status !== 408) {
    return failed({ code: 'UPLOAD_REJECTED', httpStatus: status });
  }
  return unknown(`HTTP ${String(status)}`);
}

/** The file's bytes; the last of them only when the whole has the declared hash (reliability C20). */
async function* checkedBytes(file: string, { ordinal, sha256 }: Part): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let held: Uint8Array | undefined;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      if (held !== undefined) yield held;
      held = chunk;
    }
  } catch (error) {
    throw new RequestBodyError(error);
  }
  if (hash.digest('base64') !== sha256) {
    throw new RequestBodyError(new PackageCorruptError(`part ${String(ordinal)}: bytes on disk differ`));
  }
  if (held !== undefined) yield held;
}
