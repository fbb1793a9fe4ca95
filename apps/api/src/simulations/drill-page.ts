import { Temporal, warsawText } from '@latarnik/domain';
import type { DrillReportView, DrillView } from './drill.view.js';

const VERDICTS = {
  passed: 'Passed: every invoice is accounted for.',
  attention: 'Every invoice is accounted for, and something needs a person.',
  failed: 'Failed: not every invoice is accounted for.',
} as const;

const STATES = { usable: 'in order', expiring: 'ends soon', missing: 'MISSING' } as const;

/** The report of a drill as one page: no scripts, nothing loaded from elsewhere, everything escaped. */
export function drillPage(drill: DrillView): string {
  const { report } = drill;
  const heading = report === null ? (drill.failure ?? `Still under way: ${drill.state}.`) : VERDICTS[report.verdict];
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
</style>
</head>
<body>
<h1>Outage drill</h1>
<p class="verdict ${escape(report?.verdict ?? 'failed')}">${escape(heading)}</p>
<p>Simulated on a test environment; no real invoice took part. Asked for by ${escape(drill.person)} on
${moment(drill.requestedAt)}; outage from ${moment(drill.outageAt)} to ${moment(drill.restoredAt)}; ended
${moment(drill.endedAt)} (Polish time).</p>
${report === null ? '' : reportBody(report)}
<p>Drill ${escape(drill.id)}</p>
</body>
</html>
`;
}

function reportBody(report: DrillReportView): string {
  const { toDetect, toIssue, toDrain } = report.seconds;
  const rows: readonly (readonly [string, string])[] = [
    ['Until the outage was noticed', seconds(toDetect)],
    ['Until the last invoice was issued', seconds(toIssue)],
    [
      'From the end of the outage until all were sent and confirmed',
      toDrain === null ? 'not in time' : seconds(toDrain),
    ],
    ['Invoices issued', String(report.issued)],
    ['Invoices accounted for (number and UPO)', String(report.accountedFor)],
  ];
  return `${findings(report.findings)}
<h2>In figures</h2>
<table>${rows.map(([name, value]) => `<tr><th>${escape(name)}</th><td>${escape(value)}</td></tr>`).join('')}</table>
${report.contexts.map(contextSection).join('\n')}`;
}

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
  ['Invoice', 'Mode', 'KSeF number', 'UPO', 'Result'],
  [
    ...invoices.map(({ number, mode, ksefNumber, upo, problem }) => [
      ...[number, mode ?? '', ksefNumber ?? '', upo ? 'stored' : 'missing'],
      problem ?? 'in order',
    ]),
    ...context.refused.map(({ number, reason }) => [number, '', '', '', `refused: ${reason}`]),
  ],
)}`;
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const head = headings.map((text) => `<th>${escape(text)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((text) => `<td>${escape(text)}</td>`).join('')}</tr>`).join('\n');
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
