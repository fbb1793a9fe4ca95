import { afterEach, describe, expect, it } from '@jest/globals';
import { LatarniaUnreachableError, Temporal } from '@latarnik/domain';

import { NOW } from '../testing/fakes.js';
import { type AdapterUnderTest, adapterUnderTest, type Replacements, type Routes } from '../testing/ksef-double.js';
import { html, json } from '../testing/local-server.js';

let adapter: AdapterUnderTest;
afterEach(async () => {
  await adapter.close();
});

async function start(
  path: 'messages' | 'status',
  reply: Routes[string],
  replacements: Replacements = {},
): Promise<void> {
  adapter = await adapterUnderTest({ [`GET /latarnia/${path}`]: reply }, replacements);
}

const message = (more: object = {}): Record<string, unknown> => ({
  id: 'K/2026/AWR/02',
  eventId: 1002,
  category: 'FAILURE',
  type: 'FAILURE_START',
  title: 'Awaria KSeF',
  text: 'Informujemy o awarii Krajowego Systemu e-Faktur.',
  start: '2026-11-20T08:13:00+01:00',
  end: null,
  version: 1,
  published: '2026-11-20T08:30:00+01:00',
  ...more,
});

const instant = (text: string): Temporal.Instant => Temporal.Instant.from(text);

describe('the messages of Latarnia', () => {
  it('are read as bulletins', async () => {
    const messages = [
      message(),
      message({
        id: 'K/2026/AWR/03',
        category: 'TOTAL_FAILURE',
        type: 'FAILURE_END',
        end: '2026-11-20T11:00:00+01:00',
        version: 2,
      }),
      message({ category: 'MAINTENANCE', type: 'MAINTENANCE_ANNOUNCEMENT', eventId: 'E-7', version: 3, more: true }),
    ];
    await start('messages', json(200, messages));
    const first = {
      id: 'K/2026/AWR/02',
      version: 1,
      eventId: '1002',
      category: 'failure',
      type: 'start',
      title: 'Awaria KSeF',
      text: 'Informujemy o awarii Krajowego Systemu e-Faktur.',
      start: instant('2026-11-20T07:13:00Z'),
      publishedAt: instant('2026-11-20T07:30:00Z'),
      source: 'latarnia',
      fetchedAt: instant(NOW),
    };
    const bulletins = await adapter.latarnia.bulletins();
    expect(bulletins.map(({ raw }) => JSON.parse(raw ?? '') as unknown)).toEqual(messages);
    expect(bulletins.map(({ raw: _, ...bulletin }) => bulletin)).toEqual([
      first,
      {
        ...first,
        id: 'K/2026/AWR/03',
        version: 2,
        category: 'total-failure',
        type: 'end',
        end: instant('2026-11-20T10:00:00Z'),
      },
      { ...first, version: 3, eventId: 'E-7', category: 'maintenance', type: 'announcement' },
    ]);
    expect(adapter.events).toEqual([]);
    expect(adapter.server.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('with unknown words are kept as unknown, and reported', async () => {
    await start('messages', json(200, [message({ category: 'CYBERATTACK', type: 3 })]));
    expect(await adapter.latarnia.bulletins()).toMatchObject([{ category: 'unknown', type: 'unknown' }]);
    expect(adapter.events).toEqual([
      { code: 'BULLETIN_WORD_UNKNOWN', field: 'category', word: 'CYBERATTACK' },
      { code: 'BULLETIN_WORD_UNKNOWN', field: 'type', word: '3' },
    ]);
  });

  it('with an unknown word are kept as they came', async () => {
    const odd = message({ category: 'CYBERATTACK', scope: { systems: ['KSeF'] } });
    await start('messages', json(200, [odd]));
    expect((await adapter.latarnia.bulletins()).map(({ raw }) => raw)).toEqual([JSON.stringify(odd)]);
  });

  it.each([
    ['null', { title: null, text: null }],
    ['missing', { title: undefined, text: undefined }],
  ])('whose title and text are %s are kept', async (_name, wordless) => {
    await start('messages', json(200, [message(wordless)]));
    expect(await adapter.latarnia.bulletins()).toMatchObject([{ id: 'K/2026/AWR/02', title: '', text: '' }]);
    expect(adapter.events).toEqual([]);
  });

  it('that come again with another content are reported, once for each change', async () => {
    const changed = message({ end: '2026-11-20T11:00:00+01:00' });
    await start('messages', [
      json(200, [message()]),
      json(200, [{ newProperty: 1, ...message() }]),
      json(200, [changed]),
      json(200, [message({ id: 'K/2026/AWR/03' })]),
      json(200, [changed]),
      json(200, [changed, message()]),
      json(200, [message(), changed]),
      json(200, [message({ version: 2, text: 'new' })]),
    ]);
    const told: number[] = [];
    for (let at = 0; at < 8; at += 1) {
      await adapter.latarnia.bulletins();
      told.push(adapter.events.length);
    }
    expect(told).toEqual([0, 0, 1, 1, 1, 2, 2, 2]);
    const event = { code: 'BULLETIN_CHANGED', bulletinId: 'K/2026/AWR/02', version: 1 };
    expect(adapter.events).toEqual([event, event]);
  });

  it.each([
    ['no start', { start: undefined }],
    ['a start without offset', { start: '2026-11-20T08:13:00' }],
    ['a day that is none', { published: '2026-02-30T08:13:00Z' }],
    ['no version', { version: null }],
    ['an end in words', { end: 'later' }],
    ['an empty id', { id: '' }],
  ])('with %s are left out one by one, and reported', async (_name, wrong) => {
    await start('messages', json(200, [message(wrong), message()]));
    expect(await adapter.latarnia.bulletins()).toHaveLength(1);
    expect(adapter.events).toEqual([
      { code: 'BULLETIN_DROPPED', position: 1, reason: `unreadable: ${Object.keys(wrong).join()}` },
    ]);
  });

  it('are an empty list when there are none', async () => {
    await start('messages', json(200, []));
    expect(await adapter.latarnia.bulletins()).toEqual([]);
  });

  it('of which none can be read are no answer', async () => {
    await start('messages', json(200, [{ id: 'x' }, null]));
    await expect(adapter.latarnia.bulletins()).rejects.toThrow(LatarniaUnreachableError);
  });

  it.each<[string, Routes[string]]>([
    ['HTML with 200', html(200)],
    ['an object', json(200, { messages: [] })],
    ['500', json(500, [])],
    ['a redirect', { status: 301, headers: { location: 'http://127.0.0.1:1/' } }],
    ['5 MB', json(200, [message({ text: 'x'.repeat(5_000_000) })])],
    ['3,000 messages', json(200, Array(3000).fill({}))],
    ['an answer cut off', 'reset-mid-answer'],
  ])('are not believed from %s', async (_name, reply) => {
    await start('messages', reply);
    await expect(adapter.latarnia.bulletins()).rejects.toThrow(LatarniaUnreachableError);
  });

  it('are unknown, not absent, when no answer comes', async () => {
    await start('messages', 'silence', { options: { probeTimeoutMs: 100, callTimeoutMs: 60_000 } });
    await expect(adapter.latarnia.bulletins()).rejects.toThrow('Latarnia: no answer in time');
  });
});

describe('the state Latarnia tells', () => {
  it.each([
    ['AVAILABLE', 'available'],
    ['MAINTENANCE', 'maintenance'],
    ['FAILURE', 'failure'],
    ['TOTAL_FAILURE', 'total-failure'],
    ['TOTAL_FAILURE_2', 'unknown'],
    [4, 'unknown'],
  ])('%s is %s', async (status, state) => {
    await start('status', json(200, { status, messages: [] }));
    expect(await adapter.latarnia.state()).toBe(state);
  });

  it('is not available when there is no answer, or none that is understood', async () => {
    await start('status', [html(200), json(200, {}), json(503, { status: 'AVAILABLE' }), 'reset']);
    for (let at = 0; at < 4; at += 1) {
      await expect(adapter.latarnia.state()).rejects.toThrow(LatarniaUnreachableError);
    }
  });
});

describe('Latarnia out of reach', () => {
  it.each<[Routes[string], string]>([
    ['reset', 'nobody'],
    [html(503), 'its-host'],
    [html(200), 'its-host'],
    [json(200, []), 'its-host'],
  ])('tells whether something answered at its address', async (reply, from) => {
    await start('status', reply);
    await expect(adapter.latarnia.state()).rejects.toMatchObject({ name: 'LatarniaUnreachableError', from });
  });
});
