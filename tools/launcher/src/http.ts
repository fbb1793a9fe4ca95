/** A call that did not answer as hoped; carries what it answered. */
export class CallFailedError extends Error {
  override readonly name = 'CallFailedError';
  constructor(
    readonly status: number,
    readonly body: string,
    what: string,
  ) {
    super(`${what}: HTTP ${String(status)} ${body.slice(0, 500)}`);
  }
}

/** Sends JSON and reads JSON. @throws CallFailedError on any status but 2xx */
export async function callJson(
  method: string,
  url: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new CallFailedError(response.status, text, `${method} ${new URL(url).pathname}`);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** What kind of error it is, wherever it was made. */
export const nameOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : undefined;

/** What an error says of itself. */
export const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : 'unknown error';
