import { describe, expect, it } from '@jest/globals';
import { INVOICE_REACTIONS } from '../invoice/ksef-invoice-status.js';
import { CALL_REACTIONS, HTTP_REACTIONS, reactionToCall } from './ksef-call-reactions.js';
import {
  BATCH_SESSION_REACTIONS,
  INTERACTIVE_SESSION_REACTIONS,
  reactionToBatchSession,
  reactionToInteractiveSession,
} from './ksef-session-status.js';

const codesOf = (table: Readonly<Record<number, unknown>>) => Object.keys(table).map(Number);
const CODES = process.env['KSEF_OPENAPI'];
if (CODES === undefined) console.warn('KSEF_OPENAPI is not set: the codes are not compared with the official list.');

describe("reactions to a batch session's code (domain rules 7.1)", () => {
  it.each([
    [100, 'wait'],
    [150, 'wait'],
    [200, 'rows'],
    [405, 'rebuild'],
    [415, 'rekey'],
    [420, 'halve'],
    [430, 'halve'],
    [435, 'rekey'],
    [440, 'requeue'],
    [445, 'rows'],
    [500, 'requeue'],
  ])('%i: %s', (code, reaction) => {
    expect(reactionToBatchSession(code).reaction).toBe(reaction);
    expect(reactionToBatchSession(code).advice).toMatch(/^[A-Z].+\.$/s);
  });

  it('cover the documented codes and no others', () => {
    expect(codesOf(BATCH_SESSION_REACTIONS)).toEqual([100, 150, 200, 405, 415, 420, 430, 435, 440, 445, 500]);
  });

  it('wait for an undocumented code below 200, and ask a person about others', () => {
    expect(reactionToBatchSession(199).reaction).toBe('wait');
    expect(reactionToBatchSession(201)).toEqual({
      reaction: 'person',
      advice: 'KSeF ended the session with the undocumented code 201.',
    });
  });
});

describe("reactions to an interactive session's code (domain rules 7.2)", () => {
  it.each([
    [100, 'wait'],
    [170, 'wait'],
    [200, 'rows'],
    [415, 'rekey'],
    [440, 'requeue'],
    [445, 'rows'],
    [460, 'person'],
  ])('%i: %s', (code, reaction) => {
    expect(reactionToInteractiveSession(code).reaction).toBe(reaction);
  });

  it('cover the documented codes and no others', () => {
    expect(codesOf(INTERACTIVE_SESSION_REACTIONS)).toEqual([100, 170, 200, 415, 440, 445]);
  });
});

describe("reactions to KSeF's no (domain rules 7.4)", () => {
  it.each([
    [21155, 'new-session'],
    [21157, 'rebuild'],
    [21161, 'rebuild'],
    [21164, 'absent'],
    [21165, 'later'],
    [21166, 'read-state'],
    [21167, 'read-state'],
    [21173, 'absent'],
    [21178, 'later'],
    [21180, 'read-state'],
    [21184, 'new-session'],
    [21205, 'rebuild'],
    [21208, 'new-session'],
    [21402, 're-encrypt'],
    [21403, 're-encrypt'],
    [21405, 'person'],
    [21418, 'restart-list'],
    [21470, 'rekey'],
  ])('%i: %s', (ksefCode, reaction) => {
    expect(reactionToCall({ ksefCode, httpStatus: 400 })).toBe(reaction);
  });

  it('cover the documented codes and no others', () => {
    expect(codesOf(CALL_REACTIONS)).toEqual([
      21155, 21157, 21161, 21164, 21165, 21166, 21167, 21173, 21178, 21180, 21184, 21205, 21208, 21402, 21403, 21405,
      21418, 21470,
    ]);
  });

  it.each([
    [400, 'person'],
    [401, 'log-in'],
    [403, 'person'],
    [404, 'absent'],
    [408, 'unknown'],
    [410, 'absent'],
    [429, 'obey-wait'],
    [422, 'person'],
    [500, 'unknown'],
    [502, 'unknown'],
    [503, 'unknown'],
    [200, 'unknown'],
    [0, 'unknown'],
  ])('HTTP %i without a known code: %s', (httpStatus, reaction) => {
    expect(reactionToCall({ httpStatus })).toBe(reaction);
    expect(reactionToCall({ httpStatus, ksefCode: 99_999 })).toBe(reaction);
  });

  it('cover the documented HTTP codes', () => {
    expect(codesOf(HTTP_REACTIONS)).toEqual([400, 401, 403, 404, 408, 410, 429]);
  });
});

(CODES === undefined ? it.skip : it)('the official list of codes is the one of these tables', async () => {
  const { readFile } = await import('node:fs/promises');
  const api = JSON.parse(await readFile(CODES ?? '', 'utf8')) as {
    components: { schemas: Record<string, { properties: { status: { description: string } } }> };
  };
  const listed = (schema: string, after: string): number[] => {
    const text = api.components.schemas[schema]!.properties.status.description;
    const table = text.slice(text.indexOf(after));
    const own = after === 'Sesja wsadowa' ? table.slice(0, table.indexOf('Sesja interaktywna')) : table;
    return [...new Set([...own.matchAll(/^\| (\d{3}) \|/gm)].map(([, code]) => Number(code)))];
  };
  expect(listed('SessionStatusResponse', 'Sesja wsadowa')).toEqual(codesOf(BATCH_SESSION_REACTIONS));
  expect(listed('SessionStatusResponse', 'Sesja interaktywna')).toEqual(codesOf(INTERACTIVE_SESSION_REACTIONS));
  expect(listed('SessionInvoiceStatusResponse', 'Status faktury')).toEqual(codesOf(INVOICE_REACTIONS));
});
