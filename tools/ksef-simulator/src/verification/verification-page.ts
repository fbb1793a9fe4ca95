import type { Finding, Verification } from './finding.js';

const MARKS: Readonly<Record<Finding['result'], string>> = { ok: '✔', waiting: '…', wrong: '✘' };

/** The answer to a scanned code as a page for people. Every text is escaped; nothing in it runs or loads. */
export function verificationPage({ title, findings, facts }: Verification): string {
  const items = findings.map(
    ({ check, result, text }) =>
      `<li data-check="${check}" data-result="${result}"><b>${MARKS[result]}</b> ${escapeHtml(text)}</li>`,
  );
  const rows = facts.map(([label, value]) => `<dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd>`);
  return `<!doctype html>
<html lang="pl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 40em; margin: 2em auto; padding: 0 1em }
ul { list-style: none; padding: 0 }
[data-result="ok"] b { color: #17692b } [data-result="wrong"] b { color: #a81515 } [data-result="waiting"] b { color: #7a5200 }
dt { color: #555 } dd { margin: 0 0 .5em; overflow-wrap: anywhere }
footer { border-top: 1px solid #ccc; color: #555 }
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<ul>
${items.join('\n')}
</ul>
<dl>
${rows.join('\n')}
</dl>
<footer>Symulator KSeF: ta strona nie ma mocy prawnej.</footer>
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
