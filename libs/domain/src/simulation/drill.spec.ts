import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BatchId } from '../batch/batch.js';
import type { CertificateId, CertificateSerial } from '../certificate/certificate.js';
import { invoiceHashFromBytes } from '../invoice/invoice-hash.js';
import type { CompleteInvoice, InvoiceId } from '../invoice/invoice.js';
import type { AvailabilityBulletin } from '../outage/availability-bulletin.js';
import type { ContextType, ContextValue } from '../party/context-identifier.js';
import { Temporal, type Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import {
  anAcceptance,
  anAuthenticationCertificate,
  anIssuedInvoice,
  anOfflineCertificate,
  SELLER_CONTEXT,
  TENANT,
} from '../testing/builders.js';
import { aBulletin, anEndBulletin } from '../testing/bulletins.js';
import { CrashError, CrashPoints } from '../testing/crash-points.js';
import { JURISDICTION } from '../testing/issuing-world.js';
import type { TenantContext } from '../tenant/tenant.js';
import { downtimesOf } from './downtime.js';
import { DRILL_CHECKS } from './drill-checks.js';
import { drillOutageTitle } from './drill-outage.js';
import { reportOf as drillReport } from './drill-report.js';
import { DRILL_TRANSITIONS, type Drill, type DrillId, type DrillIn } from './drill.js';
import { OutageSwitchError, type OutageSwitch } from './outage-switch.port.js';
import { drillContexts } from './plan-drill.js';
import { sampleInvoice } from './sample-invoice.js';
import { StartDrill, type DrillRequest } from './start-drill.js';
import { DrillWorld } from './testing/drill-world.js';

const contextOf = (type: ContextType, value: string) => ({ type, value: value as ContextValue });
const REQUEST: DrillRequest = { invoicesPerContext: 3, person: 'Ewa Nowak', actor: 'api-key:1', scheduled: false };
const A_COMPLETE_INVOICE: CompleteInvoice = {
  ...anIssuedInvoice(),
  state: 'complete',
  delivery: { channel: 'batch', batchId: 'batch-1' as BatchId },
  acceptance: anAcceptance(),
};
const isWholeSecond = ({ epochMilliseconds }: Instant): boolean => epochMilliseconds % 1000 === 0;
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
  it('left in the database by another environment ends on production, and says why', async () => {
    await world.ready();
    await ask();
    const onProduction = world.advanceDrill(new CrashPoints(0), { ...JURISDICTION, environment: 'production' });
    expect(await onProduction.execute(TENANT)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('This is production'),
    });
    expect(world.database.invoices.stored).toEqual([]);
    expect(await running()).toEqual([]);
    expect(world.database.audit.entries.at(-1)).toMatchObject({ action: 'drill.failed' });
    expect(await onProduction.execute(TENANT)).toBeUndefined();
  });

  it('issues under a simulated failure, has everything sent, and accounts for every invoice', async () => {
    await world.ready();
    expect(await ask()).toMatchObject({ ok: true, value: { drill: { state: 'prepared' } } });
    const report = reportOf(await world.runDrill());
    expect(report).toMatchObject({ verdict: 'passed', findings: [] });
    const [context] = report.contexts;
    expect(context).toMatchObject({
      planned: 3,
      certificates: [{ state: 'usable' }, { state: 'usable' }],
      invoices: [1, 2, 3].map(() => ({
        ...{ mode: 'emergency', state: 'complete', accountedFor: true },
        checks: DRILL_CHECKS.map((name) => ({ name, passed: true, failures: [] })),
      })),
    });
    expect(world.ksef.ledger.map(({ number }) => number)).toEqual(context?.invoices.map(({ number }) => number));
    expect(report.outage).toBe('downtime-simulation');
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

  it('names contexts without a certificate or a sample, and certificates that end soon', async () => {
    world.database.tenantContexts = [
      ...SELLER_ONLY,
      { id: 'context-2', identifier: contextOf('InternalId', '5265877635-00001'), name: 'Oddział' },
      { id: 'context-3', identifier: contextOf('PeppolId', 'PPL000001'), name: 'Dostawca' },
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
        leftOut: expect.stringContaining('certificate'),
        planned: 0,
        certificates: [{ state: 'missing' }, { state: 'missing' }],
      },
      { leftOut: expect.stringContaining('Peppol provider'), planned: 0 },
    ]);
    expect(report.findings).toEqual(
      expect.arrayContaining([
        expect.stringContaining('InternalId:5265877635-00001 took no part'),
        expect.stringContaining('PeppolId:PPL000001 took no part'),
      ]),
    );
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
    const number = `DRILL/${asked.value.drill.id.slice(-8)}/2`;
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
      ...asked.value.drill,
      state: 'issuing',
      contexts: drillContexts(SELLER_ONLY, world.database.certificates.stored, world.clock.now()),
      ...{ outage: 'downtime-simulation', outageAt: world.clock.now(), detectedAt: world.clock.now() },
    };
    world.database.drills.rows = [issuing];
    await world.startDowntime.execute(TENANT, {
      ...REQUEST,
      id: asked.value.drill.id,
      category: 'failure',
      banner: 'Próba',
    });
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

describe('what a drill checks on every invoice', () => {
  /** Runs a drill whose samples were spoilt while they were on their way. */
  async function spoilt(spoil: (number: string) => void | Promise<void>) {
    await world.ready();
    const asked = await ask({ invoicesPerContext: 2 });
    if (!asked.ok) throw new Error(asked.error.code);
    const number = `DRILL/${asked.value.drill.id.slice(-8)}/2`;
    const send = world.send.bind(world);
    world.send = async () => {
      await send();
      await spoil(number);
    };
    return { report: reportOf(await world.runDrill()), number };
  }
  const failing = (report: ReturnType<typeof reportOf>) =>
    report.contexts[0]?.invoices.map(({ checks }) => checks.filter(({ passed }) => !passed).map(({ name }) => name));
  const change = async (number: string, upo: Uint8Array) => {
    const invoice = world.database.invoices.stored.find(({ facts }) => facts.number === number);
    if (invoice?.state === 'complete') await world.database.invoices.addUpo(invoice.id, upo);
  };

  it('names a UPO that is none, and fails', async () => {
    const { report, number } = await spoilt((each) => change(each, new TextEncoder().encode('<html>')));
    expect(failing(report)).toEqual([[], ['upo']]);
    expect(report).toMatchObject({
      verdict: 'failed',
      findings: [`${number}: What is stored as its UPO is none.`],
    });
  });

  it('names a UPO of another number', async () => {
    const { report } = await spoilt((each) =>
      change(each, new TextEncoder().encode('UPO 5265877635-20250826-0100001AF629-AF')),
    );
    expect(failing(report)).toEqual([[], ['upo']]);
    expect(report.findings[0]).toContain('does not name');
  });

  it('names a UPO of another file', async () => {
    const { report } = await spoilt((each) => {
      world.ksef.ledger
        .filter((entry) => entry.number === each)
        .forEach((entry) => Object.assign(entry, { hash: invoiceHashFromBytes(new Uint8Array(32)) }));
    });
    expect(failing(report)).toEqual([[], ['upo']]);
    expect(report.findings[0]).toContain('another SHA-256');
  });

  it('names codes whose signature does not hold', async () => {
    world.brokenSignatures = true;
    const { report } = await spoilt(() => undefined);
    expect(failing(report)).toEqual([['kod-ii'], ['kod-ii']]);
    expect(report.findings[0]).toContain('KOD II does not hold: signature.');
  });

  it('names a deadline that does not follow from the outage the drill made', async () => {
    // A notice that somebody enters meanwhile moves the end of the failure by a day: every deadline moves with it.
    const { report } = await spoilt(async () => {
      const { bulletins } = await world.database.legal.read();
      const end = bulletins.find(({ type }) => type === 'end');
      const isSent = world.database.invoices.stored.every(({ state }) => state === 'complete');
      if (end?.end === undefined || !isSent) return;
      const later = { ...end, version: end.version + 1, end: end.end.add({ hours: 24 }) };
      await world.database.legal.addNotice(later);
    });
    expect(failing(report)).toEqual([['deadline'], ['deadline']]);
    expect(report.findings[0]).toMatch(/Its deadline is 2026-12-03; after this outage it must be 2026-12-02/);
  });
});

describe('a drill on a simulated KSeF', () => {
  /** Latarnia as a worker reads it: messages come into the records some time after they were published. */
  class ScriptedSwitch implements OutageSwitch {
    readonly published: AvailabilityBulletin[] = [];
    answers = true;

    get down(): boolean {
      return this.on() !== undefined;
    }

    heldBy(title: string): Promise<string | undefined> {
      return this.turn(() => {
        const other = this.on();
        return other === title ? undefined : other;
      });
    }

    begin(title: string, start: Instant): Promise<Result<void, string>> {
      return this.turn(() => {
        if (this.published.some((each) => each.title === title)) return ok(undefined);
        const other = this.on();
        if (other !== undefined) return err(other);
        this.published.push({ ...aBulletin({ id: `${title}/1`, eventId: title, start: start.toString() }), title });
        return ok(undefined);
      });
    }

    end(title: string, end: Instant): Promise<void> {
      return this.turn(() => {
        const opening = this.published.find((each) => each.title === title);
        if (opening === undefined || this.on() !== title) return;
        const times = { start: opening.start.toString(), end: end.toString() };
        this.published.push({ ...anEndBulletin({ id: `${title}/2`, eventId: title, ...times }), title });
      });
    }

    /** Title of the outage that is on: there is one at a time. */
    private on(): string | undefined {
      const last = this.published.at(-1);
      return last?.type === 'start' ? last.title : undefined;
    }

    private turn<T>(act: () => T): Promise<T> {
      return this.answers ? Promise.resolve(act()) : Promise.reject(new OutageSwitchError('no answer'));
    }
  }
  let controls: ScriptedSwitch;
  const LATE = 'late' as DrillId;
  function readsLatarnia(each: DrillWorld): void {
    each.outageSwitch = controls;
    each.looksAtLatarnia = async () => {
      const fetchedAt = each.clock.now();
      await each.database.bulletins.add(controls.published.map((one) => ({ ...one, fetchedAt })));
    };
  }
  beforeEach(async () => {
    controls = new ScriptedSwitch();
    readsLatarnia(world);
    await world.ready();
  });

  it('takes it down, and measures from the start of the outage until Latarnia’s message was read', async () => {
    world.clock.advance(0.25);
    const asked = await ask();
    if (!asked.ok) throw new Error(asked.error.code);
    const begun = world.clock.now();
    await world.advanceDrill().execute(TENANT);
    expect(controls).toMatchObject({ down: true, published: [{ title: drillOutageTitle(asked.value.drill.id) }] });
    // Nobody here knows yet: nothing is issued, whatever the drill itself knows.
    expect(world.database.invoices.stored).toEqual([]);
    world.clock.advance(42);
    await world.looksAtLatarnia();
    world.clock.advance(100);
    const report = reportOf(await world.runDrill());
    expect(report).toMatchObject({ verdict: 'passed', outage: 'ksef-simulator', findings: [] });
    expect(report.seconds.toDetect).toBe(42.25);
    const { bulletins } = await world.database.legal.read();
    expect(bulletins.map(({ source }) => source)).toEqual(['latarnia', 'latarnia']);
    expect(controls.down).toBe(false);
    expect(begun.epochMilliseconds % 1000).toBe(250);
    expect(controls.published.every(({ start, end }) => [start, end ?? start].every(isWholeSecond))).toBe(true);
  });

  it('ends the same wherever the process that carries it out dies, with one outage', async () => {
    let happened = true;
    for (let point = 1; happened; point += 1) {
      world = new DrillWorld();
      world.database.tenantContexts = SELLER_ONLY;
      controls = new ScriptedSwitch();
      readsLatarnia(world);
      await world.ready();
      await ask({ invoicesPerContext: 1 });
      const crash = new CrashPoints(point);
      for (let round = 0; round < 4 && !crash.happened; round += 1) {
        await world
          .advanceDrill(crash)
          .execute(TENANT)
          .catch((error: unknown) => {
            if (!(error instanceof CrashError)) throw error;
          });
        await world.looksAtLatarnia();
        world.clock.advance(2);
      }
      happened = crash.happened;
      world.clock.advance(200);
      await world.looksAtLatarnia();
      const report = reportOf(await world.runDrill());
      expect({ point, verdict: report.verdict, findings: report.findings }).toEqual({
        point,
        verdict: 'passed',
        findings: [],
      });
      expect(controls.published).toHaveLength(2);
      expect(controls.down).toBe(false);
    }
  });

  it('is given up, with KSeF let answer again, where Latarnia’s message never comes', async () => {
    world.looksAtLatarnia = () => Promise.resolve();
    await ask();
    expect(await world.runDrill()).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('stayed "online"'),
    });
    expect(controls.down).toBe(false);
    expect(world.database.invoices.stored).toEqual([]);
  });

  /** Its message never comes, and when its time is over, the controls do not answer. */
  async function givenUp(): Promise<void> {
    world.looksAtLatarnia = () => Promise.resolve();
    await ask();
    await world.advanceDrill().execute(TENANT);
    expect(controls.down).toBe(true);
    controls.answers = false;
    for (let minute = 0; minute < 30; minute += 1) {
      world.clock.advance(60);
      await world.looked();
      await world.advanceDrill().execute(TENANT);
    }
    expect(world.database.drills.rows).toMatchObject([{ state: 'restoring', givenUp: GIVEN_UP }]);
    expect(controls.down).toBe(true);
  }
  const GIVEN_UP = 'The simulated KSeF could not be turned: no answer.';

  it('owes the end of its outage when it is given up, and fails once KSeF answers again', async () => {
    await givenUp();
    controls.answers = true;
    expect(await world.runDrill()).toMatchObject({ state: 'failed', reason: GIVEN_UP });
    expect(controls.down).toBe(false);
    expect(controls.published.map(({ type }) => type)).toEqual(['start', 'end']);
  });

  it('that cannot end its outage says so', async () => {
    await givenUp();
    world.outageSwitch = undefined;
    const drill = await world.runDrill();
    expect(drill).toMatchObject({ state: 'failed', reason: expect.stringMatching(/no answer\. .*may still be down/) });
  });

  it('whose controls were taken away is not taken for over', async () => {
    await ask();
    await world.advanceDrill().execute(TENANT);
    await world.looksAtLatarnia();
    world.outageSwitch = undefined;
    const drill = await world.runDrill(200);
    expect(drill).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/not configured.*may still be down/),
    });
  });

  it('tries again while the controls do not answer, and not for ever', async () => {
    controls.answers = false;
    await ask();
    await world.advanceDrill().execute(TENANT);
    expect(world.database.drills.rows).toMatchObject([{ state: 'prepared' }]);
    controls.answers = true;
    world.clock.advance(5);
    await world.advanceDrill().execute(TENANT);
    expect(controls.down).toBe(true);

    controls.answers = false;
    expect(await world.runDrill(200)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('The simulated KSeF could not be turned: no answer.'),
    });
  });

  it('waits for that of another tenant in the same round, and never lies on top of it', async () => {
    const second = new DrillWorld();
    second.database.tenantContexts = SELLER_ONLY;
    await second.ready();
    const worlds = [world, second];
    for (const each of worlds) {
      readsLatarnia(each);
      await each.startDrill.execute(TENANT, { ...REQUEST, scheduled: true });
    }
    // Ids are counted anew in every world.
    second.database.drills.rows = second.database.drills.rows.map((row) => ({ ...row, id: LATE }));
    await world.advanceDrill().execute(TENANT);
    await second.advanceDrill().execute(TENANT);
    const states = () => worlds.flatMap(({ database }) => database.drills.rows.map(({ state }) => state));
    expect(states()).toEqual(['outage', 'prepared']);

    // It found KSeF free just before the other took it down, and is too late all the same.
    const [first] = world.database.drills.rows;
    if (first?.state !== 'outage') throw new Error('no outage was made');
    second.database.drills.rows = [{ ...first, id: LATE }];
    second.clock.advance(2);
    await second.advanceDrill().execute(TENANT);
    expect(states()).toEqual(['outage', 'prepared']);
    expect(controls.published).toHaveLength(1);

    for (let round = 0; round < 60; round += 1) {
      for (const each of worlds) {
        await each.advanceDrill().execute(TENANT);
        await each.looksAtLatarnia();
        await each.send();
        each.clock.advance(60);
        await each.looked();
      }
    }
    const reports = worlds.map((each) => each.database.drills.rows.map(reportOf));
    expect(reports).toMatchObject([[{ verdict: 'passed' }], [{ verdict: 'passed' }]]);
    const titles = controls.published.map(({ title }) => title);
    expect(titles).toEqual([titles[0], titles[0], drillOutageTitle(LATE), titles[3]]);
    expect(titles[3]).toBe(titles[2]);
  });

  it('that somebody asked for is refused while somebody else keeps KSeF down, before Latarnia’s message is read', async () => {
    await controls.begin('another', world.clock.now());
    await ask();
    const drill = await world.advanceDrill().execute(TENANT);
    expect(drill).toMatchObject({ state: 'failed', reason: 'An outage came in between: another.' });
    expect(controls.published).toHaveLength(1);
    expect(world.database.invoices.stored).toEqual([]);
  });

  it('that nobody asked for waits for the end of another tenant’s, and then begins', async () => {
    await ask({ scheduled: true });
    const start = world.clock.now().toString();
    await world.database.bulletins.add([aBulletin({ id: 'other', eventId: 'other', start })]);
    expect(await world.advanceDrill().execute(TENANT)).toMatchObject({ state: 'prepared' });
    world.clock.advance(60);
    const end = world.clock.now().toString();
    await world.database.bulletins.add([anEndBulletin({ id: 'over', eventId: 'other', start, end })]);
    expect(reportOf(await world.runDrill())).toMatchObject({ verdict: 'passed' });
  });
});

describe('the contexts of a drill', () => {
  it('take part each by its kind, with a NIP as seller and a number of their own', async () => {
    const unit = contextOf('InternalId', '5265877635-00001');
    const entity = contextOf('NipVatUe', '5265877635-DE123456789');
    world.database.tenantContexts = [
      ...SELLER_ONLY,
      { id: 'context-2', identifier: unit, name: 'Oddział' },
      { id: 'context-3', identifier: entity, name: 'GmbH' },
    ];
    await world.ready();
    for (const context of [unit, entity]) {
      const serial = `0${String(world.database.certificates.stored.length)}F20A5D352AE590`.slice(
        0,
        16,
      ) as CertificateSerial;
      await world.database.certificates.add(
        anOfflineCertificate({ id: `offline/${context.type}` as CertificateId, context, serial }),
      );
      await world.database.certificates.add(
        anAuthenticationCertificate({ id: `login/${context.type}` as CertificateId, context }),
      );
    }
    const asked = await ask({ invoicesPerContext: 2 });
    if (!asked.ok) throw new Error(asked.error.code);
    const short = asked.value.drill.id.slice(-8);
    const report = reportOf(await world.runDrill());
    expect(report).toMatchObject({ verdict: 'passed', findings: [] });
    expect(report.contexts.map(({ invoices }) => invoices.map(({ number }) => number))).toEqual([
      [`DRILL/${short}/1`, `DRILL/${short}/2`],
      [`DRILL/${short}/00001/1`, `DRILL/${short}/00001/2`],
      [`DRILL/${short}/DE123456789/1`, `DRILL/${short}/DE123456789/2`],
    ]);
  });

  it('of a VAT-UE number sample as the buyer who issues in the seller’s name', () => {
    const identifier = contextOf('NipVatUe', '5265877635-EL123456789');
    const sample = sampleInvoice({ identifier, name: 'Sprzedawca' }, 'DRILL/1', world.clock.now());
    expect(sample).toMatchObject({
      seller: { nip: '5265877635' },
      selfBilling: true,
      buyer: { identifier: { kind: 'eu-vat', country: 'EL', number: '123456789' }, address: { country: 'GR' } },
    });
  });

  it('are missing: nothing is rehearsed, and the drill says so', async () => {
    world.database.tenantContexts = [];
    await ask({ scheduled: true });
    expect(await world.runDrill()).toMatchObject({ state: 'skipped', reason: 'There is no context to issue in.' });
    expect(await running()).toEqual([]);
    expect(world.database.audit.entries.at(-1)).toMatchObject({
      action: 'drill.skipped',
      facts: { reason: 'There is no context to issue in.' },
    });
    expect(await world.advanceDrill().execute(TENANT)).toBeUndefined();
  });
});

describe('the course of a drill', () => {
  it('ends in a state nothing leads out of, from wherever it is', () => {
    const ends = Object.entries(DRILL_TRANSITIONS).filter(([, next]) => next.length === 0);
    expect(ends.map(([state]) => state)).toEqual(['checked', 'failed', 'skipped']);
    for (const [state, next] of Object.entries(DRILL_TRANSITIONS)) {
      if (next.length > 0) expect([state, next]).toEqual([state, expect.arrayContaining(['failed'])]);
    }
  });

  it('is drained when KSeF gave the last number, however late the drill looked', () => {
    const at = (seconds: number) => world.clock.now().add({ milliseconds: seconds * 1000 });
    const accepted = (seconds: number) => ({
      invoice: { ...A_COMPLETE_INVOICE, acceptance: { ...anAcceptance(), acquisitionDate: at(seconds) } },
      checks: [],
    });
    const ids = ['a', 'b'] as InvoiceId[];
    const drill: DrillIn<'draining'> = {
      ...{ ...REQUEST, id: 'drill' as DrillId, requestedAt: at(0), version: 5, state: 'draining' },
      ...{
        outage: 'ksef-simulator',
        outageAt: at(0),
        detectedAt: at(1),
        issuedAt: at(2),
        restoredAt: at(4),
        openedAt: at(3.5),
      },
      contexts: [],
    };
    const evidence = new Map([
      [ids[0]!, accepted(9.25)],
      [ids[1]!, accepted(6)],
    ]);
    expect(drillReport(drill, evidence, at(30)).seconds).toEqual({
      toDetect: 1,
      toIssue: 1,
      toDrain: 5.75,
      toProve: 26.5,
    });
  });
});

describe('asking for a drill', () => {
  it('twice with one key is asking once, also when the drill is over; with another request it is refused', async () => {
    await world.ready();
    const claim = { key: 'k-1', fingerprint: 'one' };
    const first = await ask({ claim });
    if (!first.ok) throw new Error(first.error.code);
    const { id } = first.value.drill;
    expect(await ask({ claim })).toMatchObject({ ok: true, value: { drill: { id }, replayed: true } });
    await world.runDrill();
    expect(await ask({ claim })).toMatchObject({
      ok: true,
      value: { drill: { id, state: 'checked' }, replayed: true },
    });
    expect(await ask({ claim: { ...claim, fingerprint: 'two' } })).toEqual({
      ok: false,
      error: { code: 'IDEMPOTENCY_KEY_REUSED', drillId: id },
    });
    expect(world.database.drills.rows).toHaveLength(1);
    expect(await ask({ claim: { key: 'k-2', fingerprint: 'one' } })).toMatchObject({
      ok: true,
      value: { replayed: false },
    });
  });

  it('is refused while one is under way, or an outage is in force', async () => {
    const first = await ask();
    if (!first.ok) throw new Error(first.error.code);
    expect(await ask()).toEqual({ ok: false, error: { code: 'DRILL_UNDER_WAY', drillId: first.value.drill.id } });
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
