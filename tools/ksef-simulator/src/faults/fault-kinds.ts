/** What can go wrong with one call. */
export const CALL_FAULTS = {
  'drop-before-effect': 'the connection breaks before KSeF does anything',
  'execute-and-time-out': 'KSeF does what was asked; the connection breaks before the answer',
  'execute-and-fail': 'KSeF does what was asked and answers 5xx',
  throttle: '429; calling again before Retry-After doubles it',
  'server-error': '500, 502, 503 or 504, and nothing was done',
  'html-200': 'a page of the firewall with status 200, and nothing was done',
  refuse: '400 with a numbered error, and nothing was done',
  unauthorized: '401, though the token is good',
  forbidden: '403, though the right is there (storage: the link has ended)',
} as const;
export type CallFault = keyof typeof CALL_FAULTS;

/** Those that keep a call from reaching KSeF: it knows nothing of it, and counts nothing. */
export const FAULTS_ON_THE_WAY: ReadonlySet<FaultKind> = new Set(['drop-before-effect', 'html-200']);

/** What can go wrong inside KSeF, with a session, an invoice, a login or a key. */
export const INNER_FAULTS = {
  'hang-session': 'a closed session stays in 150 (interactive: 170)',
  'hang-invoice': 'an invoice of an interactive session stays in 150',
  'shuffle-pages': 'a list of invoices comes in another order each time it is read from the start',
  'rotate-keys': 'a new public key is published just before a session opens, and the old one withdrawn: 21470 or 415',
  'expire-upload-urls': 'the upload addresses of a new session have ended before they are used: 403',
  'key-not-readable': 'the session ends with 415',
  'package-mismatch': 'the session ends with 405, though the package is as declared',
  'cancel-after-close': 'the session goes 150 and 440 within seconds of its closing',
  'process-twice': 'the package is processed in a session of its own first: here every invoice is a duplicate (445)',
  'wrong-duplicate-session':
    'a duplicate (440) names the session it came in, which is not the one that holds the original',
  'bare-duplicate': 'a duplicate (440) comes without originalKsefNumber and originalSessionReferenceNumber',
  'invoice-unknown-error': 'a good invoice ends with 500',
  'invoice-cancelled': 'a good invoice ends with 550',
  'invoice-refused': 'a good invoice ends with 450, as one that breaks a rule of KSeF',
  'login-blocked': 'a login ends with 480',
  'login-cancelled': 'a login ends with 550',
} as const;
export type InnerFault = keyof typeof INNER_FAULTS;

export type FaultKind = CallFault | InnerFault;

export const FAULT_KINDS = [...Object.keys(CALL_FAULTS), ...Object.keys(INNER_FAULTS)] as readonly FaultKind[];

export function isCallFault(kind: FaultKind): kind is CallFault {
  return kind in CALL_FAULTS;
}
