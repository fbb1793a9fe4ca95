import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices, type ExampleInvoice } from '@latarnik/demo';
import { seedTenant, type System } from '@latarnik/launcher';
import ICAL from 'ical.js';
import pg from 'pg';
import { call, eventually, issue, today, type Answer } from './testing/client.js';
import { DescribedAnswers } from './testing/described-answers.js';
import { runningSystem } from './testing/running-system.js';

interface Deadline {
  readonly kind: 'due' | 'open' | 'none';
  readonly day: string | null;
  readonly endsAt: string | null;
  readonly targetAt: string | null;
  readonly regime: string;
  readonly basis: string;
  readonly overdue: boolean;
  readonly explanation: readonly string[];
}
interface Invoice {
  readonly id: string;
  readonly number: string;
  readonly mode: string;
  readonly codes: Readonly<Record<'invoice' | 'certificate', { readonly label: string } | null>>;
  readonly deadline: Deadline | null;
  readonly explanation: readonly string[];
  readonly links: Readonly<Record<string, string>>;
}
interface DueDay {
  readonly day: string | null;
  readonly kind: string;
  readonly context: string;
  readonly endsAt: string | null;
  readonly invoices: number;
  readonly byRegime: Readonly<Record<string, number>>;
  readonly atRisk: Readonly<Record<string, number>>;
  readonly overdue: number;
  readonly links: { readonly invoices: string };
}
interface Explained {
  readonly term: (Deadline & { readonly inputs: Readonly<Record<string, unknown>> }) | null;
  readonly steps: readonly string[];
  readonly otherReadings: readonly { readonly policy: string; readonly reading: string }[];
  readonly storedIsReplayable: boolean;
  readonly alerts: readonly { readonly stage: string }[];
}

const HOUR_MS = 3_600_000;
const READ_AT = 'https://www.podatki.gov.pl/ksef/komunikaty';
/** So many hours ago, in whole seconds. */
const hoursAgo = (hours: number): string => `${new Date(Date.now() - hours * HOUR_MS).toISOString().slice(0, 19)}Z`;

/** A person with a credential, asking. */
class Client {
  constructor(
    readonly system: Pick<System, 'apiUrl' | 'apiKey'>,
    readonly answers: DescribedAnswers,
  ) {}

  async send(method: string, route: string, body: unknown, path = route): Promise<Answer> {
    const answer = await call(this.system, { method, path, body: JSON.stringify(body), type: 'application/json' });
    return this.answers.note(method, route, answer);
  }

  async get<T>(route: string, path = route): Promise<T> {
    const answer = this.answers.note('get', route, await call(this.system, { path }));
    if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`);
    return answer.json as T;
  }

  invoice(id: string): Promise<Invoice> {
    return this.get('/v1/invoices/{id}', `/v1/invoices/${id}`);
  }

  explained(id: string, asOf?: string): Promise<Explained> {
    const query = asOf === undefined ? '' : `?asOf=${encodeURIComponent(asOf)}`;
    return this.get('/v1/invoices/{id}/deadline', `/v1/invoices/${id}/deadline${query}`);
  }

  async dueDays(query = ''): Promise<readonly DueDay[]> {
    return (await this.get<{ items: readonly DueDay[] }>('/v1/deadlines', `/v1/deadlines${query}`)).items;
  }

  confirm(eventId: string, person: string): Promise<Answer> {
    const path = `/v1/announcements/${encodeURIComponent(eventId)}/confirmations`;
    return this.send('POST', '/v1/announcements/{eventId}/confirmations', { person, readAt: READ_AT }, path);
  }
}

/** Own sellers' examples, each used once. */
async function ownExamples(system: System): Promise<() => ExampleInvoice> {
  const all = (await exampleInvoices(80, today())).filter(
    ({ contentType, body, file }) =>
      contentType === 'application/xml' &&
      new TextDecoder().decode(body).includes(`<NIP>${system.contextNip}</NIP>`) &&
      !/self|samofakt/i.test(file),
  );
  return () => {
    const example = all.shift();
    if (example === undefined) throw new Error('out of examples');
    return example;
  };
}

const isLookedAt = (system: System) => async () =>
  (await call(system, { path: '/v1/availability' })).json['mode'] === 'online';

/** The steps build on one another, as days do. */
describe('deadlines through the API', () => {
  let system: System;
  let client: Client;
  let next: () => ExampleInvoice;
  const answers = new DescribedAnswers();
  beforeAll(async () => {
    system = await runningSystem({
      env: { LATARNIK_BATCH_LINGER_SECONDS: '3600', LATARNIK_ALERT_SECONDS: '1' },
    });
    client = new Client(system, answers);
    next = await ownExamples(system);
    await eventually('KSeF was looked at', isLookedAt(system));
  });
  afterAll(() => system.stop());

  const issued = async (query = '?mode=offline24', example = next()): Promise<Invoice> => {
    const { status, text, json } = await issue(system, example, query);
    if (status !== 201) throw new Error(text);
    return json as unknown as Invoice;
  };
  let first: Invoice;
  let beforeNotice: string;
  /** The failure at the simulator, until its end. */
  let announced: number;

  it('explains every invoice: the mode, and the deadline or why there is none', async () => {
    first = await issued();
    expect(first.explanation[0]).toBe('Issued as offline24 (art. 106nda). The issuer chose offline24.');
    expect(first.explanation.slice(1)).toEqual(first.deadline?.explanation);
    expect(first.deadline).toMatchObject({ kind: 'due', targetAt: first.deadline?.endsAt });

    const online = await issued('?mode=online');
    await eventually(
      'it is sent',
      async () => (await client.invoice(online.id)).explanation[1]?.includes('later') ?? false,
    );
    expect(await client.invoice(online.id)).toMatchObject({
      deadline: null,
      explanation: [
        'Issued online (art. 106na). KSeF answers, and no announced outage covers the invoice.',
        'Posted online on the day of P_1: nothing is due later (art. 106na).',
      ],
    });
    expect(await client.explained(online.id)).toMatchObject({
      term: null,
      steps: ['Posted online on the day of P_1: nothing is due later (art. 106na).'],
    });
  });

  it('counts what waits by day and context, and leads to it', async () => {
    await issued();
    const context = `Nip:${system.contextNip}`;
    const days = await client.dueDays();

    expect(days).toEqual([
      expect.objectContaining({
        day: first.deadline?.day,
        kind: 'due',
        context,
        endsAt: first.deadline?.endsAt,
        invoices: 2,
        byRegime: { offline24: 2 },
        overdue: 0,
        needPerson: 0,
      }),
    ]);
    const { items } = (await call(system, { path: days[0]?.links.invoices ?? '' })).json as { items: Invoice[] };
    expect(items.map(({ id }) => id)).toContain(first.id);
    expect(await client.dueDays(`?context=${context}`)).toEqual(days);
    expect(await client.dueDays('?context=Nip:7335255579')).toEqual([]);
    expect((await call(system, { path: '/v1/deadlines?context=Nip:1' })).json['code']).toBe('CONTEXT_INVALID');
  });

  it('is a calendar that another program reads', async () => {
    const { headers, text } = await call(system, { path: '/v1/deadlines.ics' });
    const events = new ICAL.Component(ICAL.parse(text) as unknown[])
      .getAllSubcomponents('vevent')
      .map((event) => new ICAL.Event(event));
    const lastSecond = Math.floor(Date.parse(first.deadline?.endsAt ?? '') / 1000);

    expect(headers.get('content-type')).toBe('text/calendar; charset=utf-8');
    expect(events.map(({ endDate }) => endDate.toUnixTime())).toEqual([lastSecond]);
    expect(events[0]?.summary).toContain('2 faktury do przesłania / 2 invoices to send');
    expect(events[0]?.component.getAllSubcomponents('valarm').length).toBeGreaterThanOrEqual(1);
    const again = await call(system, { path: '/v1/deadlines.ics' });
    expect(/UID:(.*)/.exec(again.text)?.[1]).toBe(events[0]?.uid);
    expect((await call(system, { path: '/v1/deadlines.ics', apiKey: '' })).status).toBe(401);
  });

  it('aims earlier where the house says so, and never later than the law', async () => {
    const put = (body: object, context = `Nip/${system.contextNip}`) =>
      client.send('PUT', '/v1/house-policies/{contextType}/{contextValue}', body, `/v1/house-policies/${context}`);
    const decision = { person: 'Anna Nowak', reason: 'Two hours of reserve.' };
    const twoHours = { kind: 'hours-before-end', hours: 2 };
    const decided = await put({ ...decision, policies: [twoHours] });

    expect(decided).toMatchObject({ status: 200, json: { policies: [twoHours], person: 'Anna Nowak' } });
    const target = new Date(Date.parse(first.deadline?.endsAt ?? '') - 2 * HOUR_MS).toISOString();
    await eventually('the target moved', async () => (await client.invoice(first.id)).deadline?.targetAt === target);
    expect((await client.invoice(first.id)).deadline).toMatchObject({ day: first.deadline?.day });

    const later = await put({ ...decision, policies: [{ kind: 'days-from-issue', days: 30 }, twoHours] });
    expect(later).toMatchObject({
      status: 422,
      json: {
        code: 'HOUSE_POLICY_LATER_THAN_LAW',
        findings: [{ message: expect.stringContaining('art. 106nf(4)'), policy: { days: 30 } }],
      },
    });
    expect(await put({ ...decision, policies: [] }, 'Nip/7335255579')).toMatchObject({ status: 404 });
    expect(await put({ ...decision, policies: [], by: 'x' })).toMatchObject({ status: 400 });
    expect(await client.get('/v1/house-policies')).toMatchObject({
      items: [{ context: `Nip:${system.contextNip}`, policies: [twoHours], history: [decision] }],
    });
    await put({ policies: [], person: 'Anna Nowak', reason: 'No longer.' });
    await eventually(
      'the target is the end again',
      async () => (await client.invoice(first.id)).deadline?.targetAt === first.deadline?.endsAt,
    );
  });

  it('reads a question of the law in another way only for a recorded reason', async () => {
    const post = (body: object) => client.send('POST', '/v1/deadline-policies', body);
    const request = { policy: 'saturday', reading: 'business-day', person: 'Anna Nowak', reason: 'Opinion of 3.11.' };

    expect(await post({ ...request, reason: ' ' })).toMatchObject({ status: 422, json: { code: 'REASON_MISSING' } });
    expect(await post({ ...request, reading: 'holiday' })).toMatchObject({
      status: 422,
      json: { code: 'READING_NOT_ALLOWED', allowed: ['free-day', 'business-day'] },
    });
    expect(await post({ ...request, policy: 'sunday' })).toMatchObject({
      status: 422,
      json: { code: 'POLICY_UNKNOWN' },
    });
    expect(await post(request)).toMatchObject({ status: 201, json: request });

    const { items } = await client.get<{ items: readonly { policy: string; history: readonly object[] }[] }>(
      '/v1/deadline-policies',
    );
    expect(items.find(({ policy }) => policy === 'saturday')).toMatchObject({
      default: 'free-day',
      current: 'business-day',
      history: [request],
    });
    const explained = await client.explained(first.id);
    expect(explained.term?.inputs).toMatchObject({ changedPolicies: { saturday: 'business-day' } });
    expect(explained.steps.at(-1)).toBe('Read as the tenant decided: saturday = business-day.');
    expect(await post({ ...request, reading: 'free-day', reason: 'Back to the default.' })).toMatchObject({
      status: 201,
    });
    expect((await client.explained(first.id)).term).toMatchObject({
      day: first.deadline?.day,
      inputs: { changedPolicies: {} },
    });
  });

  const failure = {
    id: 'K/2026/AWR/77',
    version: 1,
    eventId: 'event/77: ł',
    category: 'failure',
    type: 'start',
    title: 'Awaria KSeF',
    text: 'Komunikat z BIP.',
    start: hoursAgo(1),
    publishedAt: hoursAgo(0),
    person: 'Anna Nowak',
    readAt: READ_AT,
  };
  const enter = (body: object) => client.send('POST', '/v1/announcements', body);

  it('takes a notice from BIP once, and moves what waits', async () => {
    beforeNotice = new Date().toISOString();
    const notice = { ...failure, publishedAt: hoursAgo(0) };
    const entered = await enter(notice);

    expect(entered).toMatchObject({
      status: 201,
      json: {
        id: 'notice:K/2026/AWR/77',
        source: 'bip',
        simulation: false,
        enteredBy: { person: 'Anna Nowak', readAt: READ_AT },
        confirmation: null,
      },
    });
    expect(await enter(notice)).toMatchObject({ status: 200, json: entered.json });
    expect(await enter({ ...notice, title: 'x' })).toMatchObject({
      status: 409,
      json: { code: 'NOTICE_VERSION_TAKEN', next: 2 },
    });
    expect(await enter({ ...notice, version: 3 })).toMatchObject({
      status: 409,
      json: { code: 'NOTICE_VERSION_SKIPPED', next: 2 },
    });
    await eventually('it is open', async () => (await client.invoice(first.id)).deadline?.kind === 'open');

    expect(await client.dueDays()).toContainEqual(
      expect.objectContaining({ kind: 'open', day: null, byRegime: { emergency: 2 } }),
    );
    expect((await issued('')).mode).toBe('emergency');
    expect(entered.text).not.toContain(system.apiKey);
  });

  it.each([
    ['a start in the future', { start: hoursAgo(-2) }, 422, 'start'],
    ['an end that is not one', { type: 'end' }, 422, 'end'],
    ['no person', { person: ' ' }, 422, 'person'],
    ['no source', { readAt: '' }, 422, 'readAt'],
  ])('refuses a notice with %s and names the field', async (_what, wrong, status, field) => {
    const refused = await enter({ ...failure, id: 'wrong', eventId: 'wrong', ...wrong });

    expect(refused).toMatchObject({ status, json: { code: 'NOTICE_INVALID' } });
    expect((refused.json['findings'] as { field: string }[]).map((finding) => finding.field)).toContain(field);
  });

  it('refuses the end of an event that nobody announced, a moment without offset, and fields it does not know', async () => {
    const end = { ...failure, id: 'e', eventId: 'unheard of', type: 'end', start: hoursAgo(2), end: hoursAgo(1) };

    expect(await enter(end)).toMatchObject({ status: 422, json: { code: 'EVENT_UNKNOWN' } });
    expect(await enter({ ...failure, start: '2026-11-20T10:00:00' })).toMatchObject({ status: 400 });
    expect(await enter({ ...failure, source: 'latarnia' })).toMatchObject({ status: 400 });
    for (const eventId of ['unheard of', 'ł'.repeat(200)]) {
      expect(await client.confirm(eventId, 'Jan Kowalski')).toMatchObject({
        status: 404,
        json: { code: 'EVENT_UNKNOWN', eventId },
      });
    }
    expect(await client.confirm(failure.eventId, 'Jan Kowalski')).toMatchObject({
      status: 409,
      json: { code: 'NOTHING_TO_CONFIRM', category: 'failure' },
    });
  });

  it('gives seven business days from the end, and can still tell what was known before', async () => {
    const end = { ...failure, id: 'K/2026/AWR/78', type: 'end', end: hoursAgo(0), publishedAt: hoursAgo(0) };
    const whileOpen = new Date().toISOString();
    expect(await enter(end)).toMatchObject({ status: 201, json: { binding: 'States the end of the outage.' } });
    await eventually('it is due', async () => (await client.invoice(first.id)).deadline?.kind === 'due');

    const { deadline } = await client.invoice(first.id);
    expect(deadline).toMatchObject({ regime: 'emergency' });
    expect(Date.parse(deadline?.endsAt ?? '') - Date.now()).toBeGreaterThan(8 * 24 * HOUR_MS);
    const [before, between, now] = await Promise.all(
      [beforeNotice, whileOpen, undefined].map((asOf) => client.explained(first.id, asOf)),
    );
    expect(before?.term).toMatchObject({ kind: 'due', day: first.deadline?.day, regime: 'offline24' });
    expect(between?.term).toMatchObject({
      kind: 'open',
      inputs: { bulletins: [{ bulletin: 'notice:K/2026/AWR/77', version: 1 }] },
    });
    expect(now).toMatchObject({ term: { kind: 'due', day: deadline?.day }, storedIsReplayable: true });
    expect(now?.steps).toEqual(deadline?.explanation);
    expect(await client.explained(first.id, '2026-01-01T00:00:00Z')).toMatchObject({
      term: null,
      steps: ['It was not issued at that moment.'],
    });
    const asOf = (text: string) =>
      call(system, { path: `/v1/invoices/${first.id}/deadline?asOf=${encodeURIComponent(text)}` });
    expect([(await asOf('2150-01-01T00:00:00Z')).status, (await asOf('yesterday')).status]).toEqual([400, 400]);
    expect((await call(system, { path: `/v1/invoices/${randomUUID()}/deadline` })).status).toBe(404);
  });

  it('issues documents without codes in a total failure, and gives them codes when that is taken back', async () => {
    const rehearsal = {
      ...failure,
      id: 'rehearsal',
      eventId: 'rehearsal',
      category: 'total-failure',
      start: hoursAgo(0),
      publishedAt: hoursAgo(0),
      simulation: true,
    };
    expect(await enter(rehearsal)).toMatchObject({
      status: 201,
      json: {
        source: 'simulation',
        simulation: true,
        confirmation: { needed: 1, confirmedBy: ['Anna Nowak'], missing: 0, inEffect: true },
      },
    });
    const invoice = await issued('');
    expect(invoice).toMatchObject({
      mode: 'total-failure',
      codes: { invoice: null, certificate: null },
      deadline: { kind: 'none' },
    });
    expect(Object.keys(invoice.links)).not.toContain('qrInvoice');
    for (const code of ['invoice.png', 'certificate.svg']) {
      const { status, json } = await call(system, { path: `/v1/invoices/${invoice.id}/qr/${code}` });
      expect([status, json['code']]).toEqual([409, 'NO_CODES_IN_TOTAL_FAILURE']);
    }

    expect(await enter({ ...rehearsal, version: 2, type: 'withdrawal' })).toMatchObject({
      status: 201,
      json: { binding: 'Takes the notice back.' },
    });
    await eventually('it has codes', async () => (await client.invoice(invoice.id)).codes.certificate !== null);
    expect((await client.invoice(invoice.id)).deadline?.kind).toBe('due');
    expect((await call(system, { path: `/v1/invoices/${invoice.id}/qr/invoice.png` })).status).toBe(200);
  });

  it('shows what Latarnia announces, and that it is test data', async () => {
    const eventId = await system.control.beginFailure('Awaria z Latarni');
    announced = eventId;
    interface List {
      readonly note: string;
      readonly items: readonly { source: string; eventId: string; flagged: boolean; binding: string }[];
      readonly outages: readonly { eventId: string; category: string; reliedOn: boolean; end: string | null }[];
    }
    const list = () => client.get<List>('/v1/announcements');
    await eventually('it is read', async () => (await list()).items.some((item) => item.source === 'latarnia'));

    const { note, items, outages } = await list();
    expect(note).toContain('test data');
    expect(items.find((item) => item.source === 'latarnia')).toMatchObject({
      eventId: String(eventId),
      flagged: false,
      binding: 'States the period of the outage. Its publication is when the outage was announced.',
    });
    expect(items.filter((item) => item.source === 'simulation')).toHaveLength(2);
    expect(outages).toContainEqual(
      expect.objectContaining({ eventId: String(eventId), category: 'failure', reliedOn: true, end: null }),
    );
    expect(outages.filter(({ category }) => category === 'total-failure')).toEqual([]);
  });

  it('warns of an invoice that is overdue from the start, once', async () => {
    // It would be sent at once, with all that waits.
    await eventually('nothing is sent', async () => {
      const { sending } = await client.get<{ sending: boolean }>('/v1/availability');
      return !sending;
    });
    const text = new TextDecoder().decode(next().body).replace(/<P_1>[^<]*<\/P_1>/, '<P_1>2026-09-01</P_1>');
    const old = await issued('', {
      file: 'old.xml',
      number: 'old',
      contentType: 'application/xml',
      body: new TextEncoder().encode(text),
    });
    const raised = async () => {
      const { items } = await client.get<{ items: { invoiceId: string; stage: string; number: string }[] }>(
        '/v1/alerts',
      );
      return items.filter(({ invoiceId, stage }) => invoiceId === old.id && stage === 'overdue');
    };
    await eventually('it is warned of', async () => (await raised()).length > 0);

    expect(await raised()).toMatchObject([
      {
        number: old.number,
        status: 'signed',
        dueAt: old.deadline?.endsAt,
        links: { deadline: `/v1/invoices/${old.id}/deadline` },
      },
    ]);
    expect((await client.explained(old.id)).alerts.map(({ stage }) => stage)).toContain('overdue');
    expect((await client.dueDays())[0]).toMatchObject({ day: '2026-09-02', overdue: 1, atRisk: { '24h': 0 } });
    expect((await call(system, { path: '/v1/alerts?limit=0' })).status).toBe(400);
    await system.control.endOutage(announced);
  });

  it('keeps tenants apart', async () => {
    const { apiKey } = await seedTenant(system.apiEnv, 'Another company', '7335255579');
    const foreign = new Client({ ...system, apiKey }, answers);
    const { items } = await foreign.get<{ items: readonly { source: string }[] }>('/v1/announcements');

    expect(items.every(({ source }) => source === 'latarnia')).toBe(true);
    expect(items.length).toBeGreaterThan(0);
    expect(await foreign.dueDays()).toEqual([]);
    expect(await foreign.get('/v1/alerts')).toEqual({ items: [] });
    expect((await call(foreign.system, { path: `/v1/invoices/${first.id}/deadline` })).status).toBe(404);
  });

  it('answered what its description says, each time', async () => {
    const { json } = await call(system, { path: '/openapi.json' });

    expect(answers.misfits(json)).toEqual([]);
    expect(answers.operations).toEqual(
      expect.arrayContaining([
        'get /v1/announcements 200',
        'post /v1/announcements 201',
        'post /v1/announcements 200',
        'post /v1/announcements 422',
        'get /v1/deadlines 200',
        'get /v1/invoices/{id} 200',
        'get /v1/invoices/{id}/deadline 200',
        'get /v1/alerts 200',
        'get /v1/deadline-policies 200',
        'post /v1/deadline-policies 201',
        'get /v1/house-policies 200',
        'put /v1/house-policies/{contextType}/{contextValue} 200',
      ]),
    );
  });
});

describe('a total failure where real invoices are at stake', () => {
  let system: System;
  let anna: Client;
  let jan: Client;
  const answers = new DescribedAnswers();
  const notice = {
    id: 'radio',
    version: 1,
    category: 'total-failure',
    type: 'start',
    title: 'Awaria całkowita',
    text: 'Komunikat w radiu.',
    readAt: 'Polskie Radio, 12:00',
  };
  beforeAll(async () => {
    system = await runningSystem({
      env: { LATARNIK_ENVIRONMENT: 'production', LATARNIK_BATCH_LINGER_SECONDS: '3600' },
    });
    const secondKey = `lk_${randomBytes(32).toString('base64url')}`;
    await addApiKey(system, secondKey);
    anna = new Client(system, answers);
    jan = new Client({ ...system, apiKey: secondKey }, answers);
    await eventually('KSeF was looked at', isLookedAt(system));
  });
  afterAll(() => system.stop());

  it('needs the word of two persons, with two names and two credentials', async () => {
    const now = hoursAgo(0);
    const body = { ...notice, start: now, publishedAt: now };
    expect(
      await anna.send('POST', '/v1/announcements', { ...body, person: 'Anna Nowak', simulation: true }),
    ).toMatchObject({ status: 409, json: { code: 'SIMULATION_ON_PRODUCTION' } });
    const entered = await anna.send('POST', '/v1/announcements', { ...body, person: 'Anna Nowak' });
    expect(entered.json).toMatchObject({
      binding: expect.stringContaining('decides nothing'),
      confirmation: { needed: 2, confirmedBy: ['Anna Nowak'], missing: 1, inEffect: false },
    });
    const eventId = String(entered.json['eventId']);
    const example = (await ownExamples(system))();
    const before = await issue(system, example, '?mode=offline24');
    expect(before.json).toMatchObject({ mode: 'offline24', deadline: { kind: 'due' } });

    for (const [client, person] of [
      [anna, 'Jan Kowalski'],
      [jan, ' anna  nowak '],
    ] as const) {
      expect(await client.confirm(eventId, person)).toMatchObject({ status: 409, json: { code: 'SAME_PERSON' } });
    }
    expect(await jan.confirm(eventId, ' ')).toMatchObject({ status: 422, json: { code: 'PERSON_MISSING' } });
    expect(await jan.confirm(eventId, 'Jan Kowalski')).toMatchObject({
      status: 200,
      json: { eventId, confirmedBy: ['Anna Nowak', 'Jan Kowalski'], missing: 0 },
    });
    const id = String(before.json['id']);
    await eventually('the duty is lifted', async () => (await anna.invoice(id)).deadline?.kind === 'none');

    expect((await anna.invoice(id)).codes.invoice).not.toBeNull();
    expect(await anna.get('/v1/announcements')).toMatchObject({
      environment: 'production',
      note: null,
      items: [{ confirmation: { missing: 0, inEffect: true } }],
      outages: [{ category: 'total-failure', reliedOn: true }],
    });
    expect(answers.misfits((await call(system, { path: '/openapi.json' })).json)).toEqual([]);
  });
});

/** A second credential of the tenant; administration of keys has no route yet. */
async function addApiKey({ databaseUrl, tenantId }: System, key: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('INSERT INTO api_key (tenant_id, id, sha256) VALUES ($1, $2, $3)', [
      tenantId,
      randomUUID(),
      createHash('sha256').update(key).digest(),
    ]);
  } finally {
    await client.end();
  }
}
