import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { fa3Schema } from './fa3-schema.js';
import { readPinnedSchemas } from './pinned-schemas.js';

const SCHEMAS = join(import.meta.dirname, '..', '..', 'schemas');

describe('the FA(3) schema files', () => {
  it('are the four pinned ones', () => {
    expect([...readPinnedSchemas().keys()]).toEqual([
      'schemat_FA(3)_v1-0E.xsd',
      'bazowe/StrukturyDanych_v10-0E.xsd',
      'bazowe/ElementarneTypyDanych_v10-0E.xsd',
      'bazowe/KodyKrajow_v10-0E.xsd',
    ]);
  });

  it('are refused when one is missing or changed by a byte', () => {
    const copy = mkdtempSync(join(tmpdir(), 'fa3-schemas-'));
    cpSync(SCHEMAS, copy, { recursive: true });
    expect(readPinnedSchemas(copy).size).toBe(4);
    appendFileSync(join(copy, 'bazowe', 'KodyKrajow_v10-0E.xsd'), ' ');
    expect(() => readPinnedSchemas(copy)).toThrow(/KodyKrajow_v10-0E\.xsd: SHA-256 is [0-9a-f]{64}, .* pins 48be2a9f/);
    rmSync(join(copy, 'bazowe'), { recursive: true });
    expect(() => readPinnedSchemas(copy)).toThrow('bazowe/StrukturyDanych_v10-0E.xsd is missing; run "nx schemas');
    rmSync(copy, { recursive: true });
  });

  it('are compiled once', () => {
    expect(fa3Schema()).toBe(fa3Schema());
  });

  const official = process.env['KSEF_SCHEMAS'];
  if (official === undefined)
    console.info('KSEF_SCHEMAS is not set: the schemas are not compared with the official ones');
  (official === undefined ? it.skip : it)('are the official ones, byte for byte', () => {
    for (const [name, bytes] of readPinnedSchemas()) {
      expect(bytes.equals(readFileSync(join(official ?? '', 'FA', name)))).toBe(true);
    }
  });
});
