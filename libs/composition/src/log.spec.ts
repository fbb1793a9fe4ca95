import { describe, expect, it } from '@jest/globals';
import { logLine } from './log.js';

describe('a line of the log', () => {
  it.each([
    'a\r\n{"event":"api.forged"}',
    'a\u2028b\u2029c',
    '\u001b[2J\u009b31m',
    '\u202egnp.exe',
    'nul\u0000 del\u007f nel\u0085',
  ])('holds %j as one line, which reads back as what it was', (hostile) => {
    const line = logLine({ event: 'x', said: hostile, [hostile]: 1 });
    expect(line.match(/\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu)).toEqual(['\n']);
    expect(line.endsWith('}\n')).toBe(true);
    expect(JSON.parse(line)).toEqual({ event: 'x', said: hostile, [hostile]: 1 });
  });

  it('is an object in itself: what begins like a formula never begins a line or a cell', () => {
    expect(logLine({ event: 'x', said: '=cmd|calc!A1' }).startsWith('{"event":"x"')).toBe(true);
  });
});
