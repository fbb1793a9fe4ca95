import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BatchId } from '../batch/batch.js';
import { KsefUnreachableError } from '../session/ksef-access.js';
import type { SessionReference } from '../session/session-reference.js';
import { SELLER_CONTEXT, TENANT, anIssuedInvoice } from '../testing/builders.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import { plainDocument } from '../testing/plain-document.js';
import { sha256 } from '../testing/sha256.js';
import * as moves from './invoice-transitions.js';
import type { InSessionInvoice, Invoice, InvoiceId, KsefRefusal } from './invoice.js';
import type { InvoiceNumber } from './invoice-facts.js';

const bytes = plainDocument({ number: 'FV/1', content: 'two chairs' });
const { id, facts } = anIssuedInvoice('FV/1');
const refusal = (code: number): KsefRefusal => ({ code, description: 'no', details: [], advice: 'Look.' });

let world: IssuingWorld;
beforeEach(async () => {
  world = new IssuingWorld();
  await world.looked(true);
});

const takeOut = (invoiceId: InvoiceId = id) =>
  world.settleReview().takeOut({ tenant: TENANT, actor: 'api-key:1', invoiceId, person: 'Anna', reason: 'not ours' });
const states = () => world.invoices.map(({ state }) => state);

/** Issued offline, sent in a session that ended with this document, or with nothing; then what the test makes of it. */
async function sentOffline(end: (sent: InSessionInvoice) => Invoice, document?: Uint8Array): Promise<void> {
  const named = { ...facts, number: 'FV/1' as InvoiceNumber };
  const issued = anIssuedInvoice('FV/1', { facts: named, hash: sha256(bytes), sizeBytes: bytes.length, version: 0 });
  const planned = moves.planInto(issued, 'batch-1' as BatchId);
  const sent = moves.enterSession({ ...planned, version: 1 }, await endedSession(document));
  await world.database.invoices.add(issued, bytes);
  for (const next of [planned, sent, { ...end(sent), version: 2 }]) await world.database.invoices.save(next);
}

async function endedSession(document?: Uint8Array): Promise<SessionReference> {
  const access = { tenant: TENANT, context: SELLER_CONTEXT };
  const opened = await world.ksef.interactiveSessions.open(access, facts.formCode);
  if (opened.outcome !== 'done') throw new Error('no session');
  if (document !== undefined) await opened.value.post(document, sha256(document), true);
  await opened.value.close();
  return opened.value.reference;
}

describe('an invoice that somebody wants out of the queue', () => {
  it('is not there: nothing happens', async () => {
    expect(await takeOut()).toEqual({ ok: false, error: { code: 'INVOICE_NOT_FOUND' } });
  });

  it('is on its way: it stays', async () => {
    await sentOffline((sent) => sent);
    expect(await takeOut()).toEqual({ ok: false, error: { code: 'NOT_IN_ERROR', state: 'in-session' } });
    expect(states()).toEqual(['in-session']);
  });

  it.each([
    ['rejected', (sent: InSessionInvoice) => moves.reject(sent, refusal(450))],
    ['blocked', (sent: InSessionInvoice) => moves.block(sent, refusal(410))],
  ] as const)('was issued offline and is %s: it exists in law and has to be sent', async (state, end) => {
    await sentOffline(end);
    expect(await takeOut()).toEqual({ ok: false, error: { code: 'MUST_BE_SENT', state } });
    expect(states()).toEqual([state]);
  });

  it('was issued offline and KSeF has nothing of it: it has to be sent', async () => {
    await sentOffline((sent) => moves.sendToReview(sent, refusal(0)));
    expect(await takeOut()).toMatchObject({ ok: false, error: { code: 'NO_CONFLICT' } });
    expect(states()).toEqual(['needs-review']);
  });

  it('was issued offline and KSeF holds another document in its place: it is closed, once', async () => {
    await sentOffline((sent) => moves.flagConflict(sent, refusal(440)));
    expect(await takeOut()).toMatchObject({ ok: true, value: { invoice: { state: 'closed' } } });
    const entries = world.database.audit.entries.length;
    expect(await takeOut()).toMatchObject({ ok: true, value: { invoice: { state: 'closed' } } });
    expect(world.database.audit.entries).toHaveLength(entries);
  });

  it('was posted online and KSeF surely does not have it: given up, and its number is free', async () => {
    world.ksef.script('post', 'lost-before');
    world.ksef.script('status', new KsefUnreachableError('timeout'));
    await world.issue({ number: 'FV/1' }, { mode: 'online' });
    await world.sessions.closeIdle();
    world.clock.advance(13);
    await world.tracker().execute(TENANT);
    expect(states()).toEqual(['needs-review']);
    const [stored] = world.invoices;
    expect(await takeOut(stored?.id)).toMatchObject({ ok: true, value: { invoice: { state: 'not-issued' } } });
    expect(world.database.audit.entries.at(-1)).toMatchObject({
      facts: { decision: 'give-up', person: 'Anna', reason: 'not ours', became: 'not-issued' },
    });
  });
});
