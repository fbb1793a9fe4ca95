import { describe, expect, it } from '@jest/globals';
import { requestIdOf } from './request-id.js';

const idFor = (given?: string | string[]): string =>
  requestIdOf({ headers: given === undefined ? {} : { 'x-request-id': given } });

describe('the id of a request', () => {
  it.each(['0af7651916cd43dd8448eb211c80319c', 'order-4711.retry:2', 'A'.repeat(64)])(
    'is the caller’s own: %s',
    (id) => {
      expect(idFor(id)).toBe(id);
    },
  );

  it.each([
    undefined,
    '',
    'short',
    'A'.repeat(65),
    'line\r\nbreak: 1',
    '=cmd|calc!A1',
    '-starts-badly',
    'with space',
    'żółć-żółć',
    '"quoted-id"',
    ['two-of-them', 'at-once-00'],
  ])('is a new one in place of %j', (given) => {
    const id = idFor(given);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(idFor(given)).not.toBe(id);
  });
});
