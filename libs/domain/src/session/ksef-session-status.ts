/**
 * What a final or passing code of a session means for us:
 * - `wait`: not final, ask again;
 * - `rows`: KSeF got as far as the single invoices; each row has its own answer;
 * - `requeue`: nothing more was taken than its rows say; what has no answer goes back to the queue, counted;
 * - `rebuild`: the package did not pass; the same invoices in a package made anew, the second time a person;
 * - `rekey`: KSeF could not open the key or the parts; its keys are read anew, a fresh key, a new session, then a person;
 * - `halve`: one file or their number spoils the package; halves in sessions of their own until the culprit is alone;
 * - `person`: nothing here says what to do.
 */
export type SessionReaction = 'wait' | 'rows' | 'requeue' | 'rebuild' | 'rekey' | 'halve' | 'person';

interface Row {
  readonly reaction: SessionReaction;
  /** For a person. */
  readonly advice: string;
}

/** Every code of a batch session (domain rules 7.1; reliability C9, C26-C31). */
export const BATCH_SESSION_REACTIONS: Readonly<Record<number, Row>> = {
  100: { reaction: 'wait', advice: 'The session is open; its parts are on their way.' },
  150: { reaction: 'wait', advice: 'KSeF is processing the session.' },
  200: { reaction: 'rows', advice: 'The session was processed; every invoice in it has its own answer.' },
  405: {
    reaction: 'rebuild',
    advice: 'KSeF finds that the package is not as declared, twice: compare its hashes before it goes again.',
  },
  415: {
    reaction: 'rekey',
    advice:
      "KSeF could not open the session key, twice: compare its public key with the one in use and ask KSeF's help.",
  },
  420: { reaction: 'halve', advice: 'KSeF counts more invoices than a session may hold, even for this one alone.' },
  430: { reaction: 'halve', advice: 'KSeF cannot unpack an archive with this file in it: look at the file.' },
  435: {
    reaction: 'rekey',
    advice: "KSeF could not decrypt the parts, twice: compare its public key with the one in use and ask KSeF's help.",
  },
  440: { reaction: 'requeue', advice: 'KSeF cancelled the session; nothing in it was issued.' },
  445: { reaction: 'rows', advice: 'No invoice of the session is correct; every one has its own answer.' },
  500: {
    reaction: 'requeue',
    advice:
      'KSeF failed over the whole session each time; look at its code, then name the invoice in POST /v1/batches.',
  },
};

/** Every code of an interactive session (domain rules 7.2). */
export const INTERACTIVE_SESSION_REACTIONS: Readonly<Record<number, Row>> = {
  100: { reaction: 'wait', advice: 'The session is open.' },
  170: { reaction: 'wait', advice: 'The session is closed; KSeF prepares the UPO.' },
  200: { reaction: 'rows', advice: 'The session was processed; every invoice in it has its own answer.' },
  415: { reaction: 'rekey', advice: 'KSeF could not open the session key; nothing in the session was issued.' },
  440: { reaction: 'requeue', advice: 'KSeF cancelled the session; nothing in it was issued.' },
  445: { reaction: 'rows', advice: 'No invoice of the session is correct; every one has its own answer.' },
};

/** From here on a code is final (domain rules 7). */
const FIRST_FINAL_CODE = 200;

/** An undocumented code below 200 is waited for; an undocumented final one goes to a person. */
function reactionIn(table: Readonly<Record<number, Row>>, code: number): Row {
  const known = table[code];
  if (known !== undefined) return known;
  return code < FIRST_FINAL_CODE
    ? { reaction: 'wait', advice: 'KSeF is processing the session.' }
    : { reaction: 'person', advice: `KSeF ended the session with the undocumented code ${String(code)}.` };
}

export const reactionToBatchSession = (code: number): Row => reactionIn(BATCH_SESSION_REACTIONS, code);
export const reactionToInteractiveSession = (code: number): Row => reactionIn(INTERACTIVE_SESSION_REACTIONS, code);
