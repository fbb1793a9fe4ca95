import { beforeEach, describe, expect, it } from '@jest/globals';
import { KsefThrottledError } from './ksef-access.js';
import { SELLER_CONTEXT, TENANT, anIssuedInvoice, someFacts } from '../testing/builders.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import { plainDocument } from '../testing/plain-document.js';
import { sha256 } from '../testing/sha256.js';
import type { InvoiceNumber } from '../invoice/invoice-facts.js';
import { findInKsef, findItsSession, type SoughtFile } from './find-in-ksef.js';
import type { InvoiceReference, SessionReference } from './session-reference.js';

const access = { tenant: TENANT, context: SELLER_CONTEXT };
const facts = someFacts({ number: 'FV/1' as InvoiceNumber });
const issued = plainDocument({ number: 'FV/1', content: 'two chairs' });
const mended = plainDocument({ number: 'FV/1', content: 'two chairs ' });

let world: IssuingWorld;
beforeEach(() => {
  world = new IssuingWorld();
});

async function session(document?: Uint8Array, code?: number): Promise<SessionReference> {
  if (code !== undefined) world.ksef.verdicts.set('FV/1', [code]);
  const opened = await world.ksef.interactiveSessions.open(access, anIssuedInvoice().facts.formCode);
  if (opened.outcome !== 'done') throw new Error('no session');
  if (document !== undefined) await opened.value.post(document, sha256(document), true);
  await opened.value.close();
  return opened.value.reference;
}
const file = (document: Uint8Array, sessions: readonly SessionReference[], more: Partial<SoughtFile> = {}) => ({
  ...{ hash: sha256(document), sessions },
  ...more,
});
const find = (files: readonly SoughtFile[], isLongAgo = false) =>
  findInKsef(world.ksef, access, { facts, files, isLongAgo });

describe('where files of an invoice are', () => {
  it('is the session that accepted one of them, whichever', async () => {
    const first = await session(issued, 450);
    const second = await session(mended);
    const told = await find([file(issued, [first]), file(mended, [second])]);
    expect(told).toMatchObject({ kind: 'accepted', file: { hash: sha256(mended) }, session: second });
  });

  it('is the accepted row, when a session lists the file twice', async () => {
    const at = await session(issued);
    const { rows } = world.ksef.sessions[0]!;
    rows.unshift({ ...rows[0]!, code: 440, reference: 'row-0' as InvoiceReference });
    expect(await find([file(issued, [at])])).toMatchObject({ kind: 'accepted', row: { code: 200 } });
  });

  it('is another session, found by number and hash', async () => {
    const at = await session();
    const entry = world.ksef.acceptBefore(issued);
    expect(await find([file(issued, [at])])).toMatchObject({ kind: 'accepted', session: entry.session });
  });

  it('is told without the session that nobody finds', async () => {
    const entry = world.ksef.acceptBefore(issued);
    world.ksef.sessions.splice(0);
    expect(await find([file(issued, [])])).toMatchObject({ kind: 'numbered', ksefNumber: entry.ksefNumber });
  });

  it('is nowhere only by a final list, and by the search', async () => {
    expect(await find([file(issued, [await session()])])).toEqual({ kind: 'absent' });
    world.ksef.script('search', new KsefThrottledError(60));
    await expect(find([file(issued, [])])).rejects.toBeInstanceOf(KsefThrottledError);
  });

  it.each([100, 150, 170])('is open while its session is in state %i, however long ago', async (code) => {
    const at = await session();
    world.ksef.pollsUntilClosed = 99;
    world.ksef.sessions[0]!.code = code;
    world.ksef.sessions[0]!.pollsLeft = 99;
    expect(await find([file(issued, [at])], true)).toMatchObject({ kind: 'open' });
  });

  it('is open while its row says nothing final, also when KSeF holds something else', async () => {
    const at = await session(issued);
    world.ksef.sessions[0]!.rows[0] = { ...world.ksef.sessions[0]!.rows[0]!, code: 150 };
    world.ksef.ledger.splice(0);
    world.ksef.acceptBefore(mended);
    expect(await find([file(issued, [at])], true)).toMatchObject({ kind: 'open' });
  });

  it.each([
    ['a session that KSeF does not know', {}, 'session-99'],
    ['a confirmed file that an ended session does not list', { isConfirmed: true }, undefined],
  ])('is open for a day because of %s, and nowhere then', async (_what, more, unknown) => {
    const at = (unknown ?? (await session())) as SessionReference;
    expect(await find([file(issued, [at], more)])).toMatchObject({ kind: 'open' });
    expect(await find([file(issued, [at], more)], true)).toEqual({ kind: 'absent' });
  });

  it('is a refusal, the last one, where KSeF holds nothing under the number', async () => {
    const first = await session(issued, 450);
    const second = await session(mended, 410);
    const told = await find([file(issued, [first]), file(mended, [second])]);
    expect(told).toMatchObject({ kind: 'refused', row: { code: 410 }, session: second });
  });

  it('is a clash where KSeF holds other content of the same kind, and none where the kind is another', async () => {
    const at = await session(issued, 450);
    const { ksefNumber } = world.ksef.acceptBefore(plainDocument({ number: 'FV/1', content: 'a table' }));
    expect(await find([file(issued, [at])])).toMatchObject({ kind: 'other', ksefNumber });
    const search = world.ksef.findByNumber.bind(world.ksef);
    world.ksef.findByNumber = async (...asked) => (await search(...asked)).map((each) => ({ ...each, kind: 'KOR' }));
    expect(await find([file(issued, [at])])).toMatchObject({ kind: 'refused' });
  });

  it('is told by the original that a duplicate names, where the search finds nothing', async () => {
    const entry = world.ksef.acceptBefore(issued);
    const at = await session(issued);
    world.ksef.findByNumber = () => Promise.resolve([]);
    expect(await find([file(issued, [at])])).toMatchObject({ kind: 'accepted', session: entry.session });
    const row = world.ksef.sessions[1]!.rows[0]!;
    world.ksef.sessions[1]!.rows[0] = { ...row, originalSession: 'session-99' as SessionReference };
    expect(await find([file(issued, [at])])).toMatchObject({ kind: 'numbered', ksefNumber: entry.ksefNumber });
    world.ksef.unreadable.add(entry.ksefNumber);
    expect(await find([file(issued, [at])])).toMatchObject({ kind: 'refused', row: { code: 440 } });
  });
});

it('a session is looked for only among those that were open when KSeF took the invoice', async () => {
  const entry = world.ksef.acceptBefore(issued);
  const asked: string[] = [];
  const listed = world.ksef.sessionsOpened.bind(world.ksef);
  world.ksef.sessionsOpened = (of, kind, ...[from, to]: unknown[]) => {
    asked.push(`${kind} ${String(from)} ${String(to)}`);
    return listed(of, kind);
  };
  const known = { hash: entry.hash, invoicingDate: world.clock.now() };
  expect(await findItsSession(world.ksef, access, known)).toMatchObject({ session: entry.session });
  expect(asked).toEqual(['interactive 2026-11-22T21:00:00Z 2026-11-23T10:00:01Z']);
});
