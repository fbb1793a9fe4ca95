import { beforeEach, describe, expect, it } from '@jest/globals';
import { KsefUnreachableError } from '../session/ksef-access.js';
import { Temporal } from '../shared/instant.js';
import { TENANT, anOfflineCertificate } from '../testing/builders.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import type { InvoiceId } from './invoice.js';
import { REVIEW_DECISIONS, type ReviewDecision } from './settle-review.js';

let world: IssuingWorld;
beforeEach(async () => {
  world = new IssuingWorld();
  await world.looked(true);
});

const track = () => world.tracker().execute(TENANT);
const decide = (decision: ReviewDecision, invoiceId = world.invoices[0]!.id) =>
  world.settleReview().execute({
    ...{ tenant: TENANT, actor: 'api-key:1', invoiceId, decision },
    ...{ person: 'Anna', reason: 'the customer waits' },
  });
const states = () => world.invoices.map(({ state }) => state);

/** Asked for online by name; its session ended without it, and nobody who waited could tell. */
async function absentOnline(): Promise<void> {
  world.ksef.script('post', 'lost-before');
  world.ksef.script('status', new KsefUnreachableError('timeout'));
  await world.issue({ number: 'FV/1' }, { mode: 'online' });
  await world.sessions.closeIdle();
  world.clock.advance(13);
  await track();
  expect(states()).toEqual(['needs-review']);
}

describe('an online invoice under review that KSeF surely does not have', () => {
  beforeEach(absentOnline);

  it('is issued as offline24 by a person, with its own deadline', async () => {
    await world.has(anOfflineCertificate());
    expect(await decide('issue-offline')).toMatchObject({
      ok: true,
      value: {
        invoice: { state: 'issued', issue: { mode: 'offline24' } },
        term: { deadline: { day: Temporal.PlainDate.from('2026-11-24') } },
      },
    });
    expect(world.database.audit.entries.at(-1)).toMatchObject({
      actor: 'api-key:1',
      action: 'invoice.review-settled',
      facts: { decision: 'issue-offline', person: 'Anna', reason: 'the customer waits' },
    });
    expect(world.database.jobs.queued.at(-1)?.job.kind).toBe('plan-batches');
  });

  it('is not issued offline without a certificate, and stays where it is', async () => {
    expect(await decide('issue-offline')).toEqual({ ok: false, error: { code: 'NO_CERTIFICATE_TO_ISSUE_OFFLINE' } });
    expect(states()).toEqual(['needs-review']);
  });

  it('is given up, and its number is free; its key still gives that answer', async () => {
    expect(await decide('give-up')).toMatchObject({
      value: { invoice: { state: 'not-issued', reason: 'Given up by Anna: the customer waits' } },
    });
    expect(await world.issue({ number: 'FV/1' }, { mode: 'online' })).toMatchObject({
      value: { replayed: true, invoice: { state: 'not-issued' } },
    });
    await world.has(anOfflineCertificate());
    const anew = await world.issue({ number: 'FV/1' }, { claim: { key: 'another', fingerprint: 'another' } });
    expect(anew).toMatchObject({ value: { replayed: false } });
  });

  it('is neither while KSeF cannot be asked', async () => {
    for (const decision of ['issue-offline', 'give-up'] as const) {
      world.ksef.script('status', new KsefUnreachableError('timeout'));
      expect(await decide(decision)).toEqual({ ok: false, error: { code: 'KSEF_NOT_AVAILABLE', reason: 'timeout' } });
    }
    expect(states()).toEqual(['needs-review']);
  });

  it('is neither when KSeF has it after all; read again, it is completed', async () => {
    const [session] = world.ksef.sessions;
    const bytes = await world.database.invoices.bytes(world.invoices[0]!.id);
    session!.code = 100;
    world.ksef.acceptBefore(bytes!);
    session!.rows = world.ksef.sessions[1]!.rows;
    session!.code = 200;
    for (const decision of ['issue-offline', 'give-up'] as const) {
      expect(await decide(decision)).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    }
    expect(await decide('read-again')).toMatchObject({ value: { invoice: { state: 'in-session' } } });
    await track();
    expect(states()).toEqual(['accepted']);
  });

  it('is neither while its session has not ended', async () => {
    world.ksef.sessions[0]!.code = 170;
    expect(await decide('give-up')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
  });
});

it('an invoice without a UPO keeps its number, is not given up, and is completed once its UPO comes', async () => {
  world.ksef.upoReadsUntilReady = 2;
  await world.issue({ number: 'FV/1' });
  world.clock.advance(13);
  await track();
  world.clock.advance(24 * 3600);
  await track();
  expect(states()).toEqual(['needs-review']);
  expect(await decide('give-up')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
  expect(await decide('issue-offline')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
  expect(await decide('read-again')).toMatchObject({
    value: { invoice: { state: 'accepted', acceptance: { ksefNumber: world.ksef.ledger[0]!.ksefNumber } } },
  });
  await track();
  expect(states()).toEqual(['complete']);
});

it.each(REVIEW_DECISIONS)('nothing is decided on an invoice that is not under review (%s)', async (decision) => {
  await world.issue({ number: 'FV/1' });
  expect(await decide(decision)).toEqual({ ok: false, error: { code: 'NOT_UNDER_REVIEW', state: 'in-session' } });
  expect(await decide(decision, 'nowhere' as InvoiceId)).toEqual({ ok: false, error: { code: 'INVOICE_NOT_FOUND' } });
});
