import 'reflect-metadata';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { err } from '@latarnik/domain';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BODY_SPOOL, LOG, USE_CASES } from '../http/tokens.js';
import { nextConnectionClosed, sendBytes, smallApi } from '../testing/small-api.js';
import { BodySpool } from './body-spool.js';
import { BulkController } from './bulk.controller.js';

const PART_OF_AN_ARCHIVE =
  'POST /v1/invoices/bulk HTTP/1.1\r\nhost: here\r\ncontent-type: application/zip\r\n' +
  'idempotency-key: cut\r\ncontent-length: 5000\r\n\r\nPK';
const LINES =
  'POST /v1/invoices/bulk HTTP/1.1\r\nhost: here\r\ncontent-type: application/x-ndjson\r\n' +
  `idempotency-key: left\r\ncontent-length: 600\r\n\r\n${'{}'.padEnd(59)}\n` +
  `${'{}'.padEnd(59)}\n`.repeat(9);
const MOST_TRIES = 100;

describe('a bulk request whose connection is cut', () => {
  let directory: string;
  let app: NestFastifyApplication;
  let logged: unknown[];
  let atTake: (goOn: () => void) => void;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'latarnik-cut-'));
    logged = [];
    atTake = (goOn) => {
      goOn();
    };
    const spool = new BodySpool(directory, { mostBodies: 1, mostBytesEach: 1_000_000 });
    const slowSpool = {
      take: () =>
        new Promise<void>((resolve) => {
          atTake(resolve);
        }).then(() => spool.take()),
    };
    const issueInvoice = { execute: () => Promise.resolve(err({ code: 'NO_CONTEXT' })) };
    const providers = [
      { provide: USE_CASES, useValue: { issueInvoice } },
      { provide: BODY_SPOOL, useValue: slowSpool },
      { provide: LOG, useValue: (entry: unknown) => logged.push(entry) },
    ];
    app = await smallApi(BulkController, providers, logged);
  });
  afterEach(async () => {
    await app.close();
    await rm(directory, { recursive: true, force: true });
  });

  const cut = async (): Promise<void> => {
    const socket = await sendBytes(app, PART_OF_AN_ARCHIVE);
    socket.end();
    await once(socket, 'close');
  };

  const whole = async (): Promise<number> => {
    const headers = { 'content-type': 'application/zip', 'idempotency-key': 'whole' };
    const body = 'PK, but no archive';
    const answer = await fetch(`${await app.getUrl()}/v1/invoices/bulk`, { method: 'POST', headers, body });
    await answer.text();
    return answer.status;
  };

  /** Everything was sent; the sender leaves before the first answer. */
  const leave = async (): Promise<void> => {
    const gone = nextConnectionClosed(app);
    const asked = new Promise<() => void>((resolve) => {
      atTake = resolve;
    });
    const socket = await sendBytes(app, LINES);
    const goOn = await asked;
    socket.destroy();
    await gone;
    atTake = (next) => {
      next();
    };
    goOn();
  };

  const placeIsFree = async (): Promise<void> => {
    let status = await whole();
    for (let tries = 1; tries < MOST_TRIES && status === 503; tries += 1) status = await whole();
    expect(status).toBe(422);
    expect(logged).toEqual([]);
  };

  it('leaves its place to the next one when its sender goes away before the first answer', async () => {
    await leave();
    await placeIsFree();
  });

  it('leaves its place to the next one, in the process and on the disk, when an archive breaks off', async () => {
    for (let times = 0; times < 3; times += 1) await cut();
    await placeIsFree();
  });

  it('does not go on being sent once it was refused', async () => {
    const socket = await sendBytes(app, PART_OF_AN_ARCHIVE.replace('idempotency-key: cut\r\n', ''));
    const said: Buffer[] = [];
    socket.on('data', (piece: Buffer) => said.push(piece));
    await once(socket, 'close');
    expect(Buffer.concat(said).toString()).toMatch(/^HTTP\/1\.1 400 [^]*IDEMPOTENCY_KEY_MISSING/);
    await placeIsFree();
  });
});
