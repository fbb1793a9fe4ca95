import type { KsefCallRefusal } from '../session/interactive-session.port.js';

/**
 * What KSeF's no to posting a technical correction means (domain rules 7.4):
 * - `look-up-lineage`: a file of this lineage is in already; stop and look what KSeF holds (reliability D6);
 * - `look-up-session`: it may have been taken all the same; the session tells (D5, D7);
 * - `another-session`: this session takes no more, and took nothing;
 * - `later`: a limit, or no connection; nothing was taken;
 * - `blocked`: a right is missing;
 * - `retry`: refused as it was sent; the same bytes again, counted.
 */
export type PostReaction = 'look-up-lineage' | 'look-up-session' | 'another-session' | 'later' | 'blocked' | 'retry';

/** Codes of KSeF; the first that is known decides. */
export const POST_REACTIONS: Readonly<Record<number, PostReaction>> = {
  21155: 'another-session',
  21166: 'look-up-lineage',
  21167: 'look-up-lineage',
  21173: 'look-up-session',
  21180: 'another-session',
  21184: 'look-up-session',
  21402: 'retry',
  21403: 'retry',
};

/** HTTP status codes, where no code says more; 0 is a call that never left. */
const HTTP_REACTIONS: Readonly<Record<number, PostReaction>> = {
  0: 'later',
  401: 'later',
  403: 'blocked',
  408: 'look-up-session',
  429: 'later',
};

export function reactionToPost({ ksefCode, httpStatus }: KsefCallRefusal): PostReaction {
  const byCode = ksefCode === undefined ? undefined : POST_REACTIONS[ksefCode];
  return byCode ?? HTTP_REACTIONS[httpStatus] ?? 'retry';
}
