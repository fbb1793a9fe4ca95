import { expect, it } from '@jest/globals';
import { err, ok, type Result } from '../shared/result.js';
import { anOfflineCertificate, SELLER_CONTEXT, TENANT } from '../testing/builders.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import type { ImportedCertificate } from './certificate-importer.port.js';
import { ImportTokenCertificate } from './import-token-certificate.js';
import type { TokenKey, TokenKeyRefusal } from './token-key.port.js';

const KEY: TokenKey = { kind: 'pkcs11', certificate: new Uint8Array([1]), reference: 'pkcs11:object=offline' };
const READ: ImportedCertificate = (({ id: _id, context: _context, ...read }) => read)(anOfflineCertificate());

function importing(world: IssuingWorld, answer: Result<ImportedCertificate, TokenKeyRefusal>) {
  const asked: unknown[] = [];
  const importer = {
    read: (...question: unknown[]) => {
      asked.push(question);
      return Promise.resolve(answer);
    },
  };
  const use = new ImportTokenCertificate(world.database, importer, world.clock, world.ids);
  const request = { tenant: TENANT, actor: 'api-key:1', context: SELLER_CONTEXT, key: KEY };
  return { asked, outcome: use.execute({ ...request, expected: 'offline' }) };
}

it('stores the certificate as any other, with what the token was asked for', async () => {
  const world = new IssuingWorld();
  const { asked, outcome } = importing(world, ok(READ));
  const id = '00000000-0000-4000-8000-000000000001';

  expect(await outcome).toEqual({ ok: true, value: anOfflineCertificate({ id: id as never }) });
  expect(asked).toEqual([[{ tenant: TENANT, certificateId: id }, KEY]]);
  expect(world.database.certificates.stored).toHaveLength(1);
  expect(world.database.audit.entries).toMatchObject([{ action: 'certificate.imported', actor: 'api-key:1' }]);
});

it('hands on why the token was no help, and stores nothing', async () => {
  const world = new IssuingWorld();
  const refusal: TokenKeyRefusal = { code: 'TOKEN_KEY_NOT_FOUND', found: 2 };

  expect(await importing(world, err(refusal)).outcome).toEqual({ ok: false, error: refusal });
  expect(world.database.certificates.stored).toEqual([]);
  expect(world.database.audit.entries).toEqual([]);
});

it('writes down that the key was used when the proof was for nothing', async () => {
  const world = new IssuingWorld();
  await importing(world, err({ code: 'KEY_DOES_NOT_MATCH' })).outcome;
  await importing(world, ok({ ...READ, purpose: 'authentication' })).outcome;

  expect(world.database.certificates.stored).toEqual([]);
  expect(world.database.audit.entries).toMatchObject([
    { action: 'certificate.token-import-refused', actor: 'api-key:1', facts: { code: 'KEY_DOES_NOT_MATCH' } },
    { action: 'certificate.token-import-refused', facts: { code: 'WRONG_TYPE' } },
  ]);
});

it('holds it to the rules of every import', async () => {
  const world = new IssuingWorld();

  expect(await importing(world, ok({ ...READ, purpose: 'authentication' })).outcome).toMatchObject({
    ok: false,
    error: { code: 'WRONG_TYPE' },
  });
  expect(await importing(world, ok({ ...READ, subjectNip: '7335255579' })).outcome).toMatchObject({
    ok: false,
    error: { code: 'CERTIFICATE_OF_ANOTHER_NIP' },
  });
});
