const WHO = { person: 'Ewa Nowak', reason: 'Compared with the register by hand.' };
const CONTEXT = 'Nip:5265877635';

const INVOICE = {
  ...{ number: 'FV/2026/11/0205', issueDate: '2026-11-20' },
  seller: {
    nip: '5265877635',
    name: 'Latarnia Morska Rozewie sp. z o.o.',
    address: { line1: 'ul. Nadbrzeżna 14', line2: '84-104 Jastrzębia Góra' },
  },
  buyer: {
    identifier: { kind: 'none' },
    name: 'Zofia Łącka',
    address: { line1: 'ul. Wąska 5 m. 2', line2: '84-120 Władysławowo' },
  },
  lines: [{ name: 'Lornetka 8x42', unit: 'szt.', quantity: '1', unitNetPrice: '161.79', vatRate: '23' }],
  payment: { paidOn: '2026-11-20', method: 'card' },
};

/** A body for each route that takes JSON. A test holds every one against its schema, and the list against the routes. */
export const BODY_EXAMPLES: Readonly<Record<string, unknown>> = {
  'POST /v1/invoices': INVOICE,
  'POST /v1/invoices/{id}/technical-correction': INVOICE,
  'POST /v1/invoices/{id}/technical-correction/{correctionId}/approval': { person: 'Jan Kowalski' },
  'POST /v1/invoices/{id}/technical-correction/{correctionId}/rejection': WHO,
  'POST /v1/invoices/{id}/technical-correction/{correctionId}/resumption': WHO,
  'POST /v1/invoices/{id}/technical-correction/{correctionId}/reading': WHO,
  'POST /v1/invoices/{id}/review': { decision: 'read-again', ...WHO },
  'POST /v1/invoices/{id}/handovers': {
    ...{ document: 'invoice-with-number', channel: 'paper', recipient: 'Zofia Łącka' },
    handedOverAt: '2026-11-20T10:00:00Z',
  },
  'POST /v1/invoices/{id}/emails': { to: 'zofia@example.com', language: 'pl' },
  'POST /v1/invoices/{id}/emails/{emailId}/settlement': { decision: 'arrived', ...WHO },
  'POST /v1/issuing-stop/lifting': WHO,
  'POST /v1/batches': { context: CONTEXT, dueBefore: '2026-11-23T22:59:59Z' },
  'POST /v1/batches/{id}/second-delivery': WHO,
  'POST /v1/batches/{id}/second-delivery/approval': { person: 'Jan Kowalski' },
  'POST /v1/batches/{id}/second-delivery/withdrawal': WHO,
  'POST /v1/batches/{id}/settlement': { person: 'Ewa Nowak', settlement: 'KSeF confirmed that the session was empty.' },
  'POST /v1/announcements': {
    ...{
      id: '2026/11',
      version: 1,
      category: 'failure',
      type: 'start',
      title: 'Awaria KSeF',
      text: 'KSeF nie działa.',
    },
    ...{ start: '2026-11-20T08:00:00+01:00', publishedAt: '2026-11-20T08:10:00+01:00', person: 'Ewa Nowak' },
    readAt: 'https://www.gov.pl/web/finanse/bip',
  },
  'POST /v1/announcements/{eventId}/confirmations': {
    person: 'Ewa Nowak',
    readAt: 'https://www.gov.pl/web/finanse/bip',
  },
  'POST /v1/deadline-policies': { policy: 'overlapping-outages', reading: 'latest-end', ...WHO },
  'PUT /v1/house-policies/{contextType}/{contextValue}': {
    policies: [{ kind: 'hours-before-end', hours: 4 }],
    ...WHO,
  },
  'PUT /v1/email-settings': { context: CONTEXT, sender: 'faktury@example.com', sending: 'automatic' },
  'PUT /v1/sending-rules': { schedule: { kind: 'daily', times: ['18:00'] }, hoursBeforeTarget: 4, ...WHO },
  'POST /v1/certificates': { context: CONTEXT, pkcs12: 'MIIKqQIBAzCC', password: 'the password of the file' },
  'POST /v1/certificates/{id}/revoke': { reason: 'Superseded', person: 'Ewa Nowak' },
  'POST /v1/certificates/sync': { context: CONTEXT },
  'POST /v1/certificates/enrolments': { context: CONTEXT, type: 'signing', name: 'Faktury offline 2026' },
  'POST /v1/simulations/downtime': { banner: 'Ćwiczenie: KSeF niedostępny', person: 'Ewa Nowak' },
  'POST /v1/drills': { invoicesPerContext: 3, person: 'Ewa Nowak' },
  'POST /v1/webhooks': { url: 'https://erp.example.com/ksef', types: ['invoice.*'], description: 'ERP' },
  'PATCH /v1/webhooks/{id}': { enabled: false },
  'POST /v1/webhooks/{id}/secret': { overlapHours: 24 },
  'POST /v1/webhooks/{id}/replay': { after: null },
  'POST /v1/api-keys': { client: 'erp', scopes: ['issue', 'read'], expiresAt: '2027-06-30T00:00:00Z' },
  'POST /v1/approvals/{id}/approval': { person: 'Jan Kowalski' },
  'POST /v1/approvals/{id}/rejection': WHO,
  'POST /v1/contexts': { type: 'Nip', value: '5265877635', name: 'Latarnia Morska Rozewie' },
  'POST /v1/tenants': { name: 'Latarnia Morska', contexts: [{ context: CONTEXT, name: 'Latarnia Morska Rozewie' }] },
};
