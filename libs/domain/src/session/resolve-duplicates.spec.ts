import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BatchId } from '../batch/batch.js';
import { enterSession, planInto } from '../invoice/invoice-transitions.js';
import { SELLER_CONTEXT, TENANT, anIssuedInvoice } from '../testing/builders.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import { plainDocument } from '../testing/plain-document.js';
import { sha256 } from '../testing/sha256.js';
import { resolveDuplicate } from './resolve-duplicates.js';
import type { SessionInvoice } from './session-reader.port.js';
import type { InvoiceReference, SessionReference } from './session-reference.js';

const access = { tenant: TENANT, context: SELLER_CONTEXT };
const bytes = plainDocument({ number: 'FV/1', content: 'two chairs' });
const session = 'session-9' as SessionReference;
const invoice = enterSession(
  planInto(anIssuedInvoice('FV/1', { hash: sha256(bytes), sizeBytes: bytes.length }), 'batch-1' as BatchId),
  session,
);

let world: IssuingWorld;
beforeEach(() => {
  world = new IssuingWorld();
});

const duplicate = (more: Partial<SessionInvoice>): SessionInvoice => ({
  reference: 'row-1' as InvoiceReference,
  hash: invoice.hash,
  code: 440,
  description: 'duplikat',
  details: [],
  invoicingDate: world.clock.now(),
  ...more,
});
const resolve = (more: Partial<SessionInvoice>) =>
  resolveDuplicate(world.ksef, access, { invoice, row: duplicate(more) });

describe('a single duplicate', () => {
  it.each([
    ['a session that is not it', true],
    ['a session that nobody knows', false],
  ])('is ours in the session that lists it, when KSeF names %s', async (_which, isKnown) => {
    const entry = world.ksef.acceptBefore(bytes);
    const other = world.ksef.acceptBefore(plainDocument({ number: 'FV/2' })).session;
    const named = isKnown ? other : ('session-99' as SessionReference);
    expect(await resolve({ originalKsefNumber: entry.ksefNumber, originalSession: named })).toMatchObject({
      state: 'accepted',
      acceptance: { ksefNumber: entry.ksefNumber, session: entry.session },
    });
  });

  it('is ours when KSeF names neither number nor session', async () => {
    const entry = world.ksef.acceptBefore(bytes);
    expect(await resolve({})).toMatchObject({
      state: 'accepted',
      acceptance: { ksefNumber: entry.ksefNumber, session: entry.session },
    });
  });

  it('is not held against an invoice of another kind with the same number', async () => {
    const correction = world.ksef.acceptBefore(plainDocument({ number: 'FV/1', content: 'a corrective invoice' }));
    const { hash, ksefNumber } = correction;
    const kinds = { kind: 'KOR' as 'KOR' | 'VAT' };
    world.ksef.findByNumber = () => Promise.resolve([{ hash, ksefNumber, invoicingDate: world.clock.now(), ...kinds }]);
    expect(await resolve({})).toMatchObject({ state: 'needs-review', refusal: { code: 440 } });
    kinds.kind = 'VAT';
    expect(await resolve({})).toMatchObject({ state: 'conflict', refusal: { code: 440 } });
  });
});
