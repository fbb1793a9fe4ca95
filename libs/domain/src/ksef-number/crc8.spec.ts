import { describe, expect, it } from '@jest/globals';
import { crc8 } from './crc8.js';

describe('crc8', () => {
  it('gives the check value of the SMBus variant', () => {
    expect(crc8('123456789')).toBe(0xf4);
  });

  it('starts at zero', () => {
    expect(crc8('')).toBe(0);
    expect(crc8('\u0000')).toBe(0);
    expect(crc8('\u0001')).toBe(0x07);
  });
});
