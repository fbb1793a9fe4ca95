import { HOUR_MS } from '../core/time.js';
import type { EndpointGroup } from '../limits/endpoints.js';
import type { FaultOrder } from './faults.js';

/** Something that happened to clients of the real KSeF, to be played again by name. */
export interface Incident {
  readonly description: string;
  /** Issue numbers are those of CIRFMF/ksef-docs. */
  readonly source: string;
  readonly orders: readonly FaultOrder[];
}

const READING_SESSIONS: readonly EndpointGroup[] = ['session-status', 'session-invoices', 'invoice-status'];

/** Every incident by name; an order without `times` happens once. */
export const INCIDENTS = {
  'html-with-200': {
    description: 'the next call gets a page of the firewall with status 200',
    source: '#264',
    orders: [{ kind: 'html-200' }],
  },
  'cancelled-within-seconds': {
    description: 'closing is answered 204, then the batch session goes 150 and 440 within seconds',
    source: '#308',
    orders: [{ kind: 'cancel-after-close' }],
  },
  'invoice-hangs-in-150': {
    description:
      'an interactive invoice stays in 150 for 2 hours, so several technical corrections are taken meanwhile',
    source: '#404',
    orders: [{ kind: 'hang-invoice', durationMs: 2 * HOUR_MS }],
  },
  'session-hangs-in-150': {
    description: 'a closed session stays in 150 for 6 hours',
    source: '#408, #241',
    orders: [{ kind: 'hang-session', durationMs: 6 * HOUR_MS }],
  },
  'duplicate-names-wrong-session': {
    description:
      'the next duplicate of another session’s invoice names the session it came in itself, which does not hold the original',
    source: '#450',
    orders: [{ kind: 'wrong-duplicate-session' }],
  },
  'duplicate-names-nothing': {
    description: 'the next duplicate says neither which invoice nor which session the original is in',
    source: '#450, #300',
    orders: [{ kind: 'bare-duplicate' }],
  },
  'status-fails-then-recovers': {
    description: 'reading a session fails twice with 500, then works',
    source: '#472',
    orders: [{ kind: 'server-error', groups: READING_SESSIONS, httpStatus: 500, times: 2 }],
  },
  'package-check-fails': {
    description: 'the session ends with 405, though every hash and size is right',
    source: '#590',
    orders: [{ kind: 'package-mismatch' }],
  },
  'all-duplicates-of-ourselves': {
    description: 'the package is processed twice: its session ends with 445, every invoice a duplicate of itself',
    source: '#786, #790',
    orders: [{ kind: 'process-twice' }],
  },
  'session-unknown-at-first': {
    description: 'a session that was just opened is unknown (21173) to the next two calls about it',
    source: '#801',
    orders: [
      {
        kind: 'refuse',
        code: 21173,
        groups: [...READING_SESSIONS, 'batch-close', 'online-close', 'online-send'],
        times: 2,
      },
    ],
  },
  'close-fails-but-is-done': {
    description: 'closing is answered 500, but the session is closed and processed',
    source: '#822',
    orders: [{ kind: 'execute-and-fail', groups: ['batch-close', 'online-close'], httpStatus: 500 }],
  },
  'close-bad-gateway-but-is-done': {
    description: 'closing is answered 502, but the session is closed and processed',
    source: '#830',
    orders: [{ kind: 'execute-and-fail', groups: ['batch-close', 'online-close'], httpStatus: 502 }],
  },
  'close-times-out-then-hangs': {
    description: 'closing gets no answer; the session is closed, and stays in 150 for 6 hours',
    source: '#831',
    orders: [
      { kind: 'execute-and-time-out', groups: ['batch-close', 'online-close'] },
      { kind: 'hang-session', durationMs: 6 * HOUR_MS },
    ],
  },
  'key-withdrawn': {
    description: 'the public key is replaced just before the next session opens: 21470, or 415 without publicKeyId',
    source: '21470; sesja-wsadowa.md',
    orders: [{ kind: 'rotate-keys' }],
  },
  'key-not-readable': {
    description: 'the next session ends with 415',
    source: 'status 415',
    orders: [{ kind: 'key-not-readable' }],
  },
  'open-times-out': {
    description: 'opening a batch session gets no answer, but the session is there',
    source: 'unknown outcome',
    orders: [{ kind: 'execute-and-time-out', groups: ['batch-open'] }],
  },
  'upload-cut': {
    description: 'a part is stored, but the answer is lost',
    source: 'unknown outcome',
    orders: [{ kind: 'execute-and-time-out', groups: ['part-upload'] }],
  },
  'upload-addresses-expire': {
    description:
      'the upload addresses of the next batch session have ended: 403; the session ends with 440 after 12 hours',
    source: 'sesja-wsadowa.md §5; #313',
    orders: [{ kind: 'expire-upload-urls' }],
  },
  'send-times-out': {
    description: 'sending an interactive invoice gets no answer, but the invoice is taken',
    source: 'unknown outcome',
    orders: [{ kind: 'execute-and-time-out', groups: ['online-send'] }],
  },
  'session-temporarily-unavailable': {
    description: 'sending into an interactive session is refused with 21184',
    source: 'api-changelog 2.8.0',
    orders: [{ kind: 'refuse', code: 21184, groups: ['online-send'] }],
  },
  'throttled-at-opening': {
    description: 'opening sessions is turned away three times with 429',
    source: 'limity-api.md',
    orders: [{ kind: 'throttle', groups: ['batch-open', 'online-open'], times: 3 }],
  },
  'token-refused': {
    description: 'a good access token is refused once with 401 while sending or reading',
    source: 'uwierzytelnianie.md',
    orders: [
      {
        kind: 'unauthorized',
        groups: ['batch-open', 'batch-close', 'online-open', 'online-send', ...READING_SESSIONS],
      },
    ],
  },
  'permission-withdrawn': {
    description: 'opening a session is refused three times with 403',
    source: 'uprawnienia.md',
    orders: [{ kind: 'forbidden', groups: ['batch-open', 'online-open'], times: 3 }],
  },
  'login-blocked': {
    description: 'the next login ends with 480: a suspected security incident',
    source: 'status 480',
    orders: [{ kind: 'login-blocked' }],
  },
  'login-cancelled': {
    description: 'the next login ends with 550: try again',
    source: 'status 550',
    orders: [{ kind: 'login-cancelled' }],
  },
  'invoice-unknown-error': {
    description: 'the next good invoice ends with 500',
    source: 'status 500',
    orders: [{ kind: 'invoice-unknown-error' }],
  },
  'invoice-cancelled-by-system': {
    description: 'the next good invoice ends with 550',
    source: 'status 550',
    orders: [{ kind: 'invoice-cancelled' }],
  },
  'upo-not-ready': {
    description: 'a UPO asked for through the API is not found (21178) twice',
    source: '21178',
    orders: [{ kind: 'refuse', code: 21178, groups: ['upo'], times: 2 }],
  },
  'upo-link-expired': {
    description: 'the next download link of the storage is refused with 403',
    source: 'expiring links',
    orders: [{ kind: 'forbidden', groups: ['storage-download'] }],
  },
  'lists-change-order': {
    description: 'the next ten lists of invoices each come in an order of their own',
    source: 'undocumented order',
    orders: [{ kind: 'shuffle-pages', times: 10 }],
  },
} as const satisfies Record<string, Incident>;

export type IncidentName = keyof typeof INCIDENTS;
export const INCIDENT_NAMES = Object.keys(INCIDENTS) as readonly IncidentName[];

export function isIncidentName(name: string): name is IncidentName {
  return name in INCIDENTS;
}

/** The orders of an incident that is to happen `times` times over. */
export function ordersOf(name: IncidentName, times = 1): readonly FaultOrder[] {
  const { orders }: Incident = INCIDENTS[name];
  return orders.map((order) => ({ ...order, times: (order.times ?? 1) * times }));
}
