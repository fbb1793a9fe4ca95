/**
 * How an effect outside ended. `unknown` means that it may or may not have happened (timeout, reset, 5xx, an answer
 * that is not what the contract says): it is resolved by reading, never by doing it again blindly.
 *
 * @see docs/adr/0004-three-outcomes.md
 */
export type Attempt<T, E> =
  | { readonly outcome: 'done'; readonly value: T }
  | { readonly outcome: 'failed'; readonly error: E }
  | { readonly outcome: 'unknown'; readonly cause: string };

export const done = <T>(value: T): Attempt<T, never> => ({ outcome: 'done', value });
export const failed = <E>(error: E): Attempt<never, E> => ({ outcome: 'failed', error });
export const unknown = (cause: string): Attempt<never, never> => ({ outcome: 'unknown', cause });
