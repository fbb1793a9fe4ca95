import type { SeedReport } from './run-seed.js';
import { INVARIANTS, type InvariantId } from './oracle/verdict.js';

const BREACHES_SHOWN = 5;

/** A seed in one line, and what was wrong with it below. */
export function seedText(report: SeedReport): string {
  const { seed, failed, invoices, accepted, faults, deaths, killedAt, seconds, rest, withPeople } = report;
  const people = Object.entries(withPeople).map(([state, count]) => `${String(count)} ${state}`);
  const lines = [
    `seed ${String(seed)}: ${failed ? 'FAILED' : 'ok'}  ${String(accepted)}/${String(invoices)} accepted` +
      `${people.length === 0 ? '' : ` (${people.join(', ')})`}, ${String(Object.keys(report.corrections).length)} corrections, ${String(faults)} faults, ${String(deaths)} deaths` +
      `${killedAt.length === 0 ? '' : ` (${killedAt.join(', ')})`}, at rest after ${rest.realSeconds.toFixed(0)} s` +
      ` + ${String(rest.shiftedSeconds)} s shifted, ${seconds.toFixed(0)} s in all`,
  ];
  for (const { invariant, breaches } of report.verdicts) {
    for (const breach of breaches.slice(0, BREACHES_SHOWN)) lines.push(`    ${invariant} ${breach}`);
    if (breaches.length > BREACHES_SHOWN)
      lines.push(`    ${invariant} and ${String(breaches.length - BREACHES_SHOWN)} more`);
  }
  if (report.trouble !== undefined) lines.push(`    the run broke: ${report.trouble}`);
  if (failed) lines.push(`    logs and plan: ${report.directory}`);
  return lines.join('\n');
}

export interface RunVerdict {
  readonly invariant: InvariantId;
  readonly name: string;
  readonly checked: number;
  readonly breaches: number;
  readonly seeds: readonly number[];
}

/** Each invariant over all seeds. */
export function runVerdicts(reports: readonly SeedReport[]): readonly RunVerdict[] {
  return (Object.keys(INVARIANTS) as InvariantId[]).map((invariant) => {
    const own = reports.map(({ seed, verdicts }) => ({
      seed,
      verdict: verdicts.find((each) => each.invariant === invariant),
    }));
    const broken = own.filter(({ verdict }) => (verdict?.breaches.length ?? 0) > 0);
    return {
      invariant,
      name: INVARIANTS[invariant],
      checked: own.reduce((sum, { verdict }) => sum + (verdict?.checked ?? 0), 0),
      breaches: broken.reduce((sum, { verdict }) => sum + (verdict?.breaches.length ?? 0), 0),
      seeds: broken.map(({ seed }) => seed),
    };
  });
}

export function runText(reports: readonly SeedReport[]): string {
  const lines = runVerdicts(reports).map(({ invariant, name, checked, breaches, seeds }) => {
    const outcome = breaches === 0 ? 'holds ' : 'BROKEN';
    const where = breaches === 0 ? '' : `, ${String(breaches)} breaches in seeds ${seeds.join(', ')}`;
    return `${invariant.padEnd(4)} ${outcome} ${name} (${String(checked)} checked${where})`;
  });
  const failed = reports.filter((report) => report.failed).map(({ seed }) => seed);
  const killed = new Set(reports.flatMap(({ killedAt }) => killedAt));
  return [
    ...lines,
    `${String(reports.length)} seeds, ${String(reports.reduce((sum, { invoices }) => sum + invoices, 0))} invoices, ` +
      `${String(reports.reduce((sum, { faults }) => sum + faults, 0))} faults, ` +
      `${String(reports.reduce((sum, { deaths }) => sum + deaths, 0))} deaths, at ${String(killed.size)} different crash points`,
    failed.length === 0 ? 'no seed failed' : `seeds that failed: ${failed.join(', ')}`,
  ].join('\n');
}
