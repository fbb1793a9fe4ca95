import { beforeEach, describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { anAuthenticationCertificate, anOfflineCertificate, SELLER_CONTEXT, TENANT } from '../testing/builders.js';
import { CrashError, CrashPoints } from '../testing/crash-points.js';
import { JURISDICTION } from '../testing/issuing-world.js';
import type { TenantContext } from '../tenant/tenant.js';
import { downtimesOf } from './downtime.js';
import type { Drill } from './drill.js';
import { drillContexts } from './plan-drill.js';
import { StartDrill, type DrillRequest } from './start-drill.js';
import { DrillWorld } from './testing/drill-world.js';

const REQUEST: DrillRequest = { invoicesPerContext: 3, person: 'Ewa Nowak', actor: 'api-key:1', scheduled: false };
const SELLER_ONLY: readonly TenantContext[] = [{ id: 'context-1', identifier: SELLER_CONTEXT, name: 'Sprzedawca' }];

let world: DrillWorld;
beforeEach(() => {
  world = new DrillWorld();
  world.database.tenantContexts = SELLER_ONLY;
});
const ask = (more: Partial<DrillRequest> = {}) => world.startDrill.execute(TENANT, { ...REQUEST, ...more });
const reportOf = (drill: Drill) => {
  if (drill.state !== 'checked') throw new Error(`the drill is ${drill.state}`);
  return drill.report;
};
const running = async () => downtimesOf((await world.database.legal.read()).bulletins, world.clock.now());

describe('a drill', () => {
  it('left in the database by another environment does nothing on production', async () => {
    await world.ready();
    await ask();
    const onProduction = world.advanceDrill(new CrashPoints(0), { ...JURISDICTION, environment: 'production' });
    expect(await onProduction.execute(TENANT)).toBeUndefined();
    expect(world.database.invoices.stored).toEqual([]);
    expect(await running()).toEqual([]);
    expect(await world.advanceDrill().execute(TENANT)).not.toMatchObject({ state: 'prepared' });
    expect(world.database.invoices.stored).toHaveLength(3);
  });

  it('issues under a simulated failure, has everything sent, and accounts for every invoice', async () => {
    await world.ready();
    expect(await ask()).toMatchObject({ ok: true, value: { state: 'prepared' } });
    const report = reportOf(await world.runDrill());
    expect(report).toMatchObject({ verdict: 'passed', findings: [] });
    const [context] = report.contexts;
    expect(context).toMatchObject({
      planned: 3,
      certificates: [{ state: 'usable' }, { state: 'usable' }],
      invoices: [1, 2, 3].map(() => ({ mode: 'emergency', state: 'complete', hasUpo: true, accountedFor: true })),
    });
    expect(world.ksef.ledger.map(({ number }) => number)).toEqual(context?.invoices.map(({ number }) => number));
    expect(report.seconds.toDrain).toBeGreaterThan(0);
    expect(await running()).toEqual([]);
    expect(world.database.audit.entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['drill.requested', 'drill.checked']),
    );
  });

  it('ends the same wherever the process that carries it out dies', async () => {
    let happened = true;
    let points = 0;
    for (let point = 1; happened; point += 1) {
      world = new DrillWorld();
      world.database.tenantContexts = SELLER_ONLY;
      await world.ready();
      await ask({ invoicesPerContext: 2 });
      const crash = new CrashPoints(point);
      await world
        .advanceDrill(crash)
        .execute(TENANT)
        .catch((error: unknown) => {
          if (!(error instanceof CrashError)) throw error;
        });
      happened = crash.happened;
      points += Number(happened);
      world.clock.advance(200);
      const report = reportOf(await world.runDrill());
      expect({ point, verdict: report.verdict, findings: report.findings }).toEqual({
        point,
        verdict: 'passed',
        findings: [],
      });
      expect(world.database.invoices.stored).toHaveLength(2);
      expect(world.ksef.ledger).toHaveLength(2);
      expect(await running()).toEqual([]);
    }
    expect(points).toBeGreaterThan(10);
  });

  it('names contexts without a certificate and certificates that end soon', async () => {
    world.database.tenantContexts = [
      ...SELLER_ONLY,
      { id: 'context-2', identifier: { ...SELLER_CONTEXT, type: 'InternalId' }, name: 'Oddział' },
    ];
    const notAfter = Temporal.Instant.from('2026-12-10T00:00:00Z');
    await world.database.certificates.add(anOfflineCertificate({ notAfter }));
    await world.database.certificates.add(anAuthenticationCertificate());
    await world.looked();
    await ask({ invoicesPerContext: 1 });
    const report = reportOf(await world.runDrill());
    expect(report.verdict).toBe('attention');
    expect(report.contexts).toMatchObject([
      { certificates: [{ type: 'Offline', state: 'expiring', validUntil: '2026-12-10' }, { state: 'usable' }] },
      {
        leftOut: expect.stringContaining('NIP'),
        planned: 0,
        certificates: [{ state: 'missing' }, { state: 'missing' }],
      },
    ]);
  });

  it('fails when nobody can issue', async () => {
    await world.looked();
    await ask();
    const report = reportOf(await world.runDrill());
    expect(report.verdict).toBe('failed');
    expect(report.findings[0]).toBe('No invoice could be issued in any context.');
  });

  it('fails by name for an invoice that KSeF refuses', async () => {
    await world.ready();
    const asked = await ask();
    if (!asked.ok) throw new Error(asked.error.code);
    const number = `DRILL/${asked.value.id.slice(-8)}/2`;
    world.ksef.verdicts.set(number, [450]);
    const report = reportOf(await world.runDrill());
    expect(report.verdict).toBe('failed');
    expect(report.findings).toEqual([expect.stringContaining(`${number}: KSeF refused it: 450`)]);
    expect(report.contexts[0]?.invoices.map(({ accountedFor }) => accountedFor)).toEqual([true, false, true]);
  });

  it('is not begun when an outage came before the worker did', async () => {
    await world.ready();
    await ask();
    await world.startDowntime.execute(TENANT, { ...REQUEST, id: 'by-hand', category: 'failure', banner: 'Próba' });
    expect(await world.runDrill()).toMatchObject({ state: 'failed', reason: expect.stringContaining('by-hand') });
    expect(world.database.invoices.stored).toEqual([]);
    expect(await running()).toMatchObject([{ eventId: 'notice:downtime/by-hand' }]);
  });

  it('issues nothing online when somebody ends its outage, and says so', async () => {
    await world.ready();
    const asked = await ask({ invoicesPerContext: 1 });
    if (!asked.ok) throw new Error(asked.error.code);
    const issuing: Drill = {
      ...asked.value,
      state: 'issuing',
      contexts: drillContexts(SELLER_ONLY, world.database.certificates.stored, world.clock.now()),
      ...{ outageAt: world.clock.now(), detectedAt: world.clock.now() },
    };
    await world.database.drills.save(issuing);
    await world.startDowntime.execute(TENANT, { ...REQUEST, id: asked.value.id, category: 'failure', banner: 'Próba' });
    world.clock.advance(1);
    await world.endDowntime.execute(TENANT, { actor: 'api-key:2' });
    const report = reportOf(await world.runDrill());
    expect(report.verdict).toBe('failed');
    expect(report.contexts[0]?.invoices).toMatchObject([
      { state: 'complete', mode: 'offline24', accountedFor: false, problem: expect.stringContaining('had ended') },
    ]);
  });

  it('does not wait for ever: what is not sent is not accounted for', async () => {
    await world.ready();
    await ask({ invoicesPerContext: 1 });
    world.send = () => Promise.resolve();
    const report = reportOf(await world.runDrill());
    expect(report.verdict).toBe('failed');
    expect(report.seconds).not.toHaveProperty('toDrain');
    expect(report.contexts[0]?.invoices).toMatchObject([{ state: 'issued', accountedFor: false }]);
  });
});

describe('asking for a drill', () => {
  it('is refused while one is under way, or an outage is in force', async () => {
    const first = await ask();
    if (!first.ok) throw new Error(first.error.code);
    expect(await ask()).toEqual({ ok: false, error: { code: 'DRILL_UNDER_WAY', drillId: first.value.id } });
    world = new DrillWorld();
    await world.startDowntime.execute(TENANT, { ...REQUEST, id: 'by-hand', category: 'failure', banner: 'Próba' });
    expect(await ask()).toMatchObject({ ok: false, error: { code: 'OUTAGE_IN_FORCE' } });
  });

  it('is refused on production, without a person, and for senseless counts', async () => {
    const jurisdiction = { ...JURISDICTION, environment: 'production' } as const;
    const onProduction = new StartDrill(world.database, world.clock, world.ids, jurisdiction);
    expect(await onProduction.execute(TENANT, REQUEST)).toEqual({
      ok: false,
      error: { code: 'SIMULATION_ON_PRODUCTION' },
    });
    expect(await ask({ person: ' ' })).toMatchObject({ error: { code: 'PERSON_MISSING' } });
    for (const invoicesPerContext of [0, 1.5, 101]) {
      expect(await ask({ invoicesPerContext })).toMatchObject({ error: { code: 'INVOICE_COUNT_INVALID' } });
    }
    expect(world.database.drills.rows).toEqual([]);
  });
});
