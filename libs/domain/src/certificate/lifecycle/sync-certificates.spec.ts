import { describe, expect, it } from '@jest/globals';
import { readinessOf } from '../../availability/context-readiness.js';
import { KsefLoginError, KsefUnreachableError } from '../../session/ksef-access.js';
import {
  anAuthenticationCertificate,
  anOfflineCertificate,
  OTHER_CONTEXT,
  SELLER_CONTEXT,
  TENANT,
} from '../../testing/builders.js';
import { usableFor, type CertificateId, type CertificateSerial } from '../certificate.js';
import { LifecycleWorld } from './testing/lifecycle-world.js';

const offline = anOfflineCertificate();
const login = anAuthenticationCertificate();

describe('SyncCertificates', () => {
  it('stores how each certificate stands at KSeF, and says what is there and not here', async () => {
    const world = new LifecycleWorld();
    await world.has(offline, login);
    world.ksef.show('0F00000000000001' as CertificateSerial, { name: 'Another system' });
    world.ksef.show('0F00000000000002' as CertificateSerial, { state: 'revoked' });

    const [report] = await world.sync.execute(TENANT, 'api-key:1');

    expect(report).toMatchObject({
      outcome: 'synced',
      certificates: [{ id: offline.id }, { id: login.id }],
      notHere: [{ serial: '0F00000000000001' }],
    });
    expect(world.stored(offline.id).remote).toEqual({
      ...{ state: 'active', type: 'offline', notAfter: offline.notAfter, syncedAt: world.clock.now() },
    });
    expect(world.database.audit.entries).toMatchObject([
      { action: 'certificate.remote-status', subject: { id: offline.id }, facts: { before: null, state: 'active' } },
      { subject: { id: login.id } },
    ]);
    await world.sync.execute(TENANT, 'api-key:1');
    expect(world.database.outbox.events.map(({ type }) => type)).toEqual(Array(2).fill('certificate.remote-status'));
  });

  it('takes a certificate that KSeF withdrew out of use, and tells of it', async () => {
    const world = new LifecycleWorld();
    await world.has(offline);
    await world.sync.execute(TENANT, 'worker');
    world.ksef.show(offline.serial, { state: 'blocked' });
    await world.sync.execute(TENANT, 'worker');

    expect(usableFor(world.database.certificates.stored, 'offline', SELLER_CONTEXT, world.clock.now())).toBeUndefined();
    expect(world.database.outbox.events.at(-1)).toMatchObject({ facts: { before: 'active', state: 'blocked' } });
  });

  it('goes by KSeF’s end of validity when that is earlier', async () => {
    const world = new LifecycleWorld();
    await world.has(offline);
    world.ksef.show(offline.serial, { notAfter: world.clock.now().add({ hours: 25 }) });
    await world.sync.execute(TENANT, 'worker');
    const usable = () =>
      usableFor(world.database.certificates.stored, 'offline', SELLER_CONTEXT, world.clock.now())?.id;

    expect(usable()).toBe(offline.id);
    world.clock.advance(3600);
    expect(usable()).toBeUndefined();
  });

  it('flags one that KSeF lists under another type than its key usage says, and it is not used', async () => {
    const world = new LifecycleWorld();
    await world.has(offline);
    world.ksef.show(offline.serial, { type: 'authentication' });
    await world.sync.execute(TENANT, 'worker');
    expect(world.database.outbox.events).toMatchObject([{ facts: { purpose: 'offline', typeDiffers: true } }]);
    const { stored } = world.database.certificates;
    expect(usableFor(stored, 'offline', SELLER_CONTEXT, world.clock.now())).toBeUndefined();
    const readiness = readinessOf(SELLER_CONTEXT, stored, world.clock.now(), { mode: 'offline24', reason: '' });
    expect(readiness.offline).toMatchObject({
      ready: false,
      reason: `The certificate of type Offline (${offline.serial}) is listed by KSeF under type Authentication, so it is not used.`,
    });
  });

  it('knows nothing of a certificate of another subject, which stays in use', async () => {
    const world = new LifecycleWorld();
    await world.has(login);
    const foreign = anOfflineCertificate({
      id: 'foreign' as CertificateId,
      serial: '0A00000000000001' as CertificateSerial,
    });
    await world.database.inTenant(TENANT, ({ certificates }) => certificates.add(foreign));
    await world.sync.execute(TENANT, 'worker');

    expect(world.stored(foreign.id).remote).toEqual({ state: 'unknown', syncedAt: world.clock.now() });
    expect(usableFor(world.database.certificates.stored, 'offline', SELLER_CONTEXT, world.clock.now())?.id).toBe(
      'foreign',
    );
  });

  it('says why a context could not be asked, and stores nothing of it', async () => {
    const world = new LifecycleWorld();
    await world.has(offline);
    world.ksef.list = () => Promise.reject(new KsefLoginError('NO_AUTHENTICATION_CERTIFICATE', 'none'));

    expect(await world.sync.execute(TENANT, 'worker')).toMatchObject([
      { outcome: 'failed', context: SELLER_CONTEXT, code: 'NO_AUTHENTICATION_CERTIFICATE' },
    ]);
    expect(world.stored(offline.id).remote).toBeUndefined();
  });

  it('keeps the reports of the other contexts when something unexpected happens in one', async () => {
    const world = new LifecycleWorld();
    const foreign = anOfflineCertificate({ id: 'foreign' as CertificateId, context: OTHER_CONTEXT });
    await world.has(offline, foreign);
    const bug = new TypeError('a bug');
    const list = world.ksef.list.bind(world.ksef);
    let calls = 0;
    world.ksef.list = () => ((calls += 1) === 1 ? Promise.reject(bug) : list());

    expect(await world.sync.execute(TENANT, 'worker')).toMatchObject([
      { outcome: 'failed', context: SELLER_CONTEXT, code: 'UNEXPECTED', error: bug },
      { outcome: 'synced', context: OTHER_CONTEXT, certificates: [{ id: foreign.id }] },
    ]);
  });

  it('is due at once, then once a day; an hour after it failed; a minute after a revocation', async () => {
    const world = new LifecycleWorld();
    await world.has(offline);
    const hours = (count: number) => {
      world.clock.advance(count * 3600);
    };
    const looks = async () => (await world.sync.due(TENANT, 'worker')).map(({ outcome }) => outcome);

    expect(await looks()).toEqual(['synced']);
    hours(23.99);
    expect(await looks()).toEqual([]);
    hours(0.01);
    const list = world.ksef.list.bind(world.ksef);
    world.ksef.list = () => Promise.reject(new KsefUnreachableError('no'));
    expect(await looks()).toEqual(['failed']);
    world.ksef.list = list;
    hours(0.99);
    expect(await looks()).toEqual([]);
    hours(0.01);
    expect(await looks()).toEqual(['synced']);
    await world.revoke.execute({
      ...{ tenant: TENANT, actor: 'a', certificateId: offline.id, reason: 'superseded', person: 'Ewa' },
    });
    expect(await looks()).toEqual([]);
    hours(1 / 60);
    expect(await looks()).toEqual(['synced']);
    expect(world.stored(offline.id).remote?.state).toBe('blocked');
  });
});
