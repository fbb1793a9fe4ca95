import { describe, expect, it } from '@jest/globals';
import { isDatabaseTrouble } from './database-trouble.js';

const withCode = (code: string): Error => Object.assign(new Error('failed'), { code });

describe('trouble of the database', () => {
  it.each(['08006', '53300', '53100', '57P01', '57P03', '40001', '40P01', 'ECONNREFUSED', 'ECONNRESET'])(
    '%s',
    (code) => {
      expect(isDatabaseTrouble(withCode(code))).toBe(true);
      expect(isDatabaseTrouble(Object.assign(new Error('query failed'), { driverError: withCode(code) }))).toBe(true);
      expect(isDatabaseTrouble(new Error('outer', { cause: withCode(code) }))).toBe(true);
      expect(isDatabaseTrouble(Object.assign(new Error('ours'), { sqlState: code }))).toBe(true);
    },
  );

  it('is also a pool without a connection to give', () => {
    expect(isDatabaseTrouble(new Error('timeout exceeded when trying to connect'))).toBe(true);
    expect(isDatabaseTrouble(new Error('Connection terminated unexpectedly'))).toBe(true);
    expect(isDatabaseTrouble(new Error('no answer from PostgreSQL: connect'))).toBe(true);
  });

  it.each(['23505', '22P02', '42501', '42P01', 'ERR_INVALID_ARG_TYPE', 'P0001'])(
    'is not %s, a fault of ours',
    (code) => {
      expect(isDatabaseTrouble(withCode(code))).toBe(false);
    },
  );

  it('is nothing else', () => {
    expect([new Error('x'), undefined, 'text', { code: '08006' }].map(isDatabaseTrouble)).toEqual(Array(4).fill(false));
    const loop: Error & { cause?: unknown } = new Error('loop');
    loop.cause = loop;
    expect(isDatabaseTrouble(loop)).toBe(false);
  });
});
