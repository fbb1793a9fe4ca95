import { beforeEach, describe, expect, it } from '@jest/globals';
import { warsawDay } from '../../calendar/warsaw-time.js';
import type { BookLine } from '../../deadline/deadline-book.js';
import type { Deadline } from '../../deadline/deadline.js';
import { Temporal, type Instant } from '../../shared/instant.js';
import {
  AN_OFFLINE_ISSUE,
  anAuthenticationCertificate,
  anIssuedInvoice,
  anOfflineCertificate,
  OTHER_CONTEXT,
  SELLER_CONTEXT,
  TENANT,
} from '../../testing/builders.js';
import { plainDocument } from '../../testing/plain-document.js';
import type { Certificate, CertificateId, CertificateSerial } from '../certificate.js';
import { warningsDue } from './certificate-warning.js';
import { LifecycleWorld } from './testing/lifecycle-world.js';

const END = Temporal.Instant.from('2027-03-01T12:00:00Z');
const certificate = anOfflineCertificate({ notAfter: END });

let world: LifecycleWorld;
beforeEach(async () => {
  world = new LifecycleWorld();
  await world.has(certificate);
});

const lookAt = async (moment: string) => {
  world.clock.set(moment);
  return (await world.warn.execute(TENANT)).raised;
};

describe('a certificate that comes to its end', () => {
  it('is warned of 60, 30, 14, 7 and 1 days before, each once, from its very moment', async () => {
    expect(await lookAt('2026-12-31T11:59:59.999Z')).toEqual({});
    expect(await lookAt('2026-12-31T12:00:00Z')).toEqual({ '60d': 1 });
    expect(await lookAt('2027-01-30T11:59:59Z')).toEqual({});
    expect(await lookAt('2027-01-30T12:00:00Z')).toEqual({ '30d': 1 });
    expect(await lookAt('2027-02-15T12:00:00Z')).toEqual({ '14d': 1 });
    expect(await lookAt('2027-02-22T12:00:00Z')).toEqual({ '7d': 1 });
    expect(await lookAt('2027-02-28T12:00:00Z')).toEqual({ '1d': 1 });
    expect(await lookAt('2027-03-02T12:00:00Z')).toEqual({});
    expect(world.database.outbox.events.map(({ type, facts }) => [type, facts['stage']])).toEqual(
      ['60d', '30d', '14d', '7d', '1d'].map((stage) => ['certificate.expiring', stage]),
    );
  });

  it('has the nearest warning alone when it is taken in late, or no worker ran for a while', async () => {
    expect(await lookAt('2027-02-25T00:00:00Z')).toEqual({ '7d': 1 });
    expect(await lookAt('2027-02-25T00:00:00Z')).toEqual({});
    expect(await lookAt('2027-02-28T12:00:00Z')).toEqual({ '1d': 1 });
  });

  it('has its warnings when another takes its place too, and then the event names that one', async () => {
    const [id, serial] = ['successor' as CertificateId, '0C00000000000001' as CertificateSerial];
    await lookAt('2027-01-01T00:00:00Z');
    await world.has(anOfflineCertificate({ id, serial, notAfter: END.add({ hours: 24 * 600 }) }));
    await lookAt('2027-02-01T00:00:00Z');
    expect(world.database.outbox.events.map(({ facts }) => facts)).toMatchObject([
      { stage: '60d', serial: certificate.serial, purpose: 'offline', endsAt: END.toString(), successor: null },
      { stage: '30d', successor: serial },
    ]);
  });

  it('goes by KSeF’s end when that is earlier', async () => {
    world.ksef.show(certificate.serial, { notAfter: Temporal.Instant.from('2026-12-01T12:00:00Z') });
    await world.sync.execute(TENANT, 'worker');
    expect(await lookAt('2026-11-24T12:00:00Z')).toEqual({ '7d': 1 });
  });

  it.each<[string, Partial<Certificate>]>([
    ['taken out of use', { retiredAt: END }],
    ['revoked', { remote: { state: 'revoked', syncedAt: END } }],
    ['to be revoked', { revocation: { state: 'sending', reason: 'superseded', person: 'Ewa', requestedAt: END } }],
  ])('is not warned of once it is %s', (_what, change) => {
    const now = END.subtract({ hours: 1 });
    expect(warningsDue([certificate], [], now)).toHaveLength(1);
    expect(warningsDue([{ ...certificate, ...change }], [], now)).toEqual([]);
  });

  it('tells how long those in use still live', async () => {
    await world.has(anAuthenticationCertificate({ notAfter: END.add({ hours: 24 }) }));
    world.clock.set('2027-02-01T12:00:01Z');
    expect((await world.warn.execute(TENANT)).inUse).toEqual([
      { purpose: 'offline', daysLeft: 27 },
      { purpose: 'authentication', daysLeft: 28 },
    ]);
    world.clock.set('2027-02-28T12:00:01Z');
    expect((await world.warn.execute(TENANT)).inUse).toEqual([{ purpose: 'authentication', daysLeft: 1 }]);
  });
});

describe('a certificate and the invoices that wait with its codes', () => {
  const DUE = END.add({ hours: 24 });
  const successor = anOfflineCertificate({
    ...{ id: 'successor' as CertificateId, serial: '0C00000000000001' as CertificateSerial },
    notAfter: END.add({ hours: 24 * 600 }),
  });
  const due = (endsAt: Instant): Deadline => ({
    ...{ kind: 'due', regime: 'offline24', endsAt, day: warsawDay(endsAt) },
    ...{ basis: 'art. 106nda(2)', explanation: [], calendarVersion: '2026-1' },
  });
  const waits = (number: string, deadline: Deadline, serial = certificate.serial) =>
    world.database.inTenant(TENANT, async ({ invoices }) => {
      const invoice = anIssuedInvoice(number, { issue: { ...AN_OFFLINE_ISSUE, certificateSerial: serial } });
      await invoices.add(invoice, plainDocument({ number }));
      await invoices.saveTerm(invoice.id, { deadline });
    });
  const raised = () =>
    world.database.outbox.events.map(({ subject, facts }) => [subject, facts['stage'], facts['deadlineAt']]);

  it('is warned of when it ends before they are due, although another has taken its place', async () => {
    await world.has(successor);
    await waits('FV/1', due(DUE));
    await waits('FV/2', due(END));
    await waits('FV/3', due(DUE.add({ hours: 24 })), successor.serial);

    expect(await lookAt('2026-12-01T00:00:00Z')).toEqual({ 'before-deadline': 1 });
    expect(raised()).toEqual([[certificate.id, 'before-deadline', DUE.toString()]]);
    expect(await lookAt('2026-12-01T00:00:01Z')).toEqual({});
  });

  it('is warned of also when it was taken out of use, and not once it is revoked', async () => {
    await world.has(successor);
    await waits('FV/1', due(DUE));
    const change = (more: Partial<Certificate>) => {
      const { certificates } = world.database;
      certificates.stored = certificates.stored.map((one) => (one.id === certificate.id ? { ...one, ...more } : one));
    };
    change({ remote: { state: 'revoked', syncedAt: END } });
    expect(await lookAt('2026-12-01T00:00:00Z')).toEqual({});
    change({ remote: { state: 'active', syncedAt: END }, retiredAt: END });
    expect(await lookAt('2026-12-01T00:00:00Z')).toEqual({ 'before-deadline': 1 });
  });

  it('is not warned of for what others signed', async () => {
    await world.has(successor);
    await waits('FV/1', due(DUE), successor.serial);
    expect(await lookAt('2026-12-01T00:00:00Z')).toEqual({});
  });
});

describe('the certificate in use and the deadlines of its context', () => {
  const NOW = END.subtract({ hours: 24 * 100 });
  const line = (more: Partial<BookLine>): BookLine => ({
    ...{ context: SELLER_CONTEXT, kind: 'due', regime: 'offline24', invoices: 1, needPerson: 0 },
    ...more,
  });
  const due = (lines: readonly BookLine[], certificates: readonly Certificate[] = [certificate]) =>
    warningsDue(certificates, lines, NOW).map(({ stage, certificateId }) => `${stage} ${certificateId}`);

  it('is warned of when it ends before the longest of them', () => {
    const longer = line({ endsAt: END.add({ seconds: 1 }) });
    expect(due([line({ endsAt: NOW }), longer])).toEqual([`before-deadline ${certificate.id}`]);
    expect(warningsDue([certificate], [longer], NOW)).toMatchObject([{ deadlineAt: longer.endsAt, endsAt: END }]);
    expect(due([line({ endsAt: END })])).toEqual([]);
    expect(due([{ ...longer, context: OTHER_CONTEXT }])).toEqual([]);
  });

  it('is warned of while nobody knows how long they are', () => {
    expect(due([line({ kind: 'open', regime: 'emergency' })])).toEqual([`open-deadline ${certificate.id}`]);
    expect(due([line({ kind: 'none' })])).toEqual([]);
  });

  it('counts for the one that is used, of each purpose', () => {
    const older = anOfflineCertificate({ id: 'older' as CertificateId, notAfter: END.subtract({ hours: 1 }) });
    const login = anAuthenticationCertificate({ notAfter: END });
    expect(due([line({ endsAt: END.add({ seconds: 1 }) })], [older, certificate, login])).toEqual([
      `before-deadline ${certificate.id}`,
      `before-deadline ${login.id}`,
    ]);
  });
});
