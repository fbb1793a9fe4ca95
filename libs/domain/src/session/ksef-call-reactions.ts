/**
 * What KSeF's no to a call means for us:
 * - `person`: the call itself is wrong, or a right is missing; repeating it changes nothing;
 * - `new-session`: this session takes no more; another one does;
 * - `rebuild`: the package is not as KSeF wants it; made anew once, then a person;
 * - `rekey`: the key we used is unknown or withdrawn; KSeF's list is read anew;
 * - `re-encrypt`: size or hash of what arrived differ from what was declared;
 * - `absent`: there is no such thing;
 * - `later`: not yet; ask again;
 * - `read-state`: KSeF is further than we know; its state decides;
 * - `restart-list`: the place in a list is lost; it is read from its beginning;
 * - `log-in`: the token is not taken; a fresh one;
 * - `obey-wait`: a limit; wait as long as KSeF says;
 * - `unknown`: may or may not have had an effect; resolved by reading.
 */
export type CallReaction =
  | 'person'
  | 'new-session'
  | 'rebuild'
  | 'rekey'
  | 're-encrypt'
  | 'absent'
  | 'later'
  | 'read-state'
  | 'restart-list'
  | 'log-in'
  | 'obey-wait'
  | 'unknown';

/** Codes that come with HTTP 400 (domain rules 7.4). */
export const CALL_REACTIONS: Readonly<Record<number, CallReaction>> = {
  21155: 'new-session',
  21157: 'rebuild',
  21161: 'rebuild',
  21164: 'absent',
  21165: 'later',
  21166: 'read-state',
  21167: 'read-state',
  21173: 'absent',
  21178: 'later',
  21180: 'read-state',
  21184: 'new-session',
  21205: 'rebuild',
  21208: 'new-session',
  21402: 're-encrypt',
  21403: 're-encrypt',
  21405: 'person',
  21418: 'restart-list',
  21470: 'rekey',
};

/** HTTP status codes, where no code of KSeF says more (domain rules 7.4; 408: reliability R2). */
export const HTTP_REACTIONS: Readonly<Record<number, CallReaction>> = {
  400: 'person',
  401: 'log-in',
  403: 'person',
  404: 'absent',
  408: 'unknown',
  410: 'absent',
  429: 'obey-wait',
};

/** The first of KSeF's codes that is known decides, then the HTTP status; other 4xx ask a person, all else is unknown. */
export function reactionToCall(refusal: { readonly ksefCode?: number; readonly httpStatus: number }): CallReaction {
  const byCode = refusal.ksefCode === undefined ? undefined : CALL_REACTIONS[refusal.ksefCode];
  const known = byCode ?? HTTP_REACTIONS[refusal.httpStatus];
  if (known !== undefined) return known;
  return refusal.httpStatus >= 400 && refusal.httpStatus < 500 ? 'person' : 'unknown';
}
