import { refuse } from './refusals.js';

/** One page and, unless it is the last, the token of the next. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly continuationToken: string | null;
}

/**
 * Cuts one page out of `items`.
 * @param scope what is listed; a token of another list is refused
 * @throws {KsefRefusal} 21418 for a token that was not made here for this list
 */
export function page<T>(items: readonly T[], size: number, scope: string, token: string | undefined): Page<T> {
  const offset = token === undefined || token === '' ? 0 : readToken(token, scope);
  const end = offset + size;
  return {
    items: items.slice(offset, end),
    continuationToken: end < items.length ? Buffer.from(JSON.stringify([scope, end])).toString('base64') : null,
  };
}

/** The list a token was made for; undefined for no token or one that was not made here. */
export function scopeOf(token: string | undefined): string | undefined {
  if (token === undefined || token === '') return undefined;
  try {
    const content: unknown = JSON.parse(Buffer.from(token, 'base64').toString('utf8'));
    return Array.isArray(content) && typeof content[0] === 'string' ? content[0] : undefined;
  } catch {
    return undefined;
  }
}

function readToken(token: string, scope: string): number {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, 'base64').toString('utf8'));
  } catch {
    throw refuse(21418);
  }
  if (!Array.isArray(content) || content[0] !== scope || !Number.isSafeInteger(content[1])) throw refuse(21418);
  return content[1] as number;
}
