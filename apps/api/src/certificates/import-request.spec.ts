import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '../http/problem.js';
import { parseImport } from './import-request.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const PEM = { context: 'Nip:5265877635', certificatePem: 'CERT', keyPem: 'KEY' };
const TOKEN = { context: 'Nip:5265877635', certificatePem: 'CERT', keyReference: 'pkcs11:object=offline' };

describe('parseImport', () => {
  it('takes PEM, with the key under either of its names', () => {
    const file = { kind: 'pem', certificate: bytes('CERT'), key: bytes('KEY') };
    const { keyPem, ...rest } = PEM;

    expect(parseImport(PEM)).toEqual({ context: 'Nip:5265877635', file });
    expect(parseImport({ ...rest, privateKeyPem: keyPem })).toEqual({ context: 'Nip:5265877635', file });
    expect(parseImport({ ...PEM, password: 'zażółć' })).toMatchObject({
      file: { ...file, password: bytes('zażółć') },
    });
  });

  it('takes PKCS#12 with a password, which may be empty', () => {
    const body = { context: 'Nip:5265877635', pkcs12: 'AQID', password: '' };
    expect(parseImport(body)).toEqual({
      context: 'Nip:5265877635',
      file: { kind: 'pkcs12', bytes: Uint8Array.of(1, 2, 3), password: new Uint8Array() },
    });
  });

  it('takes a certificate with a reference to its key in a token', () => {
    expect(parseImport({ ...TOKEN, type: 'signing' })).toEqual({
      context: 'Nip:5265877635',
      key: { kind: 'pkcs11', certificate: bytes('CERT'), reference: 'pkcs11:object=offline' },
      expected: 'offline',
    });
  });

  it('keeps secrets out of the pool that Node shares among small buffers', () => {
    const parsed = parseImport({ ...PEM, password: 'x' });
    if (!('file' in parsed) || parsed.file.kind !== 'pem') throw new Error('not PEM');
    const { file } = parsed;
    expect([file.key.buffer.byteLength, file.password?.buffer.byteLength]).toEqual([3, 1]);
  });

  it.each([
    ['Offline', 'offline'],
    ['signing', 'offline'],
    ['Authentication', 'authentication'],
  ])('reads type %s as %s', (type, expected) => {
    expect(parseImport({ ...PEM, type })).toMatchObject({ expected });
  });

  it.each([
    ['a list', []],
    ['nothing', null],
    ['an unknown field', { ...PEM, tenantId: 'CANARY' }],
    ['PEM and PKCS#12 together', { ...PEM, pkcs12: 'AQID', password: 'CANARY' }],
    ['a key beside a reference', { ...TOKEN, keyPem: 'CANARY' }],
    ['a password beside a reference', { ...TOKEN, password: 'CANARY' }],
    ['PKCS#12 beside a reference', { ...TOKEN, pkcs12: 'AQID', password: 'CANARY' }],
    ['a reference without a certificate', { context: 'Nip:1', keyReference: 'CANARY' }],
    ['a reference of 1001 characters', { ...TOKEN, keyReference: 'CANARY'.padEnd(1001) }],
    ['PKCS#12 without its password', { context: 'Nip:1', pkcs12: 'AQID' }],
    ['bytes that are not Base64', { context: 'Nip:1', pkcs12: 'CANARY!', password: 'CANARY' }],
    ['an unknown type', { ...PEM, type: 'CANARY' }],
    ['no key', { context: 'Nip:1', certificatePem: 'CANARY' }],
    ['a key under both names', { ...PEM, privateKeyPem: 'CANARY' }],
    ['a password that is no text', { ...PEM, password: ['CANARY'] }],
    ['a password of 1001 characters', { ...PEM, password: 'CANARY'.padEnd(1001) }],
  ])('refuses %s, and shows nothing of it', (_what, body) => {
    const refused = (): unknown => {
      try {
        return parseImport(body);
      } catch (error) {
        return error;
      }
    };
    const error = refused();

    expect(error).toBeInstanceOf(ProblemError);
    expect((error as ProblemError).problem).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
    expect(JSON.stringify((error as ProblemError).problem)).not.toContain('CANARY');
  });
});
