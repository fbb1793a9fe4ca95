import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ProblemError } from './problem.js';
import { bodyKind, parseJson, parseWith } from './request-body.js';

const problemOf = (work: () => unknown): ProblemError['problem'] => {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('parseJson', () => {
  it('reads UTF-8', () => {
    expect(parseJson(new TextEncoder().encode('{"name":"Żółć"}'))).toEqual({ name: 'Żółć' });
  });

  it.each([
    ['broken JSON', new TextEncoder().encode('{')],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
    ['nothing', new Uint8Array()],
  ])('refuses %s', (_what, bytes) => {
    expect(problemOf(() => parseJson(bytes))).toMatchObject({ status: 400, code: 'MALFORMED_JSON' });
  });

  it.each([
    ['the first half of a character', '{"name":"x\\ud800y"}'],
    ['the second half', '[{"a":["\\uDC00"]}]'],
    ['halves the wrong way round', '"\\udc00\\ud800"'],
    ['half of one in a name', '{"\\ud83d":1}'],
  ])('refuses %s: no database holds it', (_what, text) => {
    expect(problemOf(() => parseJson(new TextEncoder().encode(text)))).toMatchObject({
      status: 400,
      code: 'JSON_REFUSED',
    });
  });

  it('takes a whole character in two escapes, and a backslash before what looks like half of one', () => {
    const text = '{"a":"\\ud83d\\ude00","b":"\\\\ud800"}';
    expect(parseJson(new TextEncoder().encode(text))).toEqual({ a: '😀', b: '\\ud800' });
  });
});

describe('parseWith', () => {
  const schema = z.strictObject({ limit: z.number(), mode: z.enum(['a', 'b']) });

  it('names every finding, unknown fields too', () => {
    const { status, findings } = problemOf(() => parseWith(schema, { limit: 'x', mode: 'c', tenantId: '1' }, 'body'));

    expect(status).toBe(400);
    expect(findings).toMatchObject([
      { element: 'limit' },
      { element: 'mode' },
      { message: expect.stringContaining('tenantId') },
    ]);
  });

  it('does not repeat what is no name of a field: it may be a key in the wrong place', () => {
    const body = { limit: 1, mode: 'a', tenantId: '1', ['-----BEGIN PRIVATE KEY-----\nCANARY']: 1, CANARYCANARY: 1 };
    const long = { limit: 1, mode: 'a', ['CANARY'.repeat(7)]: 1 };
    const messageOf = (value: unknown) =>
      (problemOf(() => parseWith(schema, value, 'body'))['findings'] as { message: string }[])[0]?.message;

    expect(messageOf(body)).toBe('Unrecognized keys: "tenantId", (what is no name of a field), "CANARYCANARY"');
    expect(messageOf(long)).toBe('Unrecognized keys: (what is no name of a field)');
  });
});

describe('bodyKind', () => {
  const kindOf = (type: string) => bodyKind({ headers: { 'content-type': type } });

  it.each([
    ['application/json', 'json'],
    ['Application/JSON; charset=UTF-8', 'json'],
    ['application/xml', 'xml'],
    ['text/xml;charset="utf-8"', 'xml'],
  ])('reads %s as %s, however it is spelt', (type, kind) => {
    expect(kindOf(type)).toBe(kind);
  });

  it('refuses another charset instead of ignoring it', () => {
    expect(problemOf(() => kindOf('application/xml; charset=iso-8859-2'))).toMatchObject({ status: 415 });
  });
});
