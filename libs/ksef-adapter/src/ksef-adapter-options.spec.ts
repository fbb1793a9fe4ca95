import { describe, expect, it } from '@jest/globals';

import { printable } from './ksef-adapter-event.js';
import { type KsefAdapterOptions, parseKsefAdapterOptions } from './ksef-adapter-options.js';

const good: KsefAdapterOptions = {
  ksefUrl: 'https://api-test.ksef.mf.gov.pl/v2/',
  latarniaUrl: 'https://api-latarnia-test.ksef.mf.gov.pl',
  spoolDirectory: '/var/spool/latarnik',
};

describe('the options', () => {
  it('have a default for every limit, and trust the origin of the API only', () => {
    expect(parseKsefAdapterOptions(good)).toMatchObject({
      ksefUrl: 'https://api-test.ksef.mf.gov.pl/v2',
      compression: 'tar.gz',
      partBytes: 100_000_000,
      publicKeyCacheHours: 12,
      callTimeoutMs: 30_000,
      probeTimeoutMs: 5_000,
      storageOrigins: new Set(['https://api-test.ksef.mf.gov.pl']),
    });
  });

  it.each<[string, Partial<KsefAdapterOptions>, string]>([
    ['plain http', { ksefUrl: 'http://api-test.ksef.mf.gov.pl/v2' }, 'ksefUrl: must be https'],
    [
      'plain http to something like this machine',
      { ksefUrl: 'http://127.0.0.1.example.com' },
      'ksefUrl: must be https',
    ],
    ['plain http to a network', { latarniaUrl: 'http://10.0.0.1' }, 'latarniaUrl: must be https'],
    ['no address', { ksefUrl: 'api-test.ksef.mf.gov.pl' }, 'ksefUrl: not an absolute address'],
    ['credentials', { ksefUrl: 'https://a:b@api-test.ksef.mf.gov.pl' }, 'ksefUrl: only scheme, host, port and path'],
    [
      'a plain upload origin',
      { allowedUploadOrigins: ['http://storage.example.com'] },
      'allowedUploadOrigins: must be https',
    ],
    [
      'a plain address to check the network by',
      { networkCheckUrls: ['http://example.com'] },
      'networkCheckUrls: must be https',
    ],
    [
      'six addresses to check the network by',
      { networkCheckUrls: Array<string>(6).fill('https://example.com') },
      'networkCheckUrls: at most 5',
    ],
    ['7z', { compression: '7z' as 'zip' }, 'compression: "tar.gz" or "zip", not "7z"'],
    ['a cache of two days', { publicKeyCacheHours: 48 }, 'publicKeyCacheHours: at most 24'],
    ['parts above the limit of KSeF', { partBytes: 100_000_001 }, 'partBytes: a whole number from 1 to 100000000'],
    ['parts of nothing', { partBytes: 0 }, 'partBytes: a whole number from 1 to 100000000'],
  ])('refuse %s', (_name, wrong, message) => {
    expect(() => parseKsefAdapterOptions({ ...good, ...wrong })).toThrow(message);
  });

  it.each(['http://127.0.0.1:8080/v2', 'http://localhost:8080/v2', 'http://[::1]:8080/v2'])(
    'take %s for tests',
    (ksefUrl) => {
      expect(parseKsefAdapterOptions({ ...good, ksefUrl }).ksefUrl).toBe(ksefUrl);
    },
  );
});

describe('a text from outside', () => {
  it('is one short line', () => {
    expect(printable('a\r\nFORGED: b\u0000\u2028c')).toBe('a FORGED: b c');
    expect(printable('x'.repeat(2000))).toHaveLength(500);
  });
});
