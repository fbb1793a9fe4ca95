import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProblemError } from '../http/problem.js';
import { BodyCutError, BodySpool } from './body-spool.js';

describe('bodies of bulk requests on disk', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'latarnik-bulk-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const spool = (mostBytesEach = 1000) => new BodySpool(directory, { mostBodies: 2, mostBytesEach });
  const read = async (pieces: AsyncIterable<Buffer>) => {
    const found: Buffer[] = [];
    for await (const each of pieces) found.push(each);
    return Buffer.concat(found).toString();
  };

  const textFrom = async (pieces: AsyncIterator<Buffer, void>) => {
    const next = await pieces.next();
    return next.done === true ? undefined : next.value.toString();
  };

  it('gives what has come while more is coming, without a name on the disk', async () => {
    const body = await spool().take();
    const sender = new PassThrough();
    const filled = body.fill(sender);
    const follower = body.follow();
    sender.write('first');
    expect(await textFrom(follower)).toBe('first');
    expect(await readdir(directory)).toEqual([]);
    sender.end(' second');
    expect(await textFrom(follower)).toBe(' second');
    expect((await follower.next()).done).toBe(true);
    await filled;
    expect(await read(body.follow())).toBe('first second');
    await body[Symbol.asyncDispose]();
  });

  it('takes all of it although nobody follows', async () => {
    const body = await spool(1_000_000).take();
    await body.fill(Readable.from([Buffer.alloc(400_000, 'a'), Buffer.alloc(500_000, 'b')]));
    await body.whole();
    expect(body.sizeBytes).toBe(900_000);
    await body[Symbol.asyncDispose]();
  });

  it('stops at its bound, after what had come before', async () => {
    const body = await spool(8).take();
    await body.fill(Readable.from([Buffer.from('12345678'), Buffer.from('9')]));
    const follower = body.follow();
    expect(await textFrom(follower)).toBe('12345678');
    await expect(follower.next()).rejects.toMatchObject({ problem: { status: 413, code: 'BODY_TOO_LARGE' } });
    await body[Symbol.asyncDispose]();
  });

  it('tells a body that broke off from one that is whole', async () => {
    const body = await spool().take();
    const sender = new PassThrough();
    const filled = body.fill(sender);
    sender.destroy(new Error('aborted'));
    await filled;
    await expect(body.whole()).rejects.toBeInstanceOf(BodyCutError);
    await body[Symbol.asyncDispose]();
  });

  it('takes so many bodies at once, and another one when one is done with', async () => {
    const bodies = spool();
    const first = await bodies.take();
    const second = await bodies.take();
    await expect(bodies.take()).rejects.toBeInstanceOf(ProblemError);
    await expect(bodies.take()).rejects.toMatchObject({ problem: { status: 503 }, headers: { 'retry-after': '30' } });
    await first[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    const next = await bodies.take();
    await expect(bodies.take()).rejects.toBeInstanceOf(ProblemError);
    await next[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
  });
});
