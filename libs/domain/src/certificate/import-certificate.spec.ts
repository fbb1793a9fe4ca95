import { describe, expect, it } from '@jest/globals';
import type { ContextIdentifier, ContextValue } from '../party/context-identifier.js';
import { Temporal } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import { OTHER_CONTEXT, SELLER_CONTEXT, TENANT, anOfflineCertificate } from '../testing/builders.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import type { CertificateImporter, ImportedCertificate, ImportRefusal, KeyFile } from './certificate-importer.port.js';
import { ImportCertificate, type CertificateImport } from './import-certificate.js';

const READ: ImportedCertificate = (({ id: _id, context: _context, ...read }) => ({
  ...read,
  subjectNip: '5265877635',
}))(anOfflineCertificate());

/** Reads every file as the certificate it was told. */
class ScriptedImporter implements CertificateImporter {
  readonly asked: unknown[] = [];
  constructor(private readonly answer: Result<ImportedCertificate, ImportRefusal>) {}

  read(...asked: Parameters<CertificateImporter['read']>) {
    this.asked.push(asked);
    return Promise.resolve(this.answer);
  }
}

const FILE: KeyFile = { kind: 'pkcs12', bytes: Uint8Array.of(1), password: Uint8Array.of(2) };

function importing(
  world: IssuingWorld,
  read: ImportedCertificate | ImportRefusal,
  more: Partial<CertificateImport> = {},
) {
  const importer = new ScriptedImporter('code' in read ? err(read) : ok(read));
  const request = { tenant: TENANT, actor: 'api-key:1', context: SELLER_CONTEXT, file: FILE, ...more };
  const outcome = new ImportCertificate(world.database, importer, world.clock, world.ids).execute(request);
  return { importer, outcome };
}

describe('ImportCertificate', () => {
  it('stores the certificate under its context, the key sealed to tenant and id, with an audit row', async () => {
    const world = new IssuingWorld();
    const { importer, outcome } = importing(world, READ);
    const id = '00000000-0000-4000-8000-000000000001';
    expect(await outcome).toEqual({ ok: true, value: anOfflineCertificate({ id: id as never }) });
    expect(importer.asked).toEqual([[{ tenant: TENANT, certificateId: id }, FILE]]);
    expect(world.database.certificates.stored).toEqual([anOfflineCertificate({ id: id as never })]);
    expect(world.database.certificates.stored[0]).not.toHaveProperty('subjectNip');
    expect(world.database.audit.entries).toMatchObject([
      {
        actor: 'api-key:1',
        action: 'certificate.imported',
        subject: { kind: 'certificate', id },
        facts: { serial: '01F20A5D352AE590', purpose: 'offline', context: 'Nip:5265877635' },
      },
    ]);
  });

  it('hands on what is wrong with the file', async () => {
    const world = new IssuingWorld();
    expect(await importing(world, { code: 'KEY_DOES_NOT_MATCH' }).outcome).toEqual({
      ok: false,
      error: { code: 'KEY_DOES_NOT_MATCH' },
    });
    expect(world.database.certificates.stored).toEqual([]);
  });

  const now = '2026-11-23T10:00:00Z';
  it.each([
    ['it has expired', { notAfter: Temporal.Instant.from(now) }, { code: 'CERTIFICATE_EXPIRED', notAfter: now }],
    [
      'it is not valid yet',
      { notBefore: Temporal.Instant.from('2026-11-23T10:00:01Z') },
      { code: 'CERTIFICATE_NOT_YET_VALID', notBefore: '2026-11-23T10:00:01Z' },
    ],
    [
      'it is that of another NIP',
      { subjectNip: '7335255579' },
      { code: 'CERTIFICATE_OF_ANOTHER_NIP', subjectNip: '7335255579', context: 'Nip:5265877635' },
    ],
  ])('refuses when %s', async (_what, change, error) => {
    const world = new IssuingWorld();
    expect(await importing(world, { ...READ, ...change }).outcome).toEqual({ ok: false, error });
    expect(world.database.certificates.stored).toEqual([]);
    expect(world.database.audit.entries).toEqual([]);
  });

  it.each(['offline', 'authentication'] as const)('refuses one of type %s that was called the other', async (found) => {
    const world = new IssuingWorld();
    const expected = found === 'offline' ? 'authentication' : 'offline';
    expect(await importing(world, { ...READ, purpose: found }, { expected }).outcome).toEqual({
      ok: false,
      error: { code: 'WRONG_TYPE', expected, found },
    });
    expect(world.database.certificates.stored).toEqual([]);
    expect(await importing(world, { ...READ, purpose: found }, { expected: found }).outcome).toMatchObject({
      ok: true,
      value: { purpose: found },
    });
  });

  it('takes one that is valid from this very moment, and one of a person, which names no NIP', async () => {
    const world = new IssuingWorld();
    const { subjectNip: _none, ...person } = READ;
    expect(await importing(world, { ...person, notBefore: Temporal.Instant.from(now) }).outcome).toMatchObject({
      ok: true,
    });
  });

  it('compares the NIP of a context that begins with one', async () => {
    const world = new IssuingWorld();
    const branch: ContextIdentifier = { type: 'InternalId', value: '5265877635-00001' as ContextValue };
    world.database.tenantContexts = [{ id: 'b', identifier: branch, name: 'Oddział' }];
    expect(await importing(world, READ, { context: branch }).outcome).toMatchObject({ ok: true });
  });

  it('refuses a context that is not the tenant’s', async () => {
    const world = new IssuingWorld();
    const context: ContextIdentifier = { type: 'Nip', value: '5213814999' as ContextValue };
    expect(await importing(world, { ...READ, subjectNip: '5213814999' }, { context }).outcome).toEqual({
      ok: false,
      error: { code: 'CONTEXT_NOT_FOUND', contexts: ['Nip:5265877635', 'Nip:7335255579'] },
    });
  });

  it('refuses the same certificate twice, also for another context', async () => {
    const world = new IssuingWorld();
    await importing(world, READ).outcome;
    const { subjectNip: _none, ...person } = READ;
    expect(await importing(world, person, { context: OTHER_CONTEXT }).outcome).toEqual({
      ok: false,
      error: { code: 'CERTIFICATE_ALREADY_IMPORTED', certificateId: '00000000-0000-4000-8000-000000000001' },
    });
    expect(world.database.certificates.stored).toHaveLength(1);
  });

  it('takes a certificate again after it was retired', async () => {
    const world = new IssuingWorld();
    await world.has(anOfflineCertificate({ retiredAt: Temporal.Instant.from(now) }));
    expect(await importing(world, READ).outcome).toMatchObject({ ok: true });
  });
});
