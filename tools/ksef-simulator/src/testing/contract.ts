import { readFileSync } from 'node:fs';

import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

import type { SubjectData } from '../core/login.js';
import type { Answer } from './answers.js';

type Schema = Record<string, unknown>;

interface Documented {
  readonly content?: Record<string, { readonly schema: Schema; readonly example?: unknown }>;
}

interface Operation {
  readonly template: string;
  readonly pattern: RegExp;
  readonly method: string;
  readonly requestBody?: Documented;
  /** `x-rate-limits` */
  readonly rateLimits: unknown;
  readonly responses: Record<string, Documented>;
}

/** Path of the official OpenAPI document; without it answers are not compared with the contract. */
const OPENAPI_PATH = process.env['KSEF_OPENAPI'];

/** In requests the text of the contract allows times without an offset, too, which its format does not. */
const ISO_8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** The contract has patterns that are no Unicode regular expressions. */
function compiler() {
  return addFormats.default(new Ajv({ strict: false, allErrors: true, unicodeRegExp: false }));
}

type Compiler = ReturnType<typeof compiler>;

/** Holds answers to the official contract: documented status, documented shape, no undocumented property. */
export class Contract {
  /** Operations and statuses that were compared, e.g. `GET /sessions 200`. */
  readonly compared = new Set<string>();
  readonly #operations: readonly Operation[];
  readonly #example: { readonly csr: string; readonly data: SubjectData };
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #answers = compiler();
  readonly #requests = compiler().addFormat('date-time', ISO_8601);

  constructor(openApiPath: string) {
    const document = closeObjects(JSON.parse(readFileSync(openApiPath, 'utf8'))) as {
      paths: Record<
        string,
        Record<string, Pick<Operation, 'responses' | 'requestBody'> & { 'x-rate-limits'?: unknown }>
      >;
      components: unknown;
    };
    this.#example = {
      ...(exampleOf(document.paths['/certificates/enrollments']?.['post']?.requestBody) as { csr: string }),
      data: exampleOf(document.paths['/certificates/enrollments/data']?.['get']?.responses['200']) as SubjectData,
    };
    for (const ajv of [this.#answers, this.#requests]) {
      ajv.addSchema({ $id: 'openapi', components: document.components });
    }
    this.#operations = Object.entries(document.paths)
      .flatMap(([template, methods]) =>
        Object.entries(methods).map(([method, { requestBody, responses, ...more }]) => ({
          rateLimits: more['x-rate-limits'],
          template,
          method: method.toUpperCase(),
          responses,
          ...(requestBody === undefined ? {} : { requestBody }),
          pattern: new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`),
        })),
      )
      // A fixed path comes before one with a parameter in the same place.
      .sort((a, b) => a.template.split('{').length - b.template.split('{').length);
  }

  /** Every operation of the official document. */
  operations(): readonly Pick<Operation, 'template' | 'method' | 'rateLimits'>[] {
    return this.#operations;
  }

  /** The application the official document shows, and the data it was made for. */
  enrolmentExample(): { readonly csr: string; readonly data: SubjectData } {
    return this.#example;
  }

  /** @throws when the answer is not what the contract allows, or a request was accepted that it does not */
  checkCall(method: string, path: string, request: unknown, answer: Answer): void {
    this.check(method, path, answer);
    if (answer.status < 300) this.checkRequest(method, path, request);
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
    this.#compare(this.#answers, `${name} ${mediaType}`, schema, body);
  }

  /** @throws when the body of a request that was accepted is not one the contract allows */
  checkRequest(method: string, path: string, body: unknown): void {
    const operation = this.#find(method, path.replace(/\?.*/, ''));
    const schema = operation?.requestBody?.content?.['application/json']?.schema;
    if (operation === undefined || schema === undefined || typeof body !== 'object') return;
    this.#compare(this.#requests, `request ${method} ${operation.template}`, schema, body);
  }

  #find(method: string, path: string): Operation | undefined {
    return this.#operations.find((known) => known.method === method && known.pattern.test(path));
  }

  #compare(ajv: Compiler, name: string, schema: Schema, body: unknown): void {
    const validate = this.#validator(ajv, name, schema);
    if (!validate(body)) throw new Error(`${name}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`);
  }

  #validator(ajv: Compiler, name: string, schema: Schema): ValidateFunction {
    const known = this.#validators.get(name);
    if (known !== undefined) return known;
    const compiled = ajv.compile(schema);
    this.#validators.set(name, compiled);
    return compiled;
  }
}

/** The contract named by KSEF_OPENAPI, read once per test file; undefined when the variable is not set. */
export const contract = OPENAPI_PATH === undefined ? undefined : new Contract(OPENAPI_PATH);

function exampleOf(documented: Documented | undefined): unknown {
  return documented?.content?.['application/json']?.example;
}

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
