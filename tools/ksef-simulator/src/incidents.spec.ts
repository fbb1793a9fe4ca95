import { afterEach, beforeEach, expect, it } from '@jest/globals';

import { INCIDENT_NAMES, type IncidentName, ManualClock, type Simulator } from './index.js';
import { type Answer, refusalOf } from './testing/answers.js';
import { control, journalOf } from './testing/control.js';
import { FA3, KsefClient } from './testing/ksef-client.js';
import { zip } from './testing/packages.js';
import { invoiceOf, loggedIn, nipContext, SELLER, startQuick } from './testing/setup.js';

const HOUR = 3_600_000;

let simulator: Simulator;
let clock: ManualClock;
let client: KsefClient;
beforeEach(async () => {
  clock = new ManualClock(new Date());
  simulator = await startQuick({ clock, seed: 'incidents', accessTokenTtlMs: 24 * HOUR });
  client = await loggedIn(simulator);
});
afterEach(async () => {
  await simulator.close();
});

async function play(name: IncidentName, times?: number): Promise<void> {
  const { status } = await control(simulator, 'POST', '/incidents', { name, times });
  expect(status).toBe(200);
}

async function settle(ms = 0): Promise<void> {
  clock.advance(ms);
  await simulator.state.tasks.settled();
}

/** Opened and uploaded, not closed. */
async function uploaded(numbers: readonly string[] = ['FV/1', 'FV/2']): Promise<string> {
  const files = numbers.map((number) => ({ name: `${number.replace('/', '-')}.xml`, content: invoiceOf(number) }));
  const sealed = await client.seal(await zip(files));
  const opened = await client.openBatch(sealed);
  await client.uploadAll(opened, sealed);
  return opened.referenceNumber;
}

const close = (reference: string, kind = 'batch') => client.call('POST', `/sessions/${kind}/${reference}/close`);
const read = (reference: string) => client.call('GET', `/sessions/${reference}`);
const statusOf = async (reference: string) => (await read(reference)).body.status.code;
/** The status of a call, or 0 when no answer came. */
const outcomeOf = (call: Promise<Answer>) =>
  call.then(
    ({ status }) => status,
    () => 0,
  );
/** The contract knows neither HTML nor 5xx; these calls go past its check. */
const bare = async (method: string, path: string): Promise<Response> =>
  fetch(`${simulator.ksefUrl}${path}`, { method, headers: { authorization: `Bearer ${client.accessToken ?? ''}` } });

async function duplicateStatus(): Promise<Answer['body']['status']> {
  const channel = await client.openOnline();
  await channel.send(invoiceOf('FV/1'));
  return (await channel.send(invoiceOf('FV/1'))).body.status;
}

const loginCode = async () => {
  const certificate = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER });
  return (await new KsefClient(simulator).login(certificate, nipContext(SELLER))).body.status.code;
};

const PLAYED: Readonly<Record<IncidentName, () => Promise<void>>> = {
  'html-with-200': async () => {
    const page = await bare('GET', '/limits/context');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect((await bare('GET', '/limits/context')).headers.get('content-type')).toContain('json');
  },
  'cancelled-within-seconds': async () => {
    const reference = await uploaded();
    expect((await close(reference)).status).toBe(204);
    expect(await statusOf(reference)).toBe(150);
    await settle();
    expect((await read(reference)).body).toMatchObject({ status: { code: 440 }, invoiceCount: 0 });
    expect(simulator.ledger().counters.accepted).toBe(0);
  },
  'invoice-hangs-in-150': async () => {
    const channel = await client.openOnline();
    const sent = await channel.post(channel.request(invoiceOf('FV/1')));
    const path = `/sessions/${channel.reference}/invoices/${sent.body.referenceNumber}`;
    await settle(1.9 * HOUR);
    expect((await client.call('GET', path)).body.status.code).toBe(150);
    await settle(0.2 * HOUR);
    expect((await client.call('GET', path)).body.status.code).toBe(200);
  },
  'session-hangs-in-150': async () => {
    const reference = await uploaded();
    await close(reference);
    await settle(5.9 * HOUR);
    expect(await statusOf(reference)).toBe(150);
    await settle(0.2 * HOUR);
    expect(await statusOf(reference)).toBe(200);
  },
  'duplicate-names-wrong-session': async () => {
    // Within one session no other could be named: the incident waits for a duplicate that has one.
    const { code, extensions } = await duplicateStatus();
    const [original] = simulator.ledger().accepted;
    expect([code, extensions?.['originalSessionReferenceNumber']]).toEqual([440, original?.sessionReferenceNumber]);
    const reference = await uploaded(['FV/1', 'FV/2']);
    await close(reference);
    await settle();
    const [duplicate, other] = await client.listInvoices(reference);
    expect([duplicate?.status.code, other?.status.code]).toEqual([440, 200]);
    expect(duplicate?.status.extensions).toEqual({
      originalKsefNumber: original?.ksefNumber,
      originalSessionReferenceNumber: reference,
    });
    // A real session, and the client's own; the original is not in it.
    expect((await read(reference)).body).toMatchObject({ status: { code: 200 }, successfulInvoiceCount: 1 });
    expect(reference).not.toBe(original?.sessionReferenceNumber);
  },
  'duplicate-names-nothing': async () => {
    const { code, extensions } = await duplicateStatus();
    expect([code, extensions]).toEqual([440, undefined]);
  },
  'status-fails-then-recovers': async () => {
    const reference = await uploaded();
    const statuses = [];
    for (let call = 0; call < 3; call++) statuses.push((await bare('GET', `/sessions/${reference}`)).status);
    expect(statuses).toEqual([500, 500, 200]);
  },
  'package-check-fails': async () => {
    const reference = await uploaded();
    await close(reference);
    await settle();
    expect(await statusOf(reference)).toBe(405);
    expect(simulator.ledger().counters.accepted).toBe(0);
  },
  'all-duplicates-of-ourselves': async () => {
    const reference = await uploaded();
    await close(reference);
    await settle();
    const rows = await client.listInvoices(reference);
    expect(await statusOf(reference)).toBe(445);
    expect(rows.map(({ status }) => status.code)).toEqual([440, 440]);
    const { accepted } = simulator.ledger();
    expect(rows.map(({ status }) => status.extensions?.['originalKsefNumber'])).toEqual(
      accepted.map(({ ksefNumber }) => ksefNumber),
    );
    const original = rows[0]?.status.extensions?.['originalSessionReferenceNumber'] ?? '';
    expect(original).not.toBe(reference);
    expect((await read(original)).body).toMatchObject({ status: { code: 200 }, successfulInvoiceCount: 2 });
  },
  'session-unknown-at-first': async () => {
    const reference = await uploaded();
    expect([refusalOf(await read(reference)), refusalOf(await close(reference))]).toEqual([21173, 21173]);
    expect(await statusOf(reference)).toBe(100);
  },
  'close-fails-but-is-done': async () => {
    const reference = await uploaded();
    expect((await bare('POST', `/sessions/batch/${reference}/close`)).status).toBe(500);
    expect(refusalOf(await close(reference))).toBe(21180);
    await settle();
    expect(await statusOf(reference)).toBe(200);
    expect((await journalOf(simulator))[0]?.detail).toBe('answered 204, told 500');
  },
  'close-bad-gateway-but-is-done': async () => {
    const reference = await uploaded();
    expect((await bare('POST', `/sessions/batch/${reference}/close`)).status).toBe(502);
    await settle();
    expect(await statusOf(reference)).toBe(200);
  },
  'close-times-out-then-hangs': async () => {
    const reference = await uploaded();
    expect(await outcomeOf(close(reference))).toBe(0);
    await settle(5 * HOUR);
    expect(await statusOf(reference)).toBe(150);
    expect((await control(simulator, 'POST', '/holds/release', {})).body.released).toEqual([reference]);
    await settle();
    expect(await statusOf(reference)).toBe(200);
  },
  'key-withdrawn': async () => {
    const old = await client.wrapKey();
    const open = (encryption: object) =>
      client.call('POST', '/sessions/online', {
        body: { formCode: FA3, encryption },
      });
    expect(refusalOf(await open(old.declared))).toBe(21470);
    expect((await open((await client.wrapKey()).declared)).status).toBe(201);
    const { publicKeyId: _none, ...unnamed } = old.declared;
    const { body } = await open(unnamed);
    await settle();
    expect(await statusOf(body.referenceNumber)).toBe(415);
  },
  'key-not-readable': async () => {
    const reference = await uploaded();
    await close(reference);
    await settle();
    expect(await statusOf(reference)).toBe(415);
  },
  'open-times-out': async () => {
    const sealed = await client.seal(await zip([{ name: 'a.xml', content: invoiceOf('FV/1') }]));
    expect(await outcomeOf(client.call('POST', '/sessions/batch', { body: sealed.request }))).toBe(0);
    const { sessions } = (await client.call('GET', '/sessions?sessionType=Batch')).body;
    expect(sessions.map(({ status }) => status.code)).toEqual([100]);
  },
  'upload-cut': async () => {
    const sealed = await client.seal(await zip([{ name: 'a.xml', content: invoiceOf('FV/1') }]));
    const opened = await client.openBatch(sealed);
    const upload = () => outcomeOf(client.uploadPart(opened.partUploadRequests[0]!, sealed.parts[0]!));
    expect([await upload(), await upload()]).toEqual([0, 201]);
    expect((await close(opened.referenceNumber)).status).toBe(204);
    await settle();
    expect(await statusOf(opened.referenceNumber)).toBe(200);
    expect(simulator.ledger().violations).toEqual([]);
  },
  'upload-addresses-expire': async () => {
    const sealed = await client.seal(await zip([{ name: 'a.xml', content: invoiceOf('FV/1') }]));
    const opened = await client.openBatch(sealed);
    const { status } = await client.uploadPart(opened.partUploadRequests[0]!, sealed.parts[0]!);
    expect(status).toBe(403);
    await settle(12 * HOUR);
    expect(await statusOf(opened.referenceNumber)).toBe(440);
  },
  'send-times-out': async () => {
    const channel = await client.openOnline();
    expect(await outcomeOf(channel.post(channel.request(invoiceOf('FV/1'))))).toBe(0);
    await settle();
    const rows = await client.listInvoices(channel.reference);
    expect(rows.map(({ status }) => status.code)).toEqual([200]);
  },
  'session-temporarily-unavailable': async () => {
    const channel = await client.openOnline();
    expect(refusalOf(await channel.send(invoiceOf('FV/1')))).toBe(21184);
    expect((await channel.send(invoiceOf('FV/1'))).body.status.code).toBe(200);
  },
  'throttled-at-opening': async () => {
    const sealed = await client.seal(await zip([{ name: 'a.xml', content: invoiceOf('FV/1') }]));
    const open = async () => {
      const { headers, status } = await client.call('POST', '/sessions/batch', { body: sealed.request });
      return [status, headers.get('retry-after')];
    };
    expect([await open(), await open(), await open()]).toEqual([
      [429, '1'],
      [429, '2'],
      [429, '4'],
    ]);
    clock.advance(4000);
    expect(await open()).toEqual([201, null]);
  },
  'token-refused': async () => {
    const wrapped = await client.wrapKey();
    const body = { formCode: FA3, encryption: wrapped.declared };
    expect((await client.call('POST', '/sessions/online', { body })).status).toBe(401);
    expect((await client.call('POST', '/sessions/online', { body })).status).toBe(201);
  },
  'permission-withdrawn': async () => {
    const wrapped = await client.wrapKey();
    const body = { formCode: FA3, encryption: wrapped.declared };
    const statuses = [];
    for (let call = 0; call < 4; call++) {
      statuses.push((await client.call('POST', '/sessions/online', { body })).status);
    }
    expect(statuses).toEqual([403, 403, 403, 201]);
  },
  'login-blocked': async () => {
    expect([await loginCode(), await loginCode()]).toEqual([480, 200]);
  },
  'login-cancelled': async () => {
    expect([await loginCode(), await loginCode()]).toEqual([550, 200]);
  },
  'invoice-unknown-error': async () => {
    const channel = await client.openOnline();
    expect((await channel.send(invoiceOf('FV/1'))).body.status.code).toBe(500);
    expect((await channel.send(invoiceOf('FV/1'))).body.status.code).toBe(200);
  },
  'invoice-cancelled-by-system': async () => {
    const channel = await client.openOnline();
    expect((await channel.send(invoiceOf('FV/1'))).body.status.code).toBe(550);
    expect((await channel.send(invoiceOf('FV/1'))).body.status.code).toBe(200);
  },
  'upo-not-ready': async () => {
    const channel = await client.openOnline();
    const { body } = await channel.send(invoiceOf('FV/1'));
    const path = `/sessions/${channel.reference}/invoices/${body.referenceNumber}/upo`;
    const upo = () => client.call('GET', path);
    expect([refusalOf(await upo()), refusalOf(await upo())]).toEqual([21178, 21178]);
    expect((await upo()).status).toBe(200);
  },
  'upo-link-expired': async () => {
    const { body } = await (await client.openOnline()).send(invoiceOf('FV/1'));
    expect((await fetch(body.upoDownloadUrl)).status).toBe(403);
    expect((await fetch(body.upoDownloadUrl)).status).toBe(200);
  },
  'lists-change-order': async () => {
    const numbers = Array.from({ length: 9 }, (_, index) => `FV/${String(index)}`);
    const reference = await uploaded(numbers);
    await close(reference);
    await settle();
    const ordinals = (await client.listInvoices(reference)).map(({ ordinalNumber }) => ordinalNumber);
    expect(ordinals).not.toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...ordinals].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  },
};

it.each(INCIDENT_NAMES)('plays %s, once', async (name) => {
  await play(name);

  await PLAYED[name]();

  const journal = await journalOf(simulator);
  expect(journal.length).toBeGreaterThan(0);
  expect(new Set(journal.map(({ cause }) => cause))).toEqual(new Set([`incident: ${name}`]));
});

it('plays an incident as often as ordered', async () => {
  await play('login-blocked', 2);

  expect([await loginCode(), await loginCode(), await loginCode()]).toEqual([480, 480, 200]);
});

it('lists the incidents, and refuses one that never happened', async () => {
  const { body } = await control(simulator, 'GET', '/incidents');

  expect(body).toHaveLength(INCIDENT_NAMES.length);
  expect(body).toContainEqual({
    name: 'close-fails-but-is-done',
    description: 'closing is answered 500, but the session is closed and processed',
    source: '#822',
  });
  expect((await control(simulator, 'POST', '/incidents', { name: 'earthquake' })).status).toBe(400);
});
