import 'reflect-metadata';
import { BEFORE_ALL_EVENTS, ok } from '@latarnik/domain';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { USE_CASES } from '../http/tokens.js';
import { nextConnectionClosed, sendBytes, smallApi } from '../testing/small-api.js';
import { EventsController } from './events.controller.js';

/** More than a tenant may have open at once. */
const READERS = 12;

let app: NestFastifyApplication;
let onAsked: (answer: () => void) => void;
beforeEach(async () => {
  const readEvents = {
    begin: () =>
      new Promise((resolve) => {
        onAsked(() => {
          resolve(ok(BEFORE_ALL_EVENTS));
        });
      }),
    next: () => Promise.resolve({ events: [], upTo: BEFORE_ALL_EVENTS }),
  };
  app = await smallApi(EventsController, [{ provide: USE_CASES, useValue: { readEvents } }], [], 100);
});
afterEach(() => app.close());

/** Leaves while the place where the stream begins is being looked up; the server knows it before it has the place. */
async function readAndLeave(): Promise<void> {
  const gone = nextConnectionClosed(app);
  const asked = new Promise<() => void>((resolve) => {
    onAsked = resolve;
  });
  const socket = await sendBytes(app, 'GET /v1/events HTTP/1.1\r\nhost: here\r\n\r\n');
  const answer = await asked;
  socket.destroy();
  await gone;
  answer();
}

it('a reader that went away before its stream began takes nobody a place', async () => {
  for (let at = 0; at < READERS; at += 1) await readAndLeave();
  onAsked = (answer) => {
    answer();
  };
  const leaving = new AbortController();
  const { status } = await fetch(`${await app.getUrl()}/v1/events`, { signal: leaving.signal });
  leaving.abort();
  expect(status).toBe(200);
});
