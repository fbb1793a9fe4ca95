import { describe, expect, it } from '@jest/globals';
import { readinessOf } from '../../availability/context-readiness.js';
import {
  anAuthenticationCertificate,
  anIssuedInvoice,
  anOfflineCertificate,
  OTHER_CONTEXT,
  SELLER_CONTEXT,
  TENANT,
} from '../../testing/builders.js';
import { KsefLoginError } from '../../session/ksef-access.js';
import { plainDocument } from '../../testing/plain-document.js';
import { loginCertificateAt, usableFor, type Certificate, type CertificateId } from '../certificate.js';
import { LifecycleWorld } from './testing/lifecycle-world.js';

const certificate = anOfflineCertificate();

async function aWorld(): Promise<LifecycleWorld> {
  const world = new LifecycleWorld();
  await world.has(certificate);
  return world;
}

const revoking = (world: LifecycleWorld, more: { person?: string; certificateId?: string } = {}) =>
  world.revoke.execute({
    ...{ tenant: TENANT, actor: 'api-key:1', reason: 'key-compromise', person: more.person ?? 'Ewa Żak' },
    certificateId: (more.certificateId ?? certificate.id) as CertificateId,
  });
const usable = (world: LifecycleWorld) =>
  usableFor(world.database.certificates.stored, 'offline', SELLER_CONTEXT, world.clock.now());
const revocation = (world: LifecycleWorld) => world.stored(certificate.id).revocation;

describe('RevokeCertificate', () => {
  it('stores the wish, has KSeF revoke, and says who did it and which invoices carry the serial', async () => {
    const world = await aWorld();
    for (const number of ['FV/1', 'FV/2']) {
      await world.database.invoices.add(anIssuedInvoice(number), plainDocument({ number }));
    }
    expect(usable(world)).toBeDefined();
    const now = world.clock.now();

    const answer = await revoking(world);

    const settled = { reason: 'key-compromise', person: 'Ewa Żak', requestedAt: now, state: 'done', settledAt: now };
    expect(answer).toMatchObject({
      ok: true,
      value: {
        certificate: { revocation: settled },
        invoices: { count: 2, items: [{ number: 'FV/1' }, { number: 'FV/2' }] },
      },
    });
    expect(revocation(world)).toEqual(settled);
    expect(usable(world)).toBeUndefined();
    expect(world.database.audit.entries).toMatchObject([
      { action: 'certificate.revocation-requested', facts: { person: 'Ewa Żak', unsentInvoices: 2 } },
      { action: 'certificate.revoked', actor: 'api-key:1', facts: { reason: 'key-compromise' } },
    ]);
  });

  it('asked again, answers from what was stored and does not call KSeF', async () => {
    const world = await aWorld();
    await revoking(world);

    expect(await revoking(world, { person: 'Jan' })).toMatchObject({
      value: { certificate: { revocation: { state: 'done', person: 'Ewa Żak' } } },
    });
    expect(world.ksef.revokeCalls).toBe(1);
    expect(world.actions).toHaveLength(2);
  });

  it.each([
    ['no such certificate', { certificateId: 'none' }, 'CERTIFICATE_NOT_FOUND'],
    ['nobody', { person: ' ' }, 'PERSON_MISSING'],
  ])('refuses %s', async (_what, more, code) => {
    const world = await aWorld();
    expect(await revoking(world, more)).toMatchObject({ ok: false, error: { code } });
    expect(world.ksef.revokeCalls).toBe(0);
    expect(revocation(world)).toBeUndefined();
  });

  it('leaves a certificate in use that KSeF refused to revoke, and may be asked again', async () => {
    const world = await aWorld();
    world.ksef.revocations = ['refused'];

    expect(await revoking(world)).toMatchObject({
      error: { code: 'REVOCATION_REFUSED', refusal: { ksefCode: 25008 } },
    });
    expect(revocation(world)).toMatchObject({ state: 'refused' });
    expect(usable(world)?.id).toBe(certificate.id);
    expect(await revoking(world)).toMatchObject({ value: { certificate: { revocation: { state: 'done' } } } });
  });

  it.each(['lost-before', 'lost-after'] as const)(
    'uses the certificate no more while the answer is lost (%s), and finds it in the list, never blindly again',
    async (how) => {
      const world = await aWorld();
      world.ksef.revocations = [how];

      expect(await revoking(world)).toMatchObject({ value: { certificate: { revocation: { state: 'sending' } } } });
      expect(usable(world)).toBeUndefined();
      await world.tend.execute(TENANT);
      expect(world.ksef.revokeCalls).toBe(1);
      world.clock.advance(120);
      expect(await world.tend.execute(TENANT)).toMatchObject({ revocations: 1 });

      expect(revocation(world)).toMatchObject({ state: 'done', person: 'Ewa Żak' });
      expect(world.ksef.revokeCalls).toBe(how === 'lost-before' ? 2 : 1);
      expect(world.actions).toEqual([
        'certificate.revocation-requested',
        'certificate.remote-status',
        'certificate.revoked',
      ]);
    },
  );

  it.each(['throttled', 'no-login'] as const)(
    'keeps the wish when KSeF cannot be told (%s), and tells it later',
    async (how) => {
      const world = await aWorld();
      world.ksef.revocations = [how];

      expect(await revoking(world)).toMatchObject({
        ok: true,
        value: { certificate: { revocation: { state: 'sending' } }, trouble: expect.any(String) as unknown },
      });
      expect(usable(world)).toBeUndefined();
      world.clock.advance(120);
      await world.tend.execute(TENANT);
      expect(revocation(world)).toMatchObject({ state: 'done' });
    },
  );

  it('takes one that somebody revoked at KSeF already as done', async () => {
    const world = await aWorld();
    world.ksef.show(certificate.serial, { state: 'revoked' });
    expect(await revoking(world)).toMatchObject({ value: { certificate: { revocation: { state: 'done' } } } });
  });

  it('has nothing to revoke of one that has expired', async () => {
    const world = await aWorld();
    world.ksef.show(certificate.serial, { state: 'expired' });
    expect(await revoking(world)).toMatchObject({ error: { refusal: { code: 'CERTIFICATE_NOT_ACTIVE' } } });
  });

  it('lets another certificate of the context take its place', async () => {
    const world = await aWorld();
    const other = anOfflineCertificate({
      id: 'other' as CertificateId,
      notAfter: world.clock.now().add({ hours: 48 }),
    });
    await world.has(other, anOfflineCertificate({ id: 'foreign' as CertificateId, context: OTHER_CONTEXT }));
    expect(usable(world)?.id).toBe(certificate.id);
    await revoking(world);
    expect(usable(world)?.id).toBe(other.id);
  });

  it('is why the context is not ready, in words for an accountant', async () => {
    const world = await aWorld();
    await revoking(world);
    const certificates = world.database.certificates.stored;
    const readiness = readinessOf(SELLER_CONTEXT, certificates, world.clock.now(), { mode: 'online', reason: '' });
    expect(readiness.offline).toMatchObject({
      ready: false,
      reason: `The certificate of type Offline (${certificate.serial}) is revoked or expired at KSeF, or is being revoked.`,
    });
  });

  it('survives a crash between the wish and the call', async () => {
    const world = await aWorld();
    const begun = await world.database.inTenant(TENANT, ({ certificateLifecycle }) =>
      certificateLifecycle.beginRevocation(
        certificate.id,
        { reason: 'superseded', person: 'Ewa', requestedAt: world.clock.now() },
        120,
      ),
    );
    expect(begun?.isNew).toBe(true);
    world.clock.advance(120);
    await world.tend.execute(TENANT);
    expect(revocation(world)).toMatchObject({ state: 'done' });
    expect(world.ksef.revokeCalls).toBe(1);
  });
});

describe('the only certificate that logs in', () => {
  const login = anAuthenticationCertificate();
  const chosen = (world: LifecycleWorld) =>
    loginCertificateAt(
      world.database.certificates.stored.filter((one) => one.purpose === 'authentication'),
      world.clock.now(),
    );

  /** KSeF answers whoever finds a certificate to log in with, as a process without tokens does. */
  async function aWorldWithoutTokens(...certificates: readonly Certificate[]): Promise<LifecycleWorld> {
    const world = new LifecycleWorld();
    await world.has(...certificates);
    const revoke = world.ksef.revoke.bind(world.ksef);
    world.ksef.revoke = (...call) =>
      chosen(world) === undefined
        ? Promise.reject(new KsefLoginError('NO_AUTHENTICATION_CERTIFICATE', 'none'))
        : revoke(...call);
    return world;
  }

  it('logs in for its own revocation, and is used for nothing else meanwhile or afterwards', async () => {
    const world = await aWorldWithoutTokens(login);
    world.ksef.revocations = ['lost-before'];
    await revoking(world, { certificateId: login.id });
    expect(chosen(world)?.id).toBe(login.id);
    expect(
      usableFor(world.database.certificates.stored, 'authentication', SELLER_CONTEXT, world.clock.now()),
    ).toBeUndefined();

    world.clock.advance(120);
    await world.tend.execute(TENANT);

    expect(world.stored(login.id).revocation).toMatchObject({ state: 'done' });
    expect(chosen(world)).toBeUndefined();
  });

  it('leaves the login to another, if there is one', async () => {
    const notAfter = login.notAfter.subtract({ hours: 24 * 30 });
    const other = anAuthenticationCertificate({ id: 'other' as CertificateId, notAfter });
    const world = await aWorldWithoutTokens(login, other);
    world.ksef.revocations = ['lost-before'];
    await revoking(world, { certificateId: login.id });
    expect(chosen(world)?.id).toBe(other.id);
  });

  it.each([{ retiredAt: login.notBefore }, { remote: { state: 'blocked', syncedAt: login.notBefore } }] as const)(
    'does not log in once it is out of use for another reason: %j',
    async (change) => {
      const intent = { reason: 'superseded', person: 'Ewa', requestedAt: login.notBefore } as const;
      const wished = { ...login, revocation: { ...intent, state: 'sending' } as const };
      const world = await aWorldWithoutTokens({ ...wished, ...change });
      expect(loginCertificateAt([wished], world.clock.now())).toBe(wished);
      expect(chosen(world)).toBeUndefined();
    },
  );
});
