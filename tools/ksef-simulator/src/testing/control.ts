import type { FaultEntry, Simulator } from '../index.js';

/** What the control API answers; a field an answer lacks is undefined, whatever the type says. */
export interface ControlAnswer {
  readonly status: number;
  readonly body: {
    readonly error: string;
    readonly seed: string;
    readonly entries: readonly FaultEntry[];
    readonly released: readonly string[];
    readonly hanging: readonly string[];
    readonly eventId: number;
    readonly stepsLeft: number;
    readonly steps: readonly { readonly note: string; readonly breaches: readonly string[] }[];
  };
}

/** One call of the control API. */
export async function control(
  { controlUrl }: Pick<Simulator, 'controlUrl'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<ControlAnswer> {
  const response = await fetch(`${controlUrl}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as ControlAnswer['body'] };
}

/** The faults injected so far. */
export async function journalOf(simulator: Simulator): Promise<readonly FaultEntry[]> {
  return (await control(simulator, 'GET', '/journal')).body.entries;
}
