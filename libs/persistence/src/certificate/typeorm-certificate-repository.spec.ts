import {
  ImportCertificate,
  ok,
  RetireCertificate,
  Temporal,
  usableAt,
  type Certificate,
  type CertificateId,
  type CertificateSerial,
  type SealedKey,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { bytesOf, CONTEXT, nextId, NOON } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;

const aCertificate = (more: Partial<Certificate> = {}): Certificate => ({
  id: nextId() as CertificateId,
  context: CONTEXT,
  purpose: 'offline',
  serial: '00F20A5D352AE590' as CertificateSerial,
  keyAlgorithm: 'ec-p256',
  der: bytesOf('der'),
  subject: 'CN=Spółka',
  notBefore: NOON,
  notAfter: NOON.add({ hours: 24 * 700 }),
  sealedKey: bytesOf('sealed') as SealedKey,
  ...more,
});

const OTHER_SERIAL = '00F20A5D352AE591' as CertificateSerial;
const LATER = NOON.add({ hours: 1 });
const retire = (certificateId: CertificateId, tenant = stage.tenant, at = LATER) =>
  new RetireCertificate(stage.database.unitOfWork, { now: () => at }).execute({
    tenant,
    actor: 'api-key:1',
    certificateId,
  });
const all = (tenant = stage.tenant) => inTenant(tenant, ({ certificates }) => certificates.all());
const auditOf = (id: CertificateId) => inTenant(stage.tenant, ({ audit }) => audit.of('certificate', id));

describe('a retired certificate', () => {
  it('stays, with the moment to the microsecond, and is not chosen again', async () => {
    const [retired, other] = [
      aCertificate(),
      aCertificate({ serial: OTHER_SERIAL, notAfter: NOON.add({ hours: 24 * 30 }) }),
    ];
    await inTenant(stage.tenant, async ({ certificates }) => {
      await certificates.add(retired);
      await certificates.add(other);
    });
    const at = Temporal.Instant.from('2026-11-23T11:00:00.123456789Z');
    const retiredAt = Temporal.Instant.from('2026-11-23T11:00:00.123456Z');

    expect(await retire(retired.id, stage.tenant, at)).toEqual({ ok: true, value: { ...retired, retiredAt } });
    expect(await all()).toEqual([{ ...retired, retiredAt }, other]);
    const offline = await inTenant(stage.tenant, ({ certificates }) => certificates.offlineFor(CONTEXT));
    expect(usableAt(offline, LATER)).toEqual(other);
  });

  it('is retired once, with one audit row, however often and at once it is asked for', async () => {
    const certificate = aCertificate();
    await inTenant(stage.tenant, ({ certificates }) => certificates.add(certificate));
    const outcomes = await Promise.all(
      [0, 1, 2, 3].map((hours) => retire(certificate.id, stage.tenant, LATER.add({ hours }))),
    );
    const [stored] = await all();

    expect(outcomes).toEqual(Array.from({ length: 4 }, () => ({ ok: true, value: stored })));
    expect(await auditOf(certificate.id)).toMatchObject([
      { action: 'certificate.retired', facts: { serial: '00F20A5D352AE590', purpose: 'offline' } },
    ]);
  });

  it('is missing to another tenant, and stays as it is', async () => {
    const certificate = aCertificate();
    await inTenant(stage.tenant, ({ certificates }) => certificates.add(certificate));
    const other = await stage.database.aTenant();

    expect(await retire(certificate.id, other)).toEqual({ ok: false, error: { code: 'CERTIFICATE_NOT_FOUND' } });
    expect(await retire(nextId() as CertificateId)).toEqual({ ok: false, error: { code: 'CERTIFICATE_NOT_FOUND' } });
    expect(await all()).toEqual([certificate]);
    expect(await auditOf(certificate.id)).toEqual([]);
  });

  it('may be added as retired', async () => {
    const certificate = aCertificate({ retiredAt: NOON });
    await inTenant(stage.tenant, ({ certificates }) => certificates.add(certificate));
    expect(await all()).toEqual([certificate]);
  });
});

describe('the serial number of a certificate in use', () => {
  /** Reads every file as a certificate with the serial number of `aCertificate`. */
  const importing = (tenant = stage.tenant) => {
    const { id: _id, context, ...read } = aCertificate();
    return new ImportCertificate(
      stage.database.unitOfWork,
      { read: () => Promise.resolve(ok(read)) },
      { now: () => LATER },
      { next: nextId },
    ).execute({
      ...{ tenant, actor: 'api-key:1', context },
      file: { kind: 'pem', certificate: bytesOf('cert'), key: bytesOf('key') },
    });
  };

  it('is there once, however many import it at once; the others are told of the one that was taken', async () => {
    const outcomes = await Promise.all([0, 1, 2, 3, 4, 5].map(() => importing()));
    const [stored, ...more] = await all();

    expect(more).toEqual([]);
    expect(outcomes.filter(({ ok: taken }) => taken)).toEqual([{ ok: true, value: stored }]);
    expect(outcomes.filter(({ ok: taken }) => !taken)).toEqual(
      Array.from({ length: 5 }, () => ({
        ok: false,
        error: { code: 'CERTIFICATE_ALREADY_IMPORTED', certificateId: stored?.id },
      })),
    );
    expect(await auditOf(stored!.id)).toHaveLength(1);
  });

  it('is free again once it is retired, and is nothing to another tenant', async () => {
    const first = await importing();
    if (!first.ok) throw new Error(first.error.code);
    await retire(first.value.id);

    expect(await importing()).toMatchObject({ ok: true });
    expect(await importing()).toMatchObject({ ok: false, error: { code: 'CERTIFICATE_ALREADY_IMPORTED' } });
    expect(await importing(await stage.database.aTenant())).toMatchObject({ ok: true });
  });

  it('is held by the database, whoever writes', async () => {
    await inTenant(stage.tenant, ({ certificates }) => certificates.add(aCertificate()));

    await expect(inTenant(stage.tenant, ({ certificates }) => certificates.add(aCertificate()))).rejects.toThrow(
      'certificate_in_use',
    );
  });
});
