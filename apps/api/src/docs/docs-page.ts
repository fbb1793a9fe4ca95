import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEMS, problemType, type ProblemCode } from '../problems/catalogue.js';

/** The page runs nothing and loads nothing; its style is within. */
export const DOCS_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

interface Described {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
  }[];
  readonly requestBody?: {
    readonly content?: Readonly<Record<string, { readonly schema?: unknown; example?: unknown }>>;
  };
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly content?: object }>>;
  readonly 'x-permission'?: string;
  readonly 'x-roles'?: readonly string[];
}

/** What the API can do and what its problems mean, as one page for people; all of it is in /openapi.json as well. */
export function docsPage(document: OpenAPIObject): string {
  const codes = (Object.keys(PROBLEMS) as ProblemCode[]).sort();
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Readonly<Record<string, Described>>).map(([method, described]) =>
      operationPart(method.toUpperCase(), path, described),
    ),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Latarnik API</title><style>${STYLE}</style></head><body>
<h1>Latarnik API</h1>
<p>${text(document.info.description ?? '')} The same as OpenAPI 3.1: <a href="/openapi.json">/openapi.json</a>.</p>
<nav><a href="#routes">Routes</a> <a href="#problems">Problems</a></nav>
<h2 id="routes">Routes</h2>
${operations.join('\n')}
<h2 id="problems">Problems</h2>
<p>Every refusal is a problem document (RFC 9457). <code>type</code> and <code>code</code> are stable; what is in
<code>title</code> and <code>detail</code> is for people and may be worded anew.</p>
<table><thead><tr><th>Type</th><th>What it means</th><th>What to do</th></tr></thead><tbody>
${codes.map(problemRow).join('\n')}
</tbody></table>
</body></html>
`;
}

function problemRow(code: ProblemCode): string {
  const [title, meaning, action] = PROBLEMS[code];
  return `<tr id="${code}"><td><code>${problemType(code)}</code><br><b>${code}</b></td><td><b>${text(title)}</b><br>${text(meaning)}</td><td>${text(action)}</td></tr>`;
}

function operationPart(method: string, path: string, described: Described): string {
  const { summary = '', description = '', parameters = [], requestBody, responses } = described;
  const permission = described['x-permission'];
  const access =
    permission === undefined
      ? 'Open to everybody.'
      : `Needs <code>${text(permission)}</code>: ${text((described['x-roles'] ?? []).join(', '))}, or an API key with it.`;
  const body = Object.entries(requestBody?.content ?? {}).map(([media, { schema, example }]) =>
    [
      `<h4>Body <code>${text(media)}</code></h4>`,
      ...(example === undefined ? [] : [`<pre>${text(JSON.stringify(example, null, 2))}</pre>`]),
      `<details><summary>Schema</summary><pre>${text(JSON.stringify(schema ?? {}, null, 1))}</pre></details>`,
    ].join(''),
  );
  return `<details class="route"><summary><code>${method} ${text(path)}</code> ${text(summary)}</summary>
<p>${text(description)}</p><p>${access}</p>${parameterTable(parameters)}${body.join('')}${answerTable(responses)}</details>`;
}

function parameterTable(parameters: NonNullable<Described['parameters']>): string {
  const rows = parameters.map(
    ({ name, in: place, required, description }) =>
      `<tr><td><code>${text(name)}</code></td><td>${place}${required === true ? ', required' : ''}</td><td>${text(description ?? '')}</td></tr>`,
  );
  return rows.length === 0 ? '' : `<table>${rows.join('')}</table>`;
}

function answerTable(responses: Described['responses']): string {
  const rows = Object.entries(responses)
    .filter(([status]) => status.startsWith('2') || status.startsWith('3'))
    .map(
      ([status, { description, content }]) =>
        `<tr><td>${status}</td><td>${text(description ?? '')}</td><td>${Object.keys(content ?? {})
          .map(text)
          .join(', ')}</td></tr>`,
    );
  return `<table>${rows.join('')}</table>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const text = (raw: string): string => raw.replaceAll(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '');

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}' +
  'table{border-collapse:collapse;width:100%;margin:.5rem 0}td,th{border:1px solid #ccc;padding:.3rem .5rem;vertical-align:top;text-align:left}' +
  'pre{background:#f4f4f4;padding:.5rem;overflow:auto;max-height:24rem}.route{border-bottom:1px solid #ddd;padding:.3rem 0}' +
  'code{font-size:.95em;overflow-wrap:anywhere}h2{margin-top:2rem}nav a{margin-right:1rem}';
