import type { Permission } from '@latarnik/domain';

/** What may be named by an address that another tenant has. */
export type ThingOfATenant =
  | 'invoice'
  | 'batch'
  | 'certificate'
  | 'enrolment'
  | 'drill'
  | 'api-key'
  | 'approval'
  | 'context'
  | 'event'
  | 'webhook'
  | 'none';

export interface RouteRow {
  /** Who may: whoever has this permission; `nobody-in-particular` is public. */
  readonly needs: Permission | 'nobody-in-particular';
  /** What `{id}` names. */
  readonly id?: ThingOfATenant;
  /** A body that gets as far as looking the thing up; `none` where none is taken. @default {} unless it is GET or DELETE */
  readonly body?: object | 'none';
  /** What its query must have to get that far. */
  readonly query?: string;
  /** @default application/json */
  readonly type?: string;
}

const read = { needs: 'read' } as const;
const PERSON = { person: 'Ewa Nowak' };
const HANDED_OVER = {
  ...{ document: 'invoice-with-number', channel: 'paper', recipient: 'Jan Nowak' },
  handedOverAt: '2026-11-20T10:00:00Z',
};
const WHY = { person: 'Ewa Nowak', reason: 'because' };

/**
 * Every route, and who may use it. Written by hand, apart from the routes themselves: a route that is not here, or one here
 * that is gone, fails a test.
 */
export const ROUTES: Readonly<Record<string, RouteRow>> = {
  'GET /health/live': { needs: 'nobody-in-particular' },
  'GET /health/ready': { needs: 'nobody-in-particular' },

  'POST /v1/invoices': { needs: 'issue' },
  'POST /v1/invoices/bulk': { needs: 'issue', type: 'application/x-ndjson' },
  'GET /v1/invoices': read,
  'GET /v1/invoices/{id}': { ...read, id: 'invoice' },
  'DELETE /v1/invoices/{id}': { needs: 'resend', id: 'invoice', query: '?person=Ewa&reason=because' },
  'GET /v1/invoices/{id}/timeline': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/xml': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/evidence': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/upo': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/qr/{name}': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/preview': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/pdf': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/upo.html': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/upo.pdf': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/evidence-summary.html': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/evidence-summary.pdf': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/evidence-package': { needs: 'audit', id: 'invoice' },
  'GET /v1/invoices/{id}/documents': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/documents/{name}': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/handovers': { ...read, id: 'invoice' },
  'POST /v1/invoices/{id}/handovers': { needs: 'issue', id: 'invoice', body: HANDED_OVER },
  'GET /v1/invoices/{id}/emails': { ...read, id: 'invoice' },
  'POST /v1/invoices/{id}/emails': { needs: 'issue', id: 'invoice', body: {} },
  'POST /v1/invoices/{id}/emails/{emailId}/settlement': {
    ...{ needs: 'resend', id: 'invoice', body: { decision: 'arrived', ...WHY } },
  },
  'GET /v1/invoices/{id}/deadline': { ...read, id: 'invoice' },
  'POST /v1/invoices/{id}/review': { needs: 'resend', id: 'invoice', body: { decision: 'read-again', ...WHY } },

  'POST /v1/invoices/{id}/technical-correction': { needs: 'correct', id: 'invoice', body: {} },
  'GET /v1/invoices/{id}/technical-corrections': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/technical-correction/{correctionId}': { ...read, id: 'invoice' },
  'GET /v1/invoices/{id}/technical-correction/{correctionId}/xml': { ...read, id: 'invoice' },
  'POST /v1/invoices/{id}/technical-correction/{correctionId}/approval': {
    ...{ needs: 'correct', id: 'invoice', body: PERSON },
  },
  'POST /v1/invoices/{id}/technical-correction/{correctionId}/reading': {
    ...{ needs: 'correct', id: 'invoice', body: WHY },
  },
  'POST /v1/invoices/{id}/technical-correction/{correctionId}/rejection': {
    ...{ needs: 'correct', id: 'invoice', body: WHY },
  },
  'POST /v1/invoices/{id}/technical-correction/{correctionId}/resumption': {
    ...{ needs: 'correct', id: 'invoice', body: WHY },
  },
  'GET /v1/technical-corrections': read,
  'POST /v1/issuing-stop/lifting': { needs: 'correct' },

  'POST /v1/batches': { needs: 'resend' },
  'GET /v1/batches': read,
  'GET /v1/batches/{id}': { ...read, id: 'batch' },
  'GET /v1/batches/{id}/invoices': { ...read, id: 'batch' },
  'GET /v1/batches/{id}/history': { ...read, id: 'batch' },
  'GET /v1/batches/{id}/events': { ...read, id: 'batch' },
  'POST /v1/batches/{id}/resume': { needs: 'resend', id: 'batch', body: 'none' },
  'GET /v1/batches/{id}/deliveries': { ...read, id: 'batch' },
  'POST /v1/batches/{id}/second-delivery': { needs: 'resend', id: 'batch', body: WHY },
  'POST /v1/batches/{id}/second-delivery/approval': { needs: 'resend', id: 'batch', body: PERSON },
  'POST /v1/batches/{id}/second-delivery/withdrawal': { needs: 'resend', id: 'batch', body: WHY },
  'POST /v1/batches/{id}/settlement': { needs: 'resend', id: 'batch', body: { ...PERSON, settlement: 'as it is' } },
  'GET /v1/sessions/{referenceNumber}': { ...read, id: 'none' },
  'GET /v1/forecast': read,
  'GET /v1/email-settings': read,
  'PUT /v1/email-settings': { needs: 'administer' },
  'GET /v1/sending-rules': read,
  'PUT /v1/sending-rules': { needs: 'resend' },

  'GET /v1/availability': read,
  'POST /v1/availability/retry': { needs: 'resend', body: 'none' },
  'GET /v1/announcements': read,
  'POST /v1/announcements': { needs: 'resend' },
  'POST /v1/announcements/{eventId}/confirmations': {
    ...{ needs: 'resend', id: 'event', body: { ...PERSON, readAt: 'https://www.gov.pl/web/kas/komunikat' } },
  },
  'GET /v1/deadlines': read,
  'GET /v1/deadlines.ics': read,
  'GET /v1/alerts': read,
  'GET /v1/deadline-policies': read,
  'POST /v1/deadline-policies': { needs: 'administer' },
  'GET /v1/house-policies': read,
  'PUT /v1/house-policies/{contextType}/{contextValue}': { needs: 'administer' },

  'GET /v1/certificates': read,
  'POST /v1/certificates': { needs: 'keys' },
  'GET /v1/certificates/{id}': { ...read, id: 'certificate' },
  'DELETE /v1/certificates/{id}': { needs: 'keys', id: 'certificate' },
  'GET /v1/certificates/{id}/remote': { ...read, id: 'certificate' },
  'GET /v1/certificates/{id}/invoices': { ...read, id: 'certificate' },
  'POST /v1/certificates/{id}/revoke': {
    ...{ needs: 'keys', id: 'certificate', body: { ...PERSON, reason: 'Unspecified' } },
  },
  'POST /v1/certificates/sync': { needs: 'keys' },
  'GET /v1/certificates/enrolments': read,
  'POST /v1/certificates/enrolments': { needs: 'keys' },
  'GET /v1/certificates/enrolments/{id}': { ...read, id: 'enrolment' },

  'GET /v1/simulations/downtime': read,
  'POST /v1/simulations/downtime': { needs: 'administer' },
  'DELETE /v1/simulations/downtime': { needs: 'administer' },
  'GET /v1/drills': read,
  'POST /v1/drills': { needs: 'administer' },
  'GET /v1/drills/{id}': { ...read, id: 'drill' },
  'GET /v1/drills/{id}/report.html': { ...read, id: 'drill' },

  'GET /v1/events': read,
  'GET /v1/events/types': read,
  'GET /v1/webhooks': { needs: 'administer' },
  'POST /v1/webhooks': { needs: 'administer' },
  'GET /v1/webhooks/{id}': { needs: 'administer', id: 'webhook' },
  'PATCH /v1/webhooks/{id}': { needs: 'administer', id: 'webhook', body: { enabled: false } },
  'DELETE /v1/webhooks/{id}': { needs: 'administer', id: 'webhook' },
  'POST /v1/webhooks/{id}/secret': { needs: 'administer', id: 'webhook' },
  'GET /v1/webhooks/{id}/deliveries': { needs: 'administer', id: 'webhook' },
  'POST /v1/webhooks/{id}/replay': { needs: 'administer', id: 'webhook', body: { after: null } },

  'GET /v1/api-keys': { needs: 'administer' },
  'POST /v1/api-keys': { needs: 'administer' },
  'GET /v1/api-keys/{id}': { needs: 'administer', id: 'api-key' },
  'DELETE /v1/api-keys/{id}': { needs: 'administer', id: 'api-key' },
  'GET /v1/approvals': read,
  'GET /v1/approvals/{id}': { ...read, id: 'approval' },
  'POST /v1/approvals/{id}/approval': { needs: 'administer', id: 'approval', body: PERSON },
  'POST /v1/approvals/{id}/rejection': { needs: 'administer', id: 'approval', body: WHY },
  'GET /v1/contexts': read,
  'POST /v1/contexts': { needs: 'administer' },
  'DELETE /v1/contexts/{id}': { needs: 'administer', id: 'context' },
  'GET /v1/tenants': { needs: 'platform' },
  'POST /v1/tenants': { needs: 'platform' },
};

/** Who calls, and what that lets them do; written out once more, so that a slip in the product's own table is seen. */
export const CALLERS = {
  anonymous: [],
  'expired key': [],
  'token without algorithm': [],
  'key for issuing only': ['issue'],
  issuer: ['read', 'issue'],
  viewer: ['read'],
  auditor: ['read', 'audit'],
  operator: ['read', 'resend', 'correct'],
  'tenant-admin': ['read', 'keys', 'administer', 'audit'],
  'platform-admin': ['platform'],
  'platform key': ['platform'],
  'person of no tenant': [],
} as const satisfies Readonly<Record<string, readonly Permission[]>>;

export type CallerName = keyof typeof CALLERS;

/** Those whom nobody knows: they are asked who they are (401); all others are told that it is not theirs to do (403). */
export const UNKNOWN_CALLERS: readonly CallerName[] = ['anonymous', 'expired key', 'token without algorithm'];
