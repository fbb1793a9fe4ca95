import { readFileSync } from 'node:fs';

import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

import type { Answer } from './answers.js';

type Schema = Record<string, unknown>;

interface Operation {
  readonly template: string;
  readonly pattern: RegExp;
  readonly method: string;
  readonly responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

/** Path of the official OpenAPI document; without it answers are not compared with the contract. */
const OPENAPI_PATH = process.env['KSEF_OPENAPI'];

/** Holds answers to the official contract: documented status, documented shape, no undocumented property. */
export class Contract {
  /** Operations and statuses that were compared, e.g. `GET /sessions 200`. */
  readonly compared = new Set<string>();
  readonly #operations: readonly Operation[];
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #ajv = addFormats.default(new Ajv({ strict: false, allErrors: true }));

  constructor(openApiPath: string) {
    const document = closeObjects(JSON.parse(readFileSync(openApiPath, 'utf8'))) as {
      paths: Record<string, Record<string, Pick<Operation, 'responses'>>>;
      components: unknown;
    };
    this.#ajv.addSchema({ $id: 'openapi', components: document.components });
    this.#operations = Object.entries(document.paths)
      .flatMap(([template, methods]) =>
        Object.entries(methods).map(([method, { responses }]) => ({
          template,
          method: method.toUpperCase(),
          responses,
          pattern: new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`),
        })),
      )
      // A fixed path comes before one with a parameter in the same place.
      .sort((a, b) => a.template.split('{').length - b.template.split('{').length);
  }

  /** @throws when the answer is not one the contract allows for this operation */
  check(method: string, path: string, { status, headers, body }: Answer): void {
    const operation = this.#find(method, path.replace(/\?.*/, ''));
    if (operation === undefined) return;
    const name = `${method} ${operation.template} ${String(status)}`;
    const response = operation.responses[String(status)];
    if (response === undefined) throw new Error(`${name}: status not in the contract`);
    this.compared.add(name);
    const mediaType = (headers.get('content-type') ?? '').split(';')[0] ?? '';
    if (response.content === undefined || mediaType.includes('xml')) return;
    const schema = response.content[mediaType]?.schema;
    if (schema === undefined) throw new Error(`${name}: media type ${mediaType} not in the contract`);
    this.#compare(`${name} ${mediaType}`, schema, body);
  }

  #find(method: string, path: string): Operation | undefined {
    return this.#operations.find((known) => known.method === method && known.pattern.test(path));
  }

  #compare(name: string, schema: Schema, body: unknown): void {
    const validate = this.#validator(name, schema);
    if (!validate(body))
      throw new Error(`${name}: ${this.#ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`);
  }

  #validator(name: string, schema: Schema): ValidateFunction {
    const known = this.#validators.get(name);
    if (known !== undefined) return known;
    const compiled = this.#ajv.compile(schema);
    this.#validators.set(name, compiled);
    return compiled;
  }
}

/** The contract named by KSEF_OPENAPI, read once per test file; undefined when the variable is not set. */
export const contract = OPENAPI_PATH === undefined ? undefined : new Contract(OPENAPI_PATH);

/** OpenAPI 3.0 to JSON Schema: references into one document, `nullable`, and objects closed to unknown properties. */
function closeObjects(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closeObjects);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Schema = Object.fromEntries<unknown>(
    Object.entries(value).map(([key, item]) => [key, closeObjects(item)]),
  );
  if (typeof copy['$ref'] === 'string') return { $ref: `openapi${copy['$ref']}` };
  if (copy['type'] === 'object' && copy['properties'] !== undefined && copy['additionalProperties'] === undefined) {
    copy['additionalProperties'] = false;
  }
  const { nullable, ...schema } = copy;
  return nullable === true ? { anyOf: [{ type: 'null' }, schema] } : copy;
}
