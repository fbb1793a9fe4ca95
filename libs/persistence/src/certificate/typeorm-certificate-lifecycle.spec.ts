import {
  usableAt,
  type Certificate,
  type CertificateId,
  type CertificateLifecycle,
  type CertificateSerial,
  type CertificateWarning,
  type OfflineCertificate,
  type RemoteStatus,
  type SealedKey,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { anOfflineIssue, bytesOf, CONTEXT, dueOn, nextId, NOON, OTHER_CONTEXT, serialOf } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;
const SERIAL = anOfflineIssue().certificateSerial;

async function aCertificate(
  more: Partial<Omit<OfflineCertificate, 'purpose'>> = {},
  purpose: Certificate['purpose'] = 'offline',
): Promise<Certificate> {
  const id = nextId() as CertificateId;
  const common: Omit<OfflineCertificate, 'purpose'> = {
    ...{ id, context: CONTEXT, serial: serialOf(id), keyAlgorithm: 'ec-p256' },
    ...{ der: bytesOf('der'), subject: 'CN=Spółka', sealedKey: bytesOf('sealed') as SealedKey },
    ...{ notBefore: NOON, notAfter: NOON.add({ hours: 24 * 700 }) },
    ...more,
  };
  const certificate = purpose === 'offline' ? { ...common, purpose } : { ...common, purpose };
  await inTenant(stage.tenant, ({ certificates }) => certificates.add(certificate));
  return certificate;
}

const lifecycle = <T>(work: (lifecycle: CertificateLifecycle) => Promise<T>, tenant = stage.tenant): Promise<T> =>
  inTenant(tenant, ({ certificateLifecycle }) => work(certificateLifecycle));
const stored = async (id: CertificateId): Promise<Certificate | undefined> =>
  (await inTenant(stage.tenant, ({ certificates }) => certificates.all())).find((one) => one.id === id);

const INTENT = { reason: 'key-compromise', person: 'Ewa Żak', requestedAt: NOON } as const;
const REFUSAL = { code: 'CERTIFICATE_UNKNOWN', ksefCode: 25008, description: 'Brak' } as const;
const LATER = NOON.add({ minutes: 5 });

describe('a wish to revoke', () => {
  it('is stored once, whoever asks at a time, and given out when its time has come', async () => {
    const { id } = await aCertificate();
    const begun = await Promise.all([0, 1, 2].map(() => lifecycle((one) => one.beginRevocation(id, INTENT, 0))));

    expect(begun.map((each) => each?.isNew).sort()).toEqual([false, false, true]);
    expect((await stored(id))?.revocation).toEqual({ ...INTENT, state: 'sending' });
    expect(usableAt([(await stored(id))!], NOON)).toBeUndefined();
    const claims = await Promise.all([0, 1].map(() => lifecycle((one) => one.claimRevocations(10, 60))));
    expect(claims.flat().map((each) => each.id)).toEqual([id]);
    const missing = nextId() as CertificateId;
    expect(await lifecycle((one) => one.beginRevocation(missing, INTENT, 0))).toBeUndefined();
    const other = await stage.database.aTenant();
    expect(await lifecycle((one) => one.beginRevocation(id, INTENT, 0), other)).toBeUndefined();
  });

  it('waits while the call is under way', async () => {
    const { id } = await aCertificate();
    await lifecycle((one) => one.beginRevocation(id, INTENT, 60));
    expect(await lifecycle((one) => one.claimRevocations(10, 60))).toEqual([]);
  });

  it('is settled once; one that was refused may be wished again, one that was carried out stays', async () => {
    const { id } = await aCertificate();
    await lifecycle((one) => one.beginRevocation(id, INTENT, 60));
    const refused = { ...INTENT, state: 'refused', settledAt: LATER, refusal: REFUSAL } as const;
    expect(await lifecycle((one) => one.settleRevocation(id, refused))).toBe(true);
    expect(await lifecycle((one) => one.settleRevocation(id, refused))).toBe(false);
    expect((await stored(id))?.revocation).toEqual(refused);
    expect(usableAt([(await stored(id))!], NOON)?.id).toBe(id);

    const again = { ...INTENT, person: 'Jan' };
    expect((await lifecycle((one) => one.beginRevocation(id, again, 60)))?.isNew).toBe(true);
    const done = { ...again, state: 'done', settledAt: LATER } as const;
    expect(await lifecycle((one) => one.settleRevocation(id, done))).toBe(true);
    expect((await lifecycle((one) => one.beginRevocation(id, INTENT, 60)))?.isNew).toBe(false);
    expect((await stored(id))?.revocation).toEqual(done);
    await expect(
      stage.database.sql(`UPDATE certificate SET revocation_state = NULL WHERE id = $1`, [id]),
    ).rejects.toMatchObject({ code: 'LA002' });
    await expect(
      stage.database.sql(`UPDATE certificate SET revocation_person = NULL WHERE id = $1`, [id]),
    ).rejects.toMatchObject({ code: '23514', constraint: 'certificate_revocation' });
  });
});

describe('what KSeF says of a certificate', () => {
  const active: RemoteStatus = { state: 'active', syncedAt: LATER, type: 'offline', notAfter: NOON.add({ hours: 48 }) };

  it('is kept; only a change of it is told, and an older look does not replace a later one', async () => {
    const { id } = await aCertificate();
    const save = (remote: RemoteStatus) => lifecycle((one) => one.saveRemote([{ id, remote }]));

    expect(await save(active)).toEqual([id]);
    expect((await stored(id))?.remote).toEqual(active);
    expect(await save({ ...active, syncedAt: LATER.add({ hours: 1 }) })).toEqual([]);
    expect(await save({ ...active, state: 'revoked', syncedAt: NOON })).toEqual([]);
    expect((await stored(id))?.remote?.state).toBe('active');
    const unknown: RemoteStatus = { state: 'unknown', syncedAt: LATER.add({ hours: 2 }) };
    expect(await save(unknown)).toEqual([id]);
    expect((await stored(id))?.remote).toEqual(unknown);
    const other = await stage.database.aTenant();
    expect(await lifecycle((one) => one.saveRemote([{ id, remote: active }]), other)).toEqual([]);
  });

  it.each(['blocked', 'revoked', 'expired'] as const)(
    'decides its use: one that is %s is not chosen',
    async (state) => {
      const [withdrawn, other] = [await aCertificate(), await aCertificate({ notAfter: NOON.add({ hours: 24 * 30 }) })];
      const all = () => inTenant(stage.tenant, ({ certificates }) => certificates.offlineFor(CONTEXT));
      expect(usableAt(await all(), NOON)?.id).toBe(withdrawn.id);
      await lifecycle((one) => one.saveRemote([{ id: withdrawn.id, remote: { ...active, state } }]));
      expect(usableAt(await all(), NOON)?.id).toBe(other.id);
    },
  );

  it('is looked for in each context at once, then when it is due, by one', async () => {
    await aCertificate();
    await aCertificate({}, 'authentication');
    await aCertificate({ context: OTHER_CONTEXT });
    await aCertificate({ context: OTHER_CONTEXT, retiredAt: NOON });
    const claim = (now = NOON) => lifecycle((one) => one.claimSyncs(now, now.add({ hours: 1 })));

    expect((await Promise.all([claim(), claim()])).flat()).toEqual([OTHER_CONTEXT, CONTEXT]);
    await lifecycle((one) => one.synced(CONTEXT, NOON.add({ hours: 24 })));
    expect(await claim(NOON.add({ minutes: 59 }))).toEqual([]);
    expect(await claim(NOON.add({ hours: 1 }))).toEqual([OTHER_CONTEXT]);
    expect(await claim(NOON.add({ hours: 24 }))).toEqual([OTHER_CONTEXT, CONTEXT]);
  });
});

describe('the invoices of a certificate', () => {
  it('are those with its serial number that KSeF has not accepted, the oldest first', async () => {
    const [first, second] = [await stage.issued({ number: 'FV/1' }), await stage.issued({ number: 'FV/2' })];
    await stage.planned([second]);
    const unsent = (serial: string, limit = 100, tenant = stage.tenant) =>
      lifecycle((one) => one.unsentInvoices(serial as CertificateSerial, limit), tenant);

    expect(await unsent(SERIAL)).toEqual({
      count: 2,
      items: [
        { id: first.invoice.id, number: 'FV/1', state: 'issued', mode: 'offline24' },
        { id: second.invoice.id, number: 'FV/2', state: 'planned', mode: 'offline24' },
      ],
    });
    expect(await unsent(SERIAL, 1)).toMatchObject({ count: 2, items: [{ number: 'FV/1' }] });
    expect(await unsent('FFFFFFFFFFFFFFFF')).toEqual({ count: 0, items: [] });
    expect((await unsent(SERIAL, 100, await stage.database.aTenant())).count).toBe(0);
    await stage.database.force(`UPDATE invoice_term SET waits_for = NULL WHERE invoice_id = $1`, [first.invoice.id]);
    expect((await unsent(SERIAL)).count).toBe(1);
  });
});

describe('the deadlines of what certificates signed', () => {
  it('are the longest of what waits, by serial number, and whether one is open', async () => {
    const other = 'AAAAAAAAAAAAAAAA' as CertificateSerial;
    const signed = (serials: readonly CertificateSerial[], tenant = stage.tenant) =>
      lifecycle((one) => one.deadlinesSignedBy(serials), tenant);
    await stage.issued({ number: 'FV/1' }, '2026-11-23');
    const { invoice } = await stage.issued({ number: 'FV/2' }, '2026-11-25');
    await stage.issued({ number: 'FV/3' });
    const longest = dueOn('2026-11-25').endsAt;

    expect(await signed([SERIAL, other])).toEqual([{ serial: SERIAL, longest, isOpen: false }]);
    expect(await signed([other])).toEqual([]);
    expect(await signed([])).toEqual([]);
    expect(await signed([SERIAL], await stage.database.aTenant())).toEqual([]);
    const { day, endsAt, ...rest } = dueOn('2026-11-25');
    expect([day.toString(), endsAt]).toEqual(['2026-11-25', longest]);
    await inTenant(stage.tenant, ({ invoices }) =>
      invoices.saveTerm(invoice.id, { deadline: { ...rest, kind: 'open', regime: 'emergency' } }),
    );
    expect(await signed([SERIAL])).toEqual([{ serial: SERIAL, longest: dueOn('2026-11-23').endsAt, isOpen: true }]);
    await stage.database.force(`UPDATE invoice_term SET waits_for = NULL WHERE tenant_id = $1`, [stage.tenant]);
    expect(await signed([SERIAL])).toEqual([]);
  });
});

describe('warnings of the end', () => {
  it('are raised once for a certificate and a stage, also by two at once', async () => {
    const { id: certificateId, notAfter: endsAt } = await aCertificate();
    const near: CertificateWarning = { certificateId, stage: '60d', raisedAt: NOON, endsAt };
    const early: CertificateWarning = { ...near, stage: 'before-deadline', deadlineAt: LATER };
    const raise = (warnings: readonly CertificateWarning[]) => lifecycle((one) => one.raise(warnings));

    expect((await Promise.all([raise([near]), raise([near])])).flat()).toEqual([near]);
    expect(await raise([near, early])).toEqual([early]);
    expect(await lifecycle((one) => one.warnings())).toEqual([near, early]);
    expect(await lifecycle((one) => one.warnings(), await stage.database.aTenant())).toEqual([]);
    await expect(stage.database.sql('DELETE FROM certificate_warning')).rejects.toMatchObject({ code: 'LA001' });
  });
});

describe('tenants with work on certificates', () => {
  const tenants = (now = NOON) =>
    stage.database.unitOfWork.inSystem((stores) => stores.tenants.withCertificateWork(now));

  it('have a look that is due, or a revocation whose time has come', async () => {
    expect(await tenants()).not.toContain(stage.tenant);
    const { id } = await aCertificate();
    expect(await tenants()).toContain(stage.tenant);
    await lifecycle((one) => one.claimSyncs(NOON, LATER));
    expect(await tenants()).not.toContain(stage.tenant);
    expect(await tenants(LATER)).toContain(stage.tenant);
    await lifecycle((one) => one.beginRevocation(id, INTENT, 60));
    expect(await tenants()).not.toContain(stage.tenant);
    await lifecycle((one) =>
      one.settleRevocation(id, { ...INTENT, state: 'refused', settledAt: LATER, refusal: REFUSAL }),
    );
    await lifecycle((one) => one.beginRevocation(id, INTENT, 0));
    expect(await tenants()).toContain(stage.tenant);
  });
});
