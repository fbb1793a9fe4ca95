import {
  SHARED_SESSION_TRANSITIONS,
  type OpenedSharedSession,
  type SessionBook,
  type SessionReference,
  type SharedSessionState,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { anIssuedInvoice, CONTEXT, NOON } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const inBook = <T>(work: (book: SessionBook) => Promise<T>, tenant = stage.tenant): Promise<T> =>
  stage.inTenant(tenant, ({ sessionBook }) => work(sessionBook));

let last = 0;
const reference = (): SessionReference => `20261120-SO-${String(++last)}` as SessionReference;

const aSession = (name = reference()): OpenedSharedSession => ({
  reference: name,
  context: CONTEXT,
  formCode: anIssuedInvoice().invoice.facts.formCode,
  opener: 'api@host/1',
  openedAt: NOON,
  validUntil: NOON.add({ hours: 12 }),
});

async function opened(idleSeconds = 300): Promise<OpenedSharedSession> {
  const session = aSession();
  await inBook((book) => book.add(session, idleSeconds));
  return session;
}

describe('the book of shared sessions', () => {
  it('gives a session as it was opened, to its tenant only', async () => {
    const session = await opened();
    expect(await inBook((book) => book.find(session.reference))).toEqual({
      ...session,
      state: 'open',
      invoicesPosted: 0,
    });
    const other = await stage.database.aTenant();
    expect(await inBook((book) => book.find(session.reference), other)).toBeUndefined();
    expect(await inBook((book) => book.use(session.reference, 10, 300), other)).toBe(false);
    expect(await inBook((book) => book.beginClosing(session.reference), other)).toBe(false);
  });

  it('counts every invoice once, and not one more than it may have', async () => {
    const { reference: name } = await opened();
    const used = await Promise.all(Array.from({ length: 12 }, () => inBook((book) => book.use(name, 8, 300))));
    expect(used.filter(Boolean)).toHaveLength(8);
    expect(await inBook((book) => book.find(name))).toMatchObject({ invoicesPosted: 8 });
  });

  it('counts nothing that is rolled back', async () => {
    const { reference: name } = await opened();
    await expect(
      inBook(async (book) => {
        expect(await book.use(name, 8, 300)).toBe(true);
        throw new Error('the intent could not be stored');
      }),
    ).rejects.toThrow('the intent');
    expect(await inBook((book) => book.find(name))).toMatchObject({ invoicesPosted: 0 });
  });

  it('lets nobody post after closing has begun, by whoever', async () => {
    const { reference: name } = await opened();
    expect(await inBook((book) => book.beginClosing(name))).toBe(true);
    expect(await inBook((book) => book.beginClosing(name))).toBe(false);
    expect(await inBook((book) => book.use(name, 8, 300))).toBe(false);
    await inBook((book) => book.finish(name, 'closed'));
    await inBook((book) => book.finish(name, 'lost'));
    expect(await inBook((book) => book.find(name))).toMatchObject({ state: 'closed' });
  });

  it('gives an idle session to one worker, and again when its turn comes', async () => {
    const { reference: name } = await opened(60);
    const claim = async () => (await inBook((book) => book.claimDue(10, 30))).map((session) => session.reference);
    const tenants = () => stage.database.unitOfWork.inSystem((stores) => stores.tenants.withUnresolvedInteractive());
    try {
      await stage.database.passTime(40);
      expect(await inBook((book) => book.use(name, 8, 60))).toBe(true);
      await stage.database.passTime(80);
      expect(await claim()).toEqual([]);
      expect(await tenants()).not.toContain(stage.tenant);
      await stage.database.passTime(101);
      expect(await tenants()).toContain(stage.tenant);
      const claimed = await Promise.all([claim(), claim(), claim()]);
      expect(claimed.flat()).toEqual([name]);
      expect(await inBook((book) => book.find(name))).toMatchObject({ state: 'closing' });
      await stage.database.passTime(132);
      expect(await claim()).toEqual([name]);
      await inBook((book) => book.finish(name, 'lost'));
      await stage.database.passTime(163);
      expect(await claim()).toEqual([]);
    } finally {
      await stage.database.passTime(0);
    }
  });
});

describe('the lifecycle of a shared session in the database', () => {
  const states = Object.keys(SHARED_SESSION_TRANSITIONS) as SharedSessionState[];
  const pairs = states.flatMap((from) => states.map((to) => [from, to] as const));

  it.each(pairs.filter(([from, to]) => from !== to))('is held to the table: from %s to %s', async (from, to) => {
    const { reference: name } = await opened();
    await stage.database.force(`UPDATE interactive_session SET state = '${from}' WHERE reference = $1`, [name]);
    const move = stage.database.sql(`UPDATE interactive_session SET state = '${to}' WHERE reference = '${name}'`);
    const allowed: readonly SharedSessionState[] = SHARED_SESSION_TRANSITIONS[from];
    if (allowed.includes(to)) await move;
    else await expect(move).rejects.toMatchObject({ code: 'LA002' });
  });

  it('begins open, and nothing is counted into one that is not', async () => {
    const { reference: name } = await opened();
    const columns = `tenant_id, context_type, context_value, form_system_code, form_schema_version, form_value, opener,
      opened_at, valid_until, close_after`;
    await expect(
      stage.database.sql(`INSERT INTO interactive_session (reference, state, ${columns})
        SELECT 'another', 'closing', ${columns} FROM interactive_session WHERE reference = '${name}'`),
    ).rejects.toMatchObject({ code: 'LA002' });
    await inBook((book) => book.beginClosing(name));
    await expect(
      stage.database.sql(`UPDATE interactive_session SET invoices_posted = 9 WHERE reference = '${name}'`),
    ).rejects.toMatchObject({ code: 'LA001' });
  });
});
