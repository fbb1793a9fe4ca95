import { describe, expect, it } from '@jest/globals';
import type { ImportCertificateRefusal, ImportTokenCertificateRefusal } from '@latarnik/domain';
import { importProblem } from './import-refusal.js';

describe('importProblem', () => {
  it.each<[ImportCertificateRefusal | ImportTokenCertificateRefusal, object]>([
    [{ code: 'PASSWORD_WRONG' }, { status: 422, code: 'PASSWORD_WRONG' }],
    [
      { code: 'FILE_TOO_LARGE', largestBytes: 7 },
      { status: 413, largestBytes: 7 },
    ],
    [
      { code: 'FILE_TOO_COSTLY', limit: 'time' },
      { status: 422, limit: 'time' },
    ],
    [
      { code: 'CERTIFICATE_ALREADY_IMPORTED', certificateId: 'c' },
      { status: 409, certificateId: 'c' },
    ],
    [
      { code: 'FILE_UNREADABLE', part: 'key', detail: 'the private key is damaged' },
      { part: 'key', detail: 'What was found: the private key is damaged. Nothing was stored.' },
    ],
    [
      { code: 'WRONG_TYPE', expected: 'offline', found: 'authentication' },
      { expected: 'Offline', found: 'Authentication', detail: expect.stringContaining('the signing certificate') },
    ],
    [
      { code: 'PURPOSE_UNKNOWN', keyUsage: ['digitalSignature', 'nonRepudiation'] },
      { keyUsage: ['digitalSignature', 'nonRepudiation'], detail: expect.stringContaining('none has both') },
    ],
    [
      { code: 'PURPOSE_UNKNOWN', keyUsage: [] },
      { keyUsage: [], detail: expect.stringMatching(/^Its key usage is not given;/) },
    ],
    [{ code: 'NO_TOKEN' }, { status: 422, detail: expect.stringContaining('the operator has to connect one') }],
    [
      { code: 'REFERENCE_INVALID', detail: 'attribute id is there twice' },
      { status: 422, detail: expect.stringMatching(/^What was found: attribute id is there twice\./) },
    ],
    [{ code: 'CERTIFICATE_UNREADABLE' }, { status: 422, detail: expect.stringContaining('X.509') }],
    [
      { code: 'TOKEN_KEY_NOT_FOUND', found: 0 },
      { status: 422, found: 0, title: 'The token has no such key' },
    ],
    [
      { code: 'TOKEN_KEY_NOT_FOUND', found: 2 },
      { found: 2, title: 'Several keys of the token fit the reference' },
    ],
  ])('says of %j what happened, and that nothing was stored', (refusal, expected) => {
    const { problem, headers } = importProblem(refusal);

    expect(problem).toMatchObject({ code: refusal.code, ...expected });
    expect(problem.detail).toMatch(/ Nothing was stored\.$/);
    expect(headers).toEqual({});
  });

  it('asks to come again when too many are read at once', () => {
    const { problem, headers } = importProblem({ code: 'IMPORT_BUSY', retryAfterSeconds: 10 });

    expect([problem.status, headers]).toEqual([503, { 'retry-after': '10' }]);
  });
});
