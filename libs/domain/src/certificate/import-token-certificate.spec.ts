import { expect, it } from '@jest/globals';
import { contextLabel } from '../party/context-identifier.js';
import { err, ok, type Result } from '../shared/result.js';
import { anOfflineCertificate, SELLER_CONTEXT, TENANT } from '../testing/builders.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import type { ImportedCertificate } from './certificate-importer.port.js';
import { ImportTokenCertificate } from './import-token-certificate.js';
import { SecretBoxError } from './secret-box.port.js';
import type { TokenCertificateImporter, TokenKey, TokenKeyRefusal, TokenKeyUse } from './token-key.port.js';

const KEY: TokenKey = { kind: 'pkcs11', certificate: new Uint8Array([1]), reference: 'pkcs11:object=offline' };
const READ: ImportedCertificate = (({ id: _id, context: _context, ...read }) => read)(anOfflineCertificate());

const USE: TokenKeyUse = { serial: READ.serial, fingerprint: 'f'.repeat(64) };
/** The token did not sign. */
const NOT_USED = null;
const FACTS = { ...USE, reference: KEY.reference, context: contextLabel(SELLER_CONTEXT) };

/** @param answer an error is thrown */
function importing(
  world: IssuingWorld,
  answer: Result<ImportedCertificate, TokenKeyRefusal> | Error,
  use: TokenKeyUse | typeof NOT_USED = USE,
) {
  const asked: unknown[] = [];
  const importer: TokenCertificateImporter = {
    read: async (owner, key, signed) => {
      asked.push([owner, key]);
      if (use !== NOT_USED) await signed(use);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const request = { tenant: TENANT, actor: 'api-key:1', context: SELLER_CONTEXT, key: KEY };
  const importToken = new ImportTokenCertificate(world.database, importer, world.clock, world.ids);
  return { asked, outcome: importToken.execute({ ...request, expected: 'offline' }) };
}

it('stores the certificate as any other, with what the token was asked for', async () => {
  const world = new IssuingWorld();
  const { asked, outcome } = importing(world, ok(READ));
  const id = '00000000-0000-4000-8000-000000000001';

  expect(await outcome).toEqual({ ok: true, value: anOfflineCertificate({ id: id as never }) });
  expect(asked).toEqual([[{ tenant: TENANT, certificateId: id }, KEY]]);
  expect(world.database.certificates.stored).toHaveLength(1);
  expect(world.database.audit.entries).toMatchObject([
    { action: 'certificate.token-key-used', actor: 'api-key:1', subject: { kind: 'certificate', id }, facts: FACTS },
    { action: 'certificate.imported', actor: 'api-key:1' },
  ]);
});

it('hands on why the token was no help, and stores nothing', async () => {
  const world = new IssuingWorld();
  const refusal: TokenKeyRefusal = { code: 'TOKEN_KEY_NOT_FOUND', found: 2 };

  expect(await importing(world, err(refusal), NOT_USED).outcome).toEqual({ ok: false, error: refusal });
  expect(world.database.certificates.stored).toEqual([]);
  expect(world.database.audit.entries).toEqual([]);
});

it('writes down that the key was used, and why that was for nothing', async () => {
  const world = new IssuingWorld();
  await importing(world, err({ code: 'KEY_DOES_NOT_MATCH' })).outcome;
  await importing(world, ok({ ...READ, purpose: 'authentication' })).outcome;

  const used = { action: 'certificate.token-key-used', actor: 'api-key:1', facts: FACTS };
  const refused = { action: 'certificate.token-import-refused', actor: 'api-key:1' };
  expect(world.database.certificates.stored).toEqual([]);
  expect(world.database.audit.entries).toMatchObject([
    used,
    { ...refused, facts: { ...FACTS, code: 'KEY_DOES_NOT_MATCH' } },
    used,
    { ...refused, facts: { ...FACTS, code: 'WRONG_TYPE' } },
  ]);
});

it('has written down that the key was used when all else fails after it', async () => {
  const world = new IssuingWorld();
  const { outcome } = importing(world, new SecretBoxError('the key-encryption key is missing'));

  await expect(outcome).rejects.toThrow(SecretBoxError);
  expect(world.database.audit.entries).toMatchObject([{ action: 'certificate.token-key-used', facts: FACTS }]);
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
