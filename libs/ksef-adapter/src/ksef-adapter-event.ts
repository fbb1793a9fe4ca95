/** What the adapter tells its `log` hook. Texts from outside are cut and free of control characters. */
export type KsefAdapterEvent =
  /** KSeF's `X-System-Warning`. */
  | { readonly code: 'SYSTEM_WARNING'; readonly call: string; readonly warning: string }
  /** An answer that the contract does not know: it is not believed. */
  | {
      readonly code: 'ANSWER_OUTSIDE_CONTRACT';
      readonly call: string;
      readonly httpStatus: number;
      readonly reason: string;
    }
  /** KSeF gave a key for our session keys that differs from the one used so far: rotation, to be checked by a person. */
  | { readonly code: 'PUBLIC_KEY_CHANGED'; readonly publicKeyId: string; readonly previousPublicKeyId: string }
  /** An entry of the public key list was left out. */
  | { readonly code: 'PUBLIC_KEY_IGNORED'; readonly reason: string }
  /** KSeF's answer pointed to an address that is not KSeF's: a security alarm (reliability C16). */
  | { readonly code: 'STORAGE_TARGET_FORBIDDEN'; readonly reason: string }
  /** A UPO could not be had from its download address; the API was asked instead. */
  | { readonly code: 'UPO_LINK_FAILED'; readonly reason: string }
  /** The refresh token of a login could not be kept on disk: the next process has to log in anew. */
  | { readonly code: 'LOGIN_NOT_KEPT'; readonly reason: string }
  /** The login that is kept on disk cannot be read, so a new one is made: other bytes, another key, or no permission. */
  | { readonly code: 'LOGIN_NOT_READ'; readonly reason: string }
  /** A login that has ended could not be taken off the disk; this process does not use it. */
  | { readonly code: 'LOGIN_NOT_FORGOTTEN'; readonly reason: string }
  /** This process goes on with the login that an earlier one made, without signing. */
  | {
      readonly code: 'LOGIN_RESUMED';
      readonly tenant: string;
      readonly context: string;
      readonly certificateId: string;
    }
  /** KSeF answered 429, which the shared budget of calls is there to prevent: somebody else calls in the same context. */
  | { readonly code: 'KSEF_ANSWERED_429'; readonly group: string; readonly retryAfterSeconds: number }
  /** The shared budget of calls could not be asked, so a call was not made (or its place was not given back). */
  | { readonly code: 'CALL_BUDGET_FAILED'; readonly reason: string }
  /** An interactive session is not known to be closed; KSeF closes it after 12 hours. */
  | { readonly code: 'SESSION_CLOSE_FAILED'; readonly session: string; readonly reason: string }
  /** What KSeF calls an invoice is neither online nor offline: it was left out. */
  | { readonly code: 'INVOICING_MODE_UNKNOWN'; readonly word: string }
  /** An entry of Latarnia's list was left out. */
  | { readonly code: 'BULLETIN_DROPPED'; readonly position: number; readonly reason: string }
  /** A message of Latarnia came again under its id and version with another content: the first one read is kept. */
  | { readonly code: 'BULLETIN_CHANGED'; readonly bulletinId: string; readonly version: number }
  /** A category, type or state of Latarnia that is not known was kept as `unknown`. */
  | { readonly code: 'BULLETIN_WORD_UNKNOWN'; readonly field: string; readonly word: string };

export type Log = (event: KsefAdapterEvent) => void;

const MAX_TEXT = 500;

/** A text from outside, fit for a log line or an error: one line, at most 500 characters. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.slice(0, MAX_TEXT).replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}
