import { Temporal, warsawText } from '@latarnik/domain';
import type { DrillReportView, DrillView } from './drill.view.js';

const VERDICTS = {
  passed: 'Passed: every invoice is accounted for.',
  attention: 'Every invoice is accounted for, and something needs a person.',
  failed: 'Failed: not every invoice is accounted for.',
} as const;

/** A colour for how it stands; red is for failures alone. */
type Tone = 'passed' | 'attention' | 'failed' | 'under-way';

const CHECKS: Readonly<Record<DrillReportView['checks'][number]['name'], string>> = {
  stored: 'Stored',
  mode: 'Issued in the outage',
  deadline: 'Deadline',
  'ksef-number': 'KSeF number',
  upo: 'UPO',
  'kod-i': 'KOD I',
  'kod-ii': 'KOD II',
};

const STATES = { usable: 'in order', expiring: 'ends soon', missing: 'MISSING' } as const;

/** The report of a drill as one page: no scripts, nothing loaded from elsewhere, everything escaped. */
export function drillPage(drill: DrillView): string {
  const { report } = drill;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Outage drill ${escape(drill.id)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem }
th, td { border: 1px solid #bbb; padding: .3rem .6rem; text-align: left; vertical-align: top }
.verdict { font-size: 1.3rem; font-weight: 600; padding: .6rem 1rem; border-left: .5rem solid #888 }
.passed { border-color: #1a7f37 } .attention { border-color: #b58900 } .failed { border-color: #b3261e }
.under-way { border-color: #1f5fa8 } td.failed { color: #b3261e; font-weight: 600 }
</style>
</head>
<body>
<h1>Outage drill</h1>
<p class="verdict ${toneOf(drill)}">${escape(headingOf(drill))}</p>
<p>Rehearsed on a test environment; no real invoice took part. Asked for by ${escape(drill.person)} on
${moment(drill.requestedAt)}; outage from ${moment(drill.outageAt)} to ${moment(drill.restoredAt)}; ended
${moment(drill.endedAt)} (Polish time).</p>
${report === null ? '' : reportBody(report)}
<p>Drill ${escape(drill.id)}</p>
</body>
</html>
`;
}

function toneOf({ report, state, finished }: DrillView): Tone {
  if (report !== null) return report.verdict;
  if (state === 'skipped') return 'attention';
  return finished ? 'failed' : 'under-way';
}

function headingOf({ report, failure, state }: DrillView): string {
  if (report !== null) return VERDICTS[report.verdict];
  if (state === 'skipped') return `Skipped: ${failure ?? ''}`;
  return failure ?? `Still under way: ${state}.`;
}

function reportBody(report: DrillReportView): string {
  const { toDetect, toIssue, toDrain, toProve } = report.seconds;
  const rows: readonly (readonly [string, string])[] = [
    [
      report.outage === 'ksef-simulator'
        ? 'From the start of the outage until its announcement was known here'
        : 'Until the mode followed the simulated message',
      seconds(toDetect),
    ],
    ['From then until the last invoice was issued', seconds(toIssue)],
    ['From the moment KSeF answered again until it gave the last number', inTime(toDrain)],
    ['From the same moment until all numbers and UPOs were seen stored here', inTime(toProve)],
    ['Invoices issued', String(report.issued)],
    ['Invoices accounted for (every check passed)', String(report.accountedFor)],
  ];
  return `${findings(report.findings)}
<h2>In figures</h2>
<p>${escape(report.measured)}</p>
<table>${rows.map(([name, value]) => `<tr><th>${escape(name)}</th><td>${escape(value)}</td></tr>`).join('')}</table>
<h2>What was checked on every invoice</h2>
${table(
  ['Check', 'Passed', 'Failed'],
  report.checks.map(({ name, passed, failed }) => [CHECKS[name], String(passed), wrong(failed > 0, String(failed))]),
)}
${report.contexts.map(contextSection).join('\n')}`;
}

const inTime = (count: number | null): string => (count === null ? 'not in time' : seconds(count));

function findings(sentences: readonly string[]): string {
  if (sentences.length === 0) return '';
  return `<h2>What needs a person</h2>\n<ul>${sentences.map((each) => `<li>${escape(each)}</li>`).join('')}</ul>`;
}

function contextSection(context: DrillReportView['contexts'][number]): string {
  const { certificates, invoices, leftOut, planned, issued, accountedFor } = context;
  const counts = `Planned ${String(planned)}, issued ${String(issued)}, accounted for ${String(accountedFor)}.`;
  return `<h2>${escape(context.name)} (${escape(context.context)})</h2>
<p>${escape(leftOut === null ? counts : `Took no part. ${leftOut}`)}</p>
${table(
  ['Certificate', 'State', 'Detail'],
  certificates.map(({ type, state, detail }) => [type, STATES[state], detail]),
)}
${table(
  ['Invoice', 'Mode', 'KSeF number', 'Checks', 'What is wrong'],
  [
    ...invoices.map(invoiceRow),
    ...context.refused.map(({ number, reason }) => [number, '', '', '', wrong(true, `refused: ${reason}`)]),
  ],
)}`;
}

function invoiceRow({
  number,
  mode,
  ksefNumber,
  checks,
  problem,
}: DrillReportView['contexts'][number]['invoices'][number]) {
  const failed = checks.filter(({ passed }) => !passed).map(({ name }) => CHECKS[name]);
  const passed = `${String(checks.length - failed.length)} of ${String(checks.length)} passed`;
  return [
    ...[number, mode ?? '', ksefNumber ?? ''],
    wrong(failed.length > 0, failed.length > 0 ? `failed: ${failed.join(', ')}` : passed),
    wrong(problem !== null, problem ?? 'in order'),
  ];
}

/** A cell, marked where it tells of a failure. */
type Cell = string | { readonly failed: string };
const wrong = (isWrong: boolean, text: string): Cell => (isWrong ? { failed: text } : text);

function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return '';
  const head = headings.map((text) => `<th>${escape(text)}</th>`).join('');
  const cell = (content: Cell): string =>
    typeof content === 'string' ? `<td>${escape(content)}</td>` : `<td class="failed">${escape(content.failed)}</td>`;
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<table>\n<tr>${head}</tr>\n${body}\n</table>`;
}

const seconds = (count: number): string => `${count.toFixed(1)} s`;

const moment = (text: string | null): string => (text === null ? '–' : escape(warsawText(Temporal.Instant.from(text))));

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '');
