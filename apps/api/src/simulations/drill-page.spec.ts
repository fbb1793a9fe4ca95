import { describe, expect, it } from '@jest/globals';
import { DRILL_CHECKS, Temporal, type Drill, type DrillId, type DrillReport, type InvoiceId } from '@latarnik/domain';
import { drillPage } from './drill-page.js';
import { drillView } from './drill.view.js';

const NOON = Temporal.Instant.from('2026-11-20T11:00:00Z');
const passed = DRILL_CHECKS.map((name) => ({ name, passed: true, failures: [] }));
const failing = DRILL_CHECKS.map((name) =>
  name === 'upo' || name === 'kod-ii'
    ? { name, passed: false, failures: [`Wrong ${name} <b>.`] }
    : { name, passed: true, failures: [] },
);
const report: DrillReport = {
  outage: 'ksef-simulator',
  verdict: 'failed',
  findings: ['DRILL/1/2: KSeF refused it: 450 <Błąd>'],
  seconds: { toDetect: 0.04, toIssue: 1.26 },
  contexts: [
    {
      context: 'Nip:5265877635',
      name: 'Ćma & "Syn" <script>alert(1)</script>',
      certificates: [
        { type: 'Offline', state: 'expiring', detail: 'Ends soon.', validUntil: '2026-12-10' },
        { type: 'Authentication', state: 'usable', detail: 'Valid.', validUntil: '2028-11-19' },
      ],
      planned: 3,
      invoices: [
        {
          ...{ number: 'DRILL/1/1', invoiceId: 'id-1' as InvoiceId, state: 'complete', mode: 'emergency' },
          ...{ ksefNumber: '5265877635-20261120-5E8AB93384D9-C4', checks: passed, accountedFor: true },
        },
        {
          ...{ number: 'DRILL/1/2', invoiceId: 'id-2' as InvoiceId, state: 'rejected', mode: 'emergency' },
          ...{ checks: failing, accountedFor: false, problem: 'KSeF refused it.' },
        },
      ],
      refused: [{ number: 'DRILL/1/3', reason: 'INVOICE_NUMBER_TAKEN' }],
    },
  ],
};
const request = { person: "Ewa 'E' Nowak", actor: 'api-key:1', scheduled: false, invoicesPerContext: 3 };
const prepared: Drill = { ...request, id: 'drill-1' as DrillId, requestedAt: NOON, version: 0, state: 'prepared' };
const at = (seconds: number) => NOON.add({ seconds });
const checked: Drill = {
  ...prepared,
  state: 'checked',
  contexts: [],
  ...{ outage: 'ksef-simulator', outageAt: at(1), detectedAt: at(2), issuedAt: at(3) },
  ...{ restoredAt: at(4), openedAt: at(4), endedAt: at(5) },
  report,
};

describe('the view of a drill', () => {
  it('counts what was issued and what is accounted for', () => {
    const view = drillView(checked);
    expect(view).toMatchObject({ finished: true, outageAt: '2026-11-20T11:00:01Z', failure: null });
    expect(view.report).toMatchObject({ issued: 2, accountedFor: 1, seconds: { toDrain: null, toProve: null } });
    expect(view.report?.contexts[0]).toMatchObject({ planned: 3, issued: 2, accountedFor: 1, leftOut: null });
  });

  it('names every check, with what failed, on each invoice and over all', () => {
    const view = drillView(checked);
    expect(view.report?.checks).toEqual(
      DRILL_CHECKS.map((name) => ({
        name,
        passed: ['upo', 'kod-ii'].includes(name) ? 1 : 2,
        failed: ['upo', 'kod-ii'].includes(name) ? 1 : 0,
      })),
    );
    const [good, bad] = view.report?.contexts[0]?.invoices ?? [];
    expect(good?.checks.map(({ name }) => name)).toEqual([...DRILL_CHECKS]);
    expect(bad?.checks.filter((check) => !check.passed)).toEqual([
      { name: 'upo', passed: false, failures: ['Wrong upo <b>.'] },
      { name: 'kod-ii', passed: false, failures: ['Wrong kod-ii <b>.'] },
    ]);
  });

  it('says by name whose outage was measured', () => {
    expect(drillView(checked).report).toMatchObject({
      outage: 'ksef-simulator',
      measured: expect.stringContaining('simulated KSeF was taken down'),
    });
    const madeUp: Drill = { ...checked, report: { ...report, outage: 'downtime-simulation' } };
    expect(drillView(madeUp).report).toMatchObject({
      outage: 'downtime-simulation',
      measured: expect.stringContaining('was not measured'),
    });
    expect(drillPage(drillView(madeUp))).toContain('was not measured');
  });

  it('has nothing yet of one that was only asked for', () => {
    expect(drillView(prepared)).toMatchObject({ finished: false, outageAt: null, restoredAt: null, report: null });
  });
});

describe('the page of a drill', () => {
  it('says how it ended, in figures and by invoice, in Polish time', () => {
    const page = drillPage(drillView(checked));
    for (const text of ['Failed: not every invoice', '2026-11-20 12:00', '1.3 s', 'not in time', 'ends soon']) {
      expect(page).toContain(text);
    }
    for (const text of ['5265877635-20261120-5E8AB93384D9-C4', 'refused: INVOICE_NUMBER_TAKEN']) {
      expect(page).toContain(text);
    }
  });

  it('escapes every text, and runs and loads nothing', () => {
    const page = drillPage(drillView(checked));
    expect(page).toContain('Ćma &amp; &quot;Syn&quot; &lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).toContain('450 &lt;Błąd&gt;');
    expect(page).toContain('Ewa &#39;E&#39; Nowak');
    expect(page).not.toMatch(/<script|https?:|src=|href=/);
  });

  it('lists every check, and marks failures and nothing else in red', () => {
    const page = drillPage(drillView(checked));
    for (const text of ['KOD I', 'KOD II', 'UPO', 'Deadline', 'KSeF number', 'failed: UPO, KOD II']) {
      expect(page).toContain(text);
    }
    expect(page).toContain('<td class="failed">failed: UPO, KOD II</td>');
    expect(page).toContain('<td class="failed">1</td>');
    expect(page).not.toContain('<td class="failed">0</td>');
    const good = { ...report.contexts[0]!, refused: [], invoices: report.contexts[0]!.invoices.slice(0, 1) };
    const fine: Drill = { ...checked, report: { ...report, verdict: 'passed', findings: [], contexts: [good] } };
    expect(drillPage(drillView(fine))).not.toMatch(/class="[^"]*failed/);
  });

  it.each<[Drill, string]>([
    [prepared, 'under-way'],
    [{ ...prepared, state: 'failed', endedAt: at(9), reason: 'why' }, 'failed'],
    [{ ...prepared, state: 'skipped', endedAt: at(9), reason: 'why' }, 'attention'],
    [checked, 'failed'],
  ])('stands under its own colour: %#', (drill, tone) => {
    expect(drillPage(drillView(drill))).toContain(`<p class="verdict ${tone}">`);
  });

  it('says of one that could not be carried out why, and of one under way how far it is', () => {
    const failed: Drill = {
      ...prepared,
      state: 'failed',
      endedAt: at(9),
      reason: 'The outage could not be announced.',
    };
    expect(drillPage(drillView(failed))).toContain('The outage could not be announced.');
    expect(drillPage(drillView(prepared))).toContain('Still under way: prepared.');
  });
});
