import {
  Temporal,
  type BatchId,
  type BuyerIdentifier,
  type Delivery,
  type Invoice,
  type InvoiceFacts,
  type InvoiceReference,
  type InvoiceState,
  type Issue,
  type KsefRefusal,
  type ReceivedInvoice,
  type SessionReference,
  type TenantId,
} from '@latarnik/domain';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cutToMicroseconds } from '../database/column-types.js';
import { inState, plant } from '../testing/invoices-in-every-state.js';
import { ACCEPTANCE, anOfflineIssue, aPlannedBatch, aReceivedInvoice } from '../testing/samples.js';
import { compareTemporalByValue } from '../testing/temporal-equality.js';
import { TestDatabase } from '../testing/test-database.js';

compareTemporalByValue();

let database: TestDatabase;
let tenant: TenantId;
let batchId: BatchId;

beforeAll(async () => {
  database = await TestDatabase.start({ queue: false });
  tenant = await database.aTenant();
  const batch = aPlannedBatch();
  batchId = batch.id;
  await database.unitOfWork.inTenant(tenant, ({ batches }) => batches.add(batch));
});
afterAll(() => database.stop());

/** Text as PostgreSQL takes it: any Unicode but U+0000 and lone surrogates. */
const text = fc.string({ unit: 'binary', maxLength: 30 }).map((any) => any.replaceAll('\0', '␀'));
const instant = fc
  .bigInt({ min: 0n, max: 4_000_000_000_000_000_000n })
  .map((nanoseconds) => cutToMicroseconds(Temporal.Instant.fromEpochNanoseconds(nanoseconds)));
const day = fc.integer({ min: 0, max: 40_000 }).map((days) => Temporal.PlainDate.from('2000-01-01').add({ days }));

const buyer: fc.Arbitrary<BuyerIdentifier> = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  text.map((number) => ({ kind: 'foreign' as const, number })),
  fc.record({ kind: fc.constant('eu-vat' as const), country: fc.constant('DE'), number: text }),
);

const facts = fc.record({
  issueDate: day,
  sellerName: text,
  buyer,
  currency: fc.constantFrom('PLN', 'EUR'),
  selfBilling: fc.boolean(),
  hasAttachment: fc.boolean(),
  correctedNumbers: fc.array(text, { maxLength: 3 }),
});

const issue: fc.Arbitrary<Issue> = fc
  .record({
    mode: fc.constantFrom('online' as const, 'offline24' as const, 'unavailability' as const, 'emergency' as const),
    reason: text,
    issuedAt: instant,
  })
  .map(({ mode, reason, issuedAt }) => {
    const { kodI, kodII, certificateSerial } = anOfflineIssue();
    const common = { issuedAt, kodI, evidence: { kind: 'own-choice' as const, reason } };
    return mode === 'online' ? { mode, ...common } : { mode, ...common, kodII, certificateSerial };
  });

const refusal: fc.Arbitrary<KsefRefusal> = fc.record({
  code: fc.integer({ min: 400, max: 599 }),
  description: text,
  details: fc.array(text, { maxLength: 3 }),
  advice: text,
});

const interactive: fc.Arbitrary<Delivery> = fc.record(
  {
    channel: fc.constant('interactive' as const),
    session: fc.constant('SESSION' as SessionReference),
    invoice: fc.constant('REFERENCE' as InvoiceReference),
  },
  { requiredKeys: ['channel'] },
);

const STATES: readonly InvoiceState[] = [
  'received',
  'not-issued',
  'issued',
  'planned',
  'in-session',
  'accepted',
  'complete',
  'rejected',
  'blocked',
  'conflict',
  'needs-review',
  'closed',
];

const parts = fc.record({
  facts,
  issue,
  refusal,
  delivery: fc.option(interactive, { nil: undefined }),
  receivedAt: instant,
  deliveryAttempts: fc.nat({ max: 10 }),
  version: fc.integer({ min: 0, max: 1_000_000 }),
  acceptance: fc.record(
    {
      invoicingDate: instant,
      acquisitionDate: instant,
      invoicingMode: fc.constantFrom('online' as const, 'offline' as const),
    },
    { requiredKeys: ['invoicingDate'] },
  ),
  pause: fc.record({ notBefore: instant }, { requiredKeys: [] }),
  refusedOnline: fc.record({ refusal }, { requiredKeys: [] }),
});
type Parts = typeof parts extends fc.Arbitrary<infer P> ? P : never;

function invoiceFrom(identity: ReceivedInvoice, state: InvoiceState, made: Parts): Invoice {
  const { receivedAt, version, deliveryAttempts } = made;
  const madeFacts = { ...identity.facts, ...made.facts } satisfies InvoiceFacts;
  const invoice = inState(
    { ...identity, receivedAt, version, deliveryAttempts, facts: madeFacts },
    state,
    batchId,
    made.issue,
  );
  if (invoice.state === 'not-issued') return { ...invoice, ...made.refusedOnline };
  if (invoice.state === 'issued') return { ...invoice, ...made.pause };
  return 'delivery' in invoice && invoice.state !== 'planned' ? deliveredFrom(invoice, made) : invoice;
}

function deliveredFrom<I extends Extract<Invoice, { delivery: Delivery }>>(invoice: I, made: Parts): I {
  return {
    ...invoice,
    delivery: made.delivery ?? invoice.delivery,
    ...('acceptance' in invoice ? { acceptance: { ...ACCEPTANCE, ...made.acceptance } } : {}),
    ...('refusal' in invoice ? { refusal: made.refusal } : {}),
  };
}

describe('an invoice through the database', () => {
  it.each(STATES)('comes back as it was, in state %s', async (state) => {
    await fc.assert(
      fc.asyncProperty(parts, async (made) => {
        const { invoice: identity, bytes } = aReceivedInvoice();
        const invoice = invoiceFrom(identity, state, made);
        await plant(database, tenant, invoice, bytes);
        const stored = await database.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.find(invoice.id));
        expect(stored).toEqual({ invoice });
      }),
      { numRuns: 25 },
    );
  });

  it('is written by add as it is read', async () => {
    await fc.assert(
      fc.asyncProperty(parts, fc.constantFrom('received' as const, 'issued' as const), async (made, state) => {
        const { invoice: identity, bytes } = aReceivedInvoice();
        const invoice = invoiceFrom(identity, state, made) as ReceivedInvoice;
        const stored = await database.unitOfWork.inTenant(tenant, async ({ invoices }) => {
          await invoices.add(invoice, bytes);
          await invoices.addEvidence(invoice.id, bytes);
          return invoices.find(invoice.id);
        });
        expect(stored).toEqual({ invoice });
      }),
      { numRuns: 25 },
    );
  });

  it('cuts moments to microseconds and never rounds them up', async () => {
    const { invoice, bytes } = aReceivedInvoice();
    const receivedAt = Temporal.Instant.from('2026-11-20T22:59:59.999999999Z');
    const issuedAt = Temporal.Instant.from('2026-12-31T23:59:59.999999999Z');
    const stored = await database.unitOfWork.inTenant(tenant, async ({ invoices }) => {
      await invoices.add({ ...invoice, receivedAt }, bytes);
      await invoices.addEvidence(invoice.id, bytes);
      await invoices.save({ ...invoice, state: 'issued', issue: anOfflineIssue(issuedAt) });
      return invoices.find(invoice.id);
    });
    expect(stored?.invoice).toMatchObject({
      receivedAt: Temporal.Instant.from('2026-11-20T22:59:59.999999Z'),
      issue: { issuedAt: Temporal.Instant.from('2026-12-31T23:59:59.999999Z') },
    });
  });
});
