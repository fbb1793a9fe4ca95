import { describe, expect, it } from '@jest/globals';
import { crc8 } from '../ksef-number/crc8.js';
import type { UpoDocument, UpoEntry } from '../session/session-reader.port.js';
import { TENANT } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { plainDocument } from '../testing/plain-document.js';
import { sha256 } from '../testing/sha256.js';
import { LEASE_SECONDS } from './advance-batch.js';

const GO_ON = { aborted: false };
const FOUR = ['FV/1', 'FV/2', 'FV/3', 'FV/4'];

/** Sessions of any size are accepted by their UPO; KSeF gives it on pages of three. */
function worldOf(listKeepsUpTo = 0) {
  const world = new DeliveryWorld();
  world.listKeepsUpTo = listKeepsUpTo;
  let lists = 0;
  const invoices = world.ksef.invoices.bind(world.ksef);
  world.ksef.invoices = (...args) => ((lists += 1), invoices(...args));
  return { world, lists: () => lists };
}

const BODY = '5265877635-20261123-ABCDEFABCDEF';
const ANOTHER_NUMBER = `${BODY}-${crc8(BODY).toString(16).toUpperCase().padStart(2, '0')}`;

/** What KSeF's pages say, bent. */
function bendPages(world: DeliveryWorld, bend: (entries: readonly UpoEntry[]) => readonly UpoEntry[]): void {
  const page = world.ksef.upoPage.bind(world.ksef);
  world.ksef.upoPage = async (...args): Promise<UpoDocument | undefined> => {
    const upo = await page(...args);
    return upo === undefined ? undefined : { ...upo, entries: bend(upo.entries) };
  };
}

describe('a session whose UPO names every invoice (ADR 0024)', () => {
  it('is accepted without its list: numbers, moments and proofs are there, and everything is told', async () => {
    const { world, lists } = worldOf();
    const id = await world.plannedBatch(...FOUR);
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done', sessionCode: 200 });
    expect(lists()).toBe(0);
    for (const { number, ksefNumber, hash } of world.ksef.ledger) {
      expect(world.invoice(number)).toMatchObject({
        state: 'complete',
        hash,
        acceptance: { ksefNumber, session: 'session-1', invoicingDate: expect.anything() },
      });
      expect(await world.database.tracking.upos.proofOf(world.invoice(number).id)).toMatchObject({ kind: 'page' });
    }
    const types = world.database.outbox.events.map(({ type }) => type);
    expect(types.filter((type) => type === 'invoice.accepted')).toHaveLength(4);
    expect(types.filter((type) => type === 'invoice.complete')).toHaveLength(4);
    const trail = await world.database.audit.of('batch', id);
    expect(trail.at(-1)).toMatchObject({ action: 'batch.done', facts: { accepted: 4, readFrom: 'collective UPO' } });
  });

  it('is read by its list all the same when that costs little', async () => {
    const { world, lists } = worldOf(4);
    await world.runToEnd(await world.plannedBatch(...FOUR));
    expect(lists()).toBe(2);
  });

  it('goes on where a worker died in the middle', async () => {
    const { world, lists } = worldOf();
    const id = await world.plannedBatch(...FOUR);
    const addPage = world.database.tracking.upos.addPage.bind(world.database.tracking.upos);
    let pages = 0;
    world.database.tracking.upos.addPage = (...args) =>
      (pages += 1) === 2 ? Promise.reject(new Error('killed')) : addPage(...args);
    await world.worker().execute(TENANT, id, GO_ON);
    world.clock.advance(60);
    await expect(world.worker().execute(TENANT, id, GO_ON)).rejects.toThrow('killed');
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete', 'FV/3: complete', 'FV/4: accepted']);
    world.clock.advance(LEASE_SECONDS + 1);
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
    expect(lists()).toBe(0);
    expect(world.invoiceStates).toEqual(FOUR.map((number) => `${number}: complete`));
  });
});

describe('its list is read when', () => {
  const isRead = async (
    { world, lists }: ReturnType<typeof worldOf>,
    expected: readonly string[] = FOUR.map((number) => `${number}: complete`),
  ) => {
    const id = await world.plannedBatch(...FOUR);
    await world.runToEnd(id);
    expect(lists()).toBeGreaterThan(0);
    expect(world.invoiceStates).toEqual(expected);
  };

  it('KSeF refused an invoice', async () => {
    const given = worldOf();
    given.world.ksef.verdicts.set('FV/2', [450]);
    await isRead(given, ['FV/1: complete', 'FV/2: rejected', 'FV/3: complete', 'FV/4: complete']);
  });

  it.each([
    ['KSeF counts more', { invoiceCount: 5 }],
    ['KSeF counts fewer successes', { successfulInvoiceCount: 3 }],
    ['KSeF counts a failure', { failedInvoiceCount: 1 }],
    ['KSeF does not count', { invoiceCount: undefined }],
  ])('%s', async (_name, counters) => {
    const given = worldOf();
    const { ksef } = given.world;
    const status = ksef.status.bind(ksef);
    let finals = 0;
    ksef.status = async (...args) => {
      const told = await status(...args);
      if (told === undefined || told.code < 200 || (finals += 1) > 1) return told;
      const { invoiceCount: _count, ...rest } = told;
      return { ...('invoiceCount' in counters ? rest : told), ...withoutUndefined(counters) };
    };
    await isRead(given);
  });

  const bent: readonly (readonly [string, (entries: readonly UpoEntry[]) => readonly UpoEntry[]])[] = [
    ['leaves an invoice out', (entries) => (entries.length === 1 ? [] : entries)],
    [
      'names another file',
      (entries) => [...entries.slice(1), { ...entries[0]!, hash: sha256(plainDocument({ number: 'X' })) }],
    ],
    ['names one twice', (entries) => [...entries, entries[0]!]],
    ['names one more', (entries) => [...entries, { ...entries[0]!, hash: sha256(plainDocument({ number: 'Y' })) }]],
    [
      'gives one a second number',
      (entries) => (entries.length === 1 ? entries : [...entries, { ...entries[0]!, ksefNumber: ANOTHER_NUMBER }]),
    ],
    [
      'gives a number that is none',
      (entries) => entries.map((entry) => ({ ...entry, ksefNumber: `${entry.ksefNumber.slice(0, -2)}ZZ` })),
    ],
    ['does not say when', (entries) => entries.map(({ ksefNumber, hash }) => ({ ksefNumber, hash }))],
  ];
  it.each(bent)('the UPO %s', async (_name, bend) => {
    const given = worldOf();
    const { world } = given;
    // Only at the first reading: later each is asked for and is as it should be.
    let isOver = false;
    bendPages(world, (entries) => (isOver ? entries : bend(entries)));
    world.ksef.during.set('invoices', () => {
      isOver = true;
      return Promise.resolve();
    });
    await isRead(given);
  });

  it('KSeF makes no UPO within a minute', async () => {
    const given = worldOf();
    given.world.ksef.collectiveUpo = false;
    await isRead(given);
  });

  it('the verifier lets a page not pass', async () => {
    const given = worldOf();
    given.world.ksef.upoReadsUntilReady = 30;
    await isRead(given);
  });
});

const withoutUndefined = (counters: object): object =>
  Object.fromEntries(Object.entries(counters).filter(([, value]) => value !== undefined));
