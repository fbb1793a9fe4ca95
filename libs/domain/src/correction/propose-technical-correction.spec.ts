import { beforeEach, describe, expect, it } from '@jest/globals';
import type { InvoiceId } from '../invoice/invoice.js';
import { TENANT } from '../testing/builders.js';
import { plainDocument } from '../testing/plain-document.js';
import { CorrectionWorld } from './testing/correction-world.js';
import type { TechnicalCorrectionId } from './technical-correction.js';

let world: CorrectionWorld;
let id: InvoiceId;
beforeEach(async () => {
  world = new CorrectionWorld();
  id = await world.refused('FV/1');
});

describe('a technical correction that is proposed', () => {
  it('is stored with its bytes, its differences and who proposed it; nothing is sent', async () => {
    const outcome = await world.proposer().execute(world.request(id, {}, { reason: 'the generator was mended' }));
    expect(outcome).toMatchObject({
      ok: true,
      value: {
        replayed: false,
        correction: {
          state: 'proposed',
          invoiceId: id,
          ordinal: 2,
          ground: { ksefStatus: 450 },
          proposed: { person: 'Ewa Nowak', actor: 'api-key:1', reason: 'the generator was mended' },
          comparison: {
            scope: 'full',
            differences: [{ path: 'content', kind: 'WHITE_SPACE', before: 'two chairs', after: 'two chairs ' }],
          },
        },
      },
    });
    const [stored] = world.database.corrections.stored;
    expect(stored === undefined ? undefined : await world.database.corrections.bytes(stored.id)).toEqual(
      plainDocument({ number: 'FV/1', content: 'two chairs ' }),
    );
    expect(world.invoice(id).state).toBe('rejected');
    await world.work();
    expect(world.ksef.sessions).toHaveLength(1);
    expect(world.ksef.ledger).toEqual([]);
    expect(world.database.audit.entries.at(-1)).toMatchObject({
      actor: 'api-key:1',
      action: 'technical-correction.proposed',
      subject: { kind: 'invoice', id },
      facts: { file: 2, person: 'Ewa Nowak', ksefStatus: 450, differences: 1, comparison: 'full' },
    });
  });

  it('is refused when the business would change, with every difference named', async () => {
    const changed = { sellerNip: '7335255579', issueDate: '2026-11-20', content: 'three chairs' };
    expect(await world.proposer().execute(world.request(id, changed))).toMatchObject({
      ok: false,
      error: {
        code: 'CONTENT_CHANGED',
        differences: [
          { path: 'sellerNip', kind: 'content', before: '5265877635', after: '7335255579' },
          { path: 'issueDate', before: '2026-11-23', after: '2026-11-20' },
          { path: 'content', before: 'two chairs', after: 'three chairs' },
        ],
      },
    });
    expect(world.database.corrections.stored).toEqual([]);
  });

  it('is refused when the new file is not valid', async () => {
    const document = { kind: 'xml' as const, bytes: new TextEncoder().encode('nothing') };
    expect(await world.proposer().execute(world.request(id, {}, { document }))).toMatchObject({
      error: { code: 'DOCUMENT_INVALID', findings: [{ code: 'NOT_A_DOCUMENT' }] },
    });
  });

  it('is refused for the same bytes, for nobody, and for an invoice that is not there', async () => {
    const refusal = async (...request: Parameters<CorrectionWorld['request']>) => {
      const outcome = await world.proposer().execute(world.request(...request));
      return outcome.ok ? 'proposed' : outcome.error;
    };
    expect(await refusal(id, { content: 'two chairs' })).toEqual({ code: 'BYTES_UNCHANGED', ordinal: 1 });
    expect(await refusal(id, {}, { person: '  ' })).toEqual({ code: 'PERSON_MISSING' });
    expect(await refusal(id, {}, { invoiceId: 'none' as InvoiceId })).toEqual({ code: 'INVOICE_NOT_FOUND' });
  });

  it('is refused after a missing right, with the reason', async () => {
    const blocked = await world.refused('FV/2', 410);
    expect(await world.proposer().execute(world.request(blocked))).toMatchObject({
      error: { code: 'CORRECTION_NOT_ALLOWED', state: 'blocked', ksefStatus: 410 },
    });
  });

  it('needs a decision where another document has the number', async () => {
    const conflict = await world.refused('FV/2', 440);
    expect(await world.proposer().execute(world.request(conflict))).toEqual({
      ok: false,
      error: { code: 'DECISION_MISSING', ksefStatus: 440 },
    });
    const decided = world.request(conflict, {}, { decision: 'The other one is a test of the supplier.' });
    expect(await world.proposer().execute(decided)).toMatchObject({
      value: { correction: { ground: { ksefStatus: 440, decision: 'The other one is a test of the supplier.' } } },
    });
  });

  it('is the only one of its invoice, and the answer to its key ever after', async () => {
    const request = world.request(id);
    const first = await world.proposer().execute(request);
    const correctionId = first.ok ? first.value.correction.id : undefined;
    expect(await world.proposer().execute(request)).toMatchObject({
      value: { replayed: true, correction: { id: correctionId } },
    });
    expect(await world.proposer().execute(world.request(id, { content: '\ttwo chairs' }))).toEqual({
      ok: false,
      error: { code: 'CORRECTION_UNDER_WAY', correctionId },
    });
    const other = { ...request, claim: { ...request.claim, fingerprint: 'other' } };
    expect(await world.proposer().execute(other)).toMatchObject({ error: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  });

  it('is one when two persons propose at the same moment', async () => {
    const requests = [world.request(id), world.request(id, { content: ' two chairs' }), world.request(id)];
    const outcomes = await Promise.all(requests.map((request) => world.proposer().execute(request)));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(world.database.corrections.stored).toHaveLength(1);
  });

  it('leaves nothing behind when its key is taken by another request at that moment', async () => {
    const request = world.request(id);
    const { idempotency } = world.database;
    idempotency.add = () => Promise.resolve(false);
    expect(await world.proposer().execute(request)).toEqual({ ok: false, error: { code: 'REQUEST_IN_PROGRESS' } });
    expect(world.database.corrections.stored).toEqual([]);
  });

  it('may come again with the same bytes after it was declined', async () => {
    const first = await world.proposed(id);
    await world.decide.decline({
      tenant: TENANT,
      invoiceId: id,
      correctionId: first,
      actor: 'api-key:1',
      person: 'Ewa Nowak',
    });
    expect(world.correction(first)).toMatchObject({ state: 'declined', declined: { person: 'Ewa Nowak' } });
    expect(world.correction(await world.proposed(id))).toMatchObject({ state: 'proposed', ordinal: 3 });
  });
});

describe('an approval', () => {
  const both = { person: 'Ewa Nowak', actor: 'api-key:1' };

  it('lets it go: the invoice is being corrected, and a worker is called', async () => {
    const correctionId = await world.proposed(id);
    expect(await world.approve(id, correctionId)).toMatchObject({ ok: true, value: { state: 'approved', version: 1 } });
    expect(world.invoice(id)).toMatchObject({ state: 'correcting', correctionId, refusal: { code: 450 } });
    expect(world.database.jobs.queued.at(-1)?.job).toEqual({ kind: 'correct-technically', tenant: TENANT });
    expect(world.database.audit.entries.at(-1)).toMatchObject({
      actor: 'api-key:2',
      action: 'technical-correction.approved',
      facts: { correction: correctionId, person: 'Jan Kowal' },
    });
  });

  it.each([
    ['the same person', both],
    ['the same name with another key', { person: ' ewa  NOWAK', actor: 'api-key:2' }],
    ['another name with the same key', { person: 'Jan Kowal', actor: 'api-key:1' }],
  ])('does not count from %s', async (_who, by) => {
    const correctionId = await world.proposed(id);
    expect(await world.approve(id, correctionId, by)).toEqual({
      ok: false,
      error: { code: 'SAME_PERSON', by: 'Ewa Nowak' },
    });
    expect(world.correction(correctionId).state).toBe('proposed');
    expect(world.invoice(id).state).toBe('rejected');
  });

  it('may come from the proposer where the business has one person', async () => {
    const outcome = await world.proposer('one-person').execute(world.request(id));
    const correctionId = outcome.ok ? outcome.value.correction.id : ('' as TechnicalCorrectionId);
    expect(await world.approve(id, correctionId, both)).toMatchObject({ ok: true });
  });

  it('is not given blindly to a partial comparison', async () => {
    const unread = await world.refused('FV/3');
    const readable = await world.database.invoices.bytes(unread);
    world.database.invoices.bytes = () => Promise.resolve(new TextEncoder().encode('no document'));
    const correctionId = await world.proposed(unread);
    world.database.invoices.bytes = () => Promise.resolve(readable);
    expect(world.correction(correctionId).comparison).toMatchObject({ scope: 'partial' });
    expect(await world.approve(unread, correctionId)).toMatchObject({ error: { code: 'PARTIAL_COMPARISON_NOT_SEEN' } });
    expect(await world.approve(unread, correctionId, { partialComparisonSeen: true })).toMatchObject({ ok: true });
  });

  it('comes once, for this invoice, and from somebody', async () => {
    const correctionId = await world.proposed(id);
    expect(await world.approve('other' as InvoiceId, correctionId)).toMatchObject({
      error: { code: 'CORRECTION_NOT_FOUND' },
    });
    expect(await world.approve(id, correctionId, { person: '' })).toMatchObject({ error: { code: 'PERSON_MISSING' } });
    await world.approve(id, correctionId);
    expect(await world.approve(id, correctionId)).toMatchObject({
      error: { code: 'CORRECTION_NOT_TO_BE_DECIDED', state: 'approved' },
    });
    const decline = { tenant: TENANT, invoiceId: id, correctionId, actor: 'api-key:2', person: 'Jan Kowal' };
    expect(await world.decide.decline(decline)).toMatchObject({ error: { code: 'CORRECTION_NOT_TO_BE_DECIDED' } });
  });
});
