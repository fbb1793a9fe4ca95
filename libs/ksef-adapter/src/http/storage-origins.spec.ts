import { describe, expect, it } from '@jest/globals';

import { headerObjection, storageObjection } from './storage-origins.js';

const KSEF = 'https://api-test.ksef.mf.gov.pl';
const origins = new Set([KSEF, 'https://10.1.2.3', 'http://127.0.0.1:8080', 'https://[fd00::1]']);

describe('an address to upload to', () => {
  it.each([`${KSEF}/storage/00/part?sig=secret`, 'http://127.0.0.1:8080/storage/1'])('%s is taken', (address) => {
    expect(storageObjection(origins, address)).toBeUndefined();
  });

  it.each([
    ['https://evil.example/storage/1', 'an origin that is not allowed: evil.example'],
    [`${KSEF}.evil.example/1`, 'an origin that is not allowed: api-test.ksef.mf.gov.pl.evil.example'],
    [`${KSEF}:8443/1`, 'an origin that is not allowed: api-test.ksef.mf.gov.pl:8443'],
    ['http://api-test.ksef.mf.gov.pl/1', 'not https'],
    ['ftp://api-test.ksef.mf.gov.pl/1', 'not https'],
    ['https://user:secret@api-test.ksef.mf.gov.pl/1', 'an address with credentials'],
    ['https://10.1.2.3/1', 'a private address'],
    ['https://169.254.169.254/latest', 'a private address'],
    ['https://[fd00::1]/1', 'a private address'],
    ['https://[::ffff:10.1.2.3]/1', 'a private address'],
    ['storage/1', 'not an address'],
  ])('%s is not: %s', (address, objection) => {
    expect(storageObjection(origins, address)).toBe(objection);
  });
});

describe('prescribed headers', () => {
  it('may be any but those that carry a credential or shape the message', () => {
    expect(headerObjection({ 'x-ms-blob-type': 'BlockBlob' })).toBeUndefined();
    for (const name of ['Authorization', 'Cookie', 'Host', 'Content-Length', 'Transfer-Encoding', 'Expect']) {
      expect(headerObjection({ [name]: 'x' })).toBe(`the header ${name}`);
    }
    expect(headerObjection({ 'x-a': 'b\r\nx-c: d' })).toBe('the header x-a');
  });
});
