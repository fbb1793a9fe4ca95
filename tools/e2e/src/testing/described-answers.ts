import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Answer } from './client.js';

interface Judged {
  readonly method: string;
  /** The path as the description has it, such as `/v1/invoices/{id}`. */
  readonly route: string;
  readonly answer: Answer;
}

/** Collects answers, and holds them against the description that the API gives of itself. */
export class DescribedAnswers {
  readonly #answers: Judged[] = [];

  note(method: string, route: string, answer: Answer): Answer {
    this.#answers.push({ method: method.toLowerCase(), route, answer });
    return answer;
  }

  /** Operations that were answered, each with its status. */
  get operations(): readonly string[] {
    return [
      ...new Set(this.#answers.map(({ method, route, answer }) => `${method} ${route} ${String(answer.status)}`)),
    ];
  }

  /** Every answer that does not fit. @throws for an operation that does not describe the status it answered */
  misfits(openApi: unknown): readonly object[] {
    const ajv = new Ajv2020({ allErrors: true, strict: false });
    addFormats.default(ajv);
    return this.#answers.flatMap(({ method, route, answer }) => {
      const schema = schemaOf(openApi, route, method, answer.status);
      return ajv.validate(schema, answer.json) ? [] : [{ method, route, errors: ajv.errors }];
    });
  }
}

/** By its status, or as the default answer; what it refers to of the description's components goes with it. */
function schemaOf(openApi: unknown, route: string, method: string, status: number): object {
  const responses = at(openApi, ['paths', route, method, 'responses']);
  const named = at(responses, [String(status)]) ?? (status < 400 ? undefined : at(responses, ['default']));
  const { $ref: reference } = (named ?? {}) as { readonly $ref?: string };
  const response = reference === undefined ? named : at(openApi, reference.split('/').slice(1));
  const { 'application/json': json, 'application/problem+json': problem } = (at(response, ['content']) ??
    {}) as Readonly<Record<string, unknown>>;
  const schema = at(status < 400 ? json : (problem ?? json), ['schema']);
  if (schema === undefined) throw new Error(`${method} ${route} does not describe its answer ${String(status)}`);
  return { components: at(openApi, ['components']), ...schema };
}

function at(value: unknown, steps: readonly string[]): object | undefined {
  let found = value;
  for (const step of steps) found = (found as Record<string, unknown> | undefined)?.[step];
  return typeof found === 'object' && found !== null ? found : undefined;
}
