import {
  ConcurrentUpdateError,
  FA3,
  StaleLeaseError,
  TECHNICAL_CORRECTION_TRANSITIONS,
  Temporal,
  type CorrectionVoice,
  type InvoiceId,
  type InvoiceReference,
  type ProposedCorrection,
  type TechnicalCorrection,
  type TechnicalCorrectionId,
  type TechnicalCorrectionRepository,
  type TenantStores,
  type TechnicalCorrectionState,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { correctionOf, inState, plant } from '../testing/invoices-in-every-state.js';
import {
  ACCEPTANCE,
  anOfflineIssue,
  aPlannedBatch,
  aReceivedInvoice,
  bytesOf,
  CONTEXT,
  dueOn,
  hashOf,
  nextId,
  NOON,
  REFERENCE,
  REFUSAL,
  SESSION,
} from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;
const STATES = Object.keys(TECHNICAL_CORRECTION_TRANSITIONS) as TechnicalCorrectionState[];
const EWA: CorrectionVoice = { person: 'Ewa Nowak', actor: 'api-key:1', at: NOON, reason: 'Zażółć' };
const JAN: CorrectionVoice = { person: 'Jan Kowal', actor: 'api-key:2', at: NOON.add({ seconds: 1 }) };

/** An invoice that KSeF refused, with its deadline. */
async function rejected(day = '2026-11-23'): Promise<InvoiceId> {
  const batch = aPlannedBatch();
  await inTenant(stage.tenant, ({ batches }) => batches.add(batch));
  const { invoice, bytes } = aReceivedInvoice();
  await plant(stage.database, stage.tenant, inState(invoice, 'rejected', batch.id, anOfflineIssue()), bytes);
  await stage.database.force('DELETE FROM technical_correction WHERE invoice_id = $1', [invoice.id]);
  await inTenant(stage.tenant, ({ invoices }) => invoices.saveTerm(invoice.id, { deadline: dueOn(day) }));
  return invoice.id;
}

let contents = 0;
function aProposal(invoiceId: InvoiceId, more: Partial<ProposedCorrection> = {}) {
  contents += 1;
  const bytes = bytesOf(`<Faktura>mended ${String(contents)}</Faktura>`);
  const correction: ProposedCorrection = {
    state: 'proposed',
    id: nextId() as TechnicalCorrectionId,
    invoiceId,
    context: CONTEXT,
    formCode: FA3,
    ordinal: 2,
    hash: hashOf(bytes),
    sizeBytes: bytes.length,
    policy: 'two-persons',
    proposed: EWA,
    ground: { ksefStatus: 450, decision: 'so decided' },
    comparison: {
      scope: 'full',
      differences: [{ path: '/Faktura', kind: 'WHITE_SPACE', before: 'a "b"', after: 'a  "b"' }],
      unlisted: 0,
    },
    attempts: 0,
    sessions: [],
    version: 0,
    ...more,
  };
  return { correction, bytes, key: nextId() };
}

async function added(invoiceId: InvoiceId, more: Partial<ProposedCorrection> = {}): Promise<ProposedCorrection> {
  const { correction, bytes, key } = aProposal(invoiceId, more);
  expect(await inTenant(stage.tenant, ({ corrections }) => corrections.add(correction, bytes, key))).toBe(true);
  return correction;
}

const find = (id: TechnicalCorrectionId, tenant = stage.tenant) =>
  inTenant(tenant, ({ corrections }) => corrections.find(id));
const save = (correction: TechnicalCorrection) =>
  inTenant(stage.tenant, ({ corrections }) => corrections.save(correction));

/** The same correction as it would be in each state. */
function inEveryState(proposed: ProposedCorrection): Readonly<Record<TechnicalCorrectionState, TechnicalCorrection>> {
  const approved = { ...proposed, approved: JAN };
  const sent = { ...approved, sessions: [SESSION], attempts: 2 };
  const since = NOON.add({ seconds: 2 });
  return {
    proposed,
    declined: { ...proposed, state: 'declined', declined: JAN },
    approved: { ...approved, state: 'approved', notBefore: NOON },
    sending: { ...sent, state: 'sending', session: SESSION, since, reference: REFERENCE },
    resolving: { ...sent, state: 'resolving', refusal: REFUSAL, lookups: 3 },
    accepted: { ...sent, state: 'accepted', acceptance: ACCEPTANCE, acceptedOrdinal: 1 },
    complete: {
      ...sent,
      state: 'complete',
      acceptance: { ...ACCEPTANCE, acquisitionDate: NOON, invoicingMode: 'offline' },
      acceptedOrdinal: 2,
    },
    refused: { ...sent, state: 'refused', refusal: REFUSAL },
    blocked: { ...sent, state: 'blocked', refusal: REFUSAL },
    'needs-review': { ...sent, state: 'needs-review', refusal: REFUSAL },
    conflict: { ...sent, state: 'conflict', refusal: REFUSAL },
  };
}

/** The proposal that became this. */
function asProposed(correction: TechnicalCorrection): ProposedCorrection {
  const { id, invoiceId, context, formCode, ordinal, hash, sizeBytes, policy, proposed, ground, comparison } =
    correction;
  const file = { id, invoiceId, context, formCode, ordinal, hash, sizeBytes };
  return { state: 'proposed', ...file, policy, proposed, ground, comparison, attempts: 0, sessions: [], version: 0 };
}

/** Puts a correction straight into a state. */
async function planted(state: TechnicalCorrectionState, invoiceId: InvoiceId): Promise<TechnicalCorrection> {
  const proposal = await added(invoiceId);
  const target = inEveryState(proposal)[state];
  if (state === 'proposed') return target;
  await stage.database.sql('ALTER TABLE technical_correction DISABLE TRIGGER technical_correction_guard');
  await save(target).finally(() =>
    stage.database.sql('ALTER TABLE technical_correction ENABLE TRIGGER technical_correction_guard'),
  );
  return { ...target, version: 1 };
}

describe('a technical correction in the database', () => {
  it.each(STATES)('is read as it was stored in state %s', async (state) => {
    const stored = await planted(state, await rejected());
    expect(await find(stored.id)).toEqual(stored);
  });

  it.each(STATES)('leaves %s only along the table of the domain', async (from) => {
    const reached: TechnicalCorrectionState[] = [];
    for (const to of STATES) {
      const before = await planted(from, await rejected());
      const plain = inEveryState(asProposed(before))[to];
      const target = to === 'declined' && 'approved' in before ? { ...plain, approved: before.approved } : plain;
      const error = await save({ ...target, version: before.version }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error === undefined) reached.push(to);
      else if (from !== to) expect(error).toMatchObject({ sqlState: expect.stringMatching(/LA00[12]|23514/) });
    }
    const declared: readonly TechnicalCorrectionState[] = TECHNICAL_CORRECTION_TRANSITIONS[from];
    expect(reached.filter((to) => to !== from)).toEqual(STATES.filter((to) => to !== from && declared.includes(to)));
  });

  it('has the transitions of the domain', async () => {
    const rows = await stage.database.sql<{ from_state: string; to_state: string }>(
      'SELECT * FROM technical_correction_transition',
    );
    const declared = STATES.flatMap((from) => TECHNICAL_CORRECTION_TRANSITIONS[from].map((to) => `${from} > ${to}`));
    expect(rows.map((row) => `${row.from_state} > ${row.to_state}`).sort()).toEqual(declared.sort());
  });

  it('keeps its bytes, which have its hash, and is found by its key', async () => {
    const id = await rejected();
    const { correction, bytes, key } = aProposal(id);
    const other = await stage.database.aTenant();
    await inTenant(stage.tenant, ({ corrections }) => corrections.add(correction, bytes, key));
    expect(await inTenant(stage.tenant, ({ corrections }) => corrections.bytes(correction.id))).toEqual(bytes);
    expect(await inTenant(stage.tenant, ({ corrections }) => corrections.findByKey(key))).toEqual(correction);
    expect(await inTenant(stage.tenant, ({ corrections }) => corrections.of(id))).toEqual([correction]);
    expect(await find(correction.id, other)).toBeUndefined();
    expect(await inTenant(other, ({ corrections }) => corrections.findByKey(key))).toBeUndefined();
    expect(await inTenant(other, ({ corrections }) => corrections.bytes(correction.id))).toBeUndefined();
    const wrong = aProposal(await rejected());
    const adding = inTenant(stage.tenant, ({ corrections }) =>
      corrections.add(wrong.correction, bytesOf('x'.repeat(wrong.bytes.length)), wrong.key),
    );
    await expect(adding).rejects.toMatchObject({ sqlState: '23514' });
    for (const table of ['technical_correction', 'technical_correction_document']) {
      await expect(stage.database.sql(`DELETE FROM ${table}`)).rejects.toMatchObject({ code: 'LA001' });
    }
    await expect(stage.database.sql("UPDATE technical_correction_document SET bytes = 'x'")).rejects.toMatchObject({
      code: 'LA001',
    });
  });

  it.each([
    ["proposed_by = 'Other'", 'technical_correction_identity'],
    ["sha256 = sha256('other')", 'technical_correction_identity'],
    ["comparison = '{}'", 'technical_correction_identity'],
    ["approved_by = 'Other'", 'technical_correction_identity'],
    ["policy = 'one-person'", 'technical_correction_identity'],
    ['ordinal = 7', 'technical_correction_identity'],
  ])('never has %s after it was approved', async (change, constraint) => {
    const { id } = await planted('approved', await rejected());
    await expect(
      stage.database.sql(`UPDATE technical_correction SET ${change} WHERE id = $1`, [id]),
    ).rejects.toMatchObject({ constraint });
  });

  it('is not approved by the person who proposed it, whoever asks the database', async () => {
    const proposal = await added(await rejected());
    for (const by of [
      { ...EWA, actor: 'api-key:2' },
      { ...JAN, actor: 'api-key:1' },
    ]) {
      await expect(save({ ...proposal, state: 'approved', approved: by })).rejects.toMatchObject({
        constraint: 'technical_correction_two_persons',
      });
    }
    const alone = await added(await rejected(), { policy: 'one-person' });
    await save({ ...alone, state: 'approved', approved: EWA });
  });

  it('is the only live one of its invoice, also when several are proposed at the same moment', async () => {
    const id = await rejected();
    const outcomes = await Promise.all(
      [2, 3, 4].map((ordinal) => {
        const { correction, bytes, key } = aProposal(id, { ordinal });
        return inTenant(stage.tenant, ({ corrections }) => corrections.add(correction, bytes, key));
      }),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    const [live] = await inTenant(stage.tenant, ({ corrections }) => corrections.of(id));
    if (live?.state !== 'proposed') throw new Error('none');
    await save({ ...live, state: 'declined', declined: EWA });
    await added(id, { ordinal: 9 });
  });

  it('is saved by one of two that read the same version', async () => {
    const proposal = await added(await rejected());
    await save({ ...proposal, state: 'declined', declined: JAN });
    await expect(save({ ...proposal, state: 'approved', approved: JAN })).rejects.toThrow(ConcurrentUpdateError);
  });
});

describe('corrections that are to be worked on', () => {
  const claimApproved = (limit = 10) =>
    inTenant(stage.tenant, ({ corrections }) => corrections.claimApproved(limit, 60));
  const claimOpen = () => inTenant(stage.tenant, ({ corrections }) => corrections.claimOpen(10, 60));
  const due = () => stage.database.unitOfWork.inSystem(({ tenants }) => tenants.withCorrections());

  it('are given by the deadline of their invoice, each to one worker', async () => {
    const days = ['2026-11-25', '2026-11-23', '2026-11-24'];
    const ids: string[] = [];
    for (const day of days) ids.push((await planted('approved', await rejected(day))).id);
    const [late, early, middle] = ids;
    expect(await due()).toContain(stage.tenant);
    const [first, second] = await Promise.all([claimApproved(2), claimApproved(2)]);
    const held = [...first, ...second].map(({ correction }) => correction.id as string);
    expect(held.toSorted()).toEqual(ids.toSorted());
    expect(await due()).not.toContain(stage.tenant);
    for (const { lease } of [...first, ...second]) {
      await inTenant(stage.tenant, ({ corrections }) => corrections.release(lease, 0));
    }
    expect((await claimApproved()).map(({ correction }) => correction.id)).toEqual([early, middle, late]);
  });

  it('are not given while a total failure lifts the duty to send them, nor before their time', async () => {
    const lifted = await rejected();
    await planted('approved', lifted);
    const { day: _day, endsAt: _endsAt, ...rest } = dueOn('2026-11-23');
    await inTenant(stage.tenant, ({ invoices }) =>
      invoices.saveTerm(lifted, { deadline: { ...rest, kind: 'none', regime: 'total-failure' } }),
    );
    expect(await claimApproved()).toEqual([]);
    expect(await due()).not.toContain(stage.tenant);
    await planted('approved', await rejected());
    const [held] = await claimApproved();
    if (held === undefined) throw new Error('none');
    await inTenant(stage.tenant, ({ corrections }) => corrections.release(held.lease, 3600));
    expect(await claimApproved()).toEqual([]);
  });

  it('are written by whoever holds them, and by nobody who lost them', async () => {
    const { id } = await planted('approved', await rejected());
    const [held] = await claimApproved();
    if (held === undefined) throw new Error('none');
    const sending: TechnicalCorrection = {
      ...held.correction,
      state: 'sending',
      session: SESSION,
      since: Temporal.Instant.from('2026-11-20T12:00:00Z'),
      sessions: [SESSION],
    };
    const { notBefore: _notBefore, ...kept } = sending as typeof sending & { notBefore?: unknown };
    const saveHeld = (correction: TechnicalCorrection, keep?: { leaseSeconds: number }) =>
      inTenant(stage.tenant, ({ corrections }) => corrections.saveHeld(correction, held.lease, 0, keep));
    await saveHeld(kept, { leaseSeconds: 60 });
    expect(await find(id)).toEqual({ ...kept, version: 2 });
    expect(await claimOpen()).toEqual([]);
    await expect(saveHeld(kept)).rejects.toThrow(ConcurrentUpdateError);
    await stage.database.sql(
      "UPDATE technical_correction SET lease_until = now() - interval '1 second' WHERE id = $1",
      [id],
    );
    const [next] = await claimOpen();
    expect(next?.correction).toEqual({ ...kept, version: 2 });
    const referred = { ...kept, version: 2, reference: 'EE-1' as InvoiceReference };
    await expect(saveHeld(referred)).rejects.toThrow(StaleLeaseError);
    const leaseSecondsOf = async () => {
      const [row] = await stage.database.sql<{ seconds: number }>(
        'SELECT extract(epoch FROM lease_until - app_now())::float AS seconds FROM technical_correction WHERE id = $1',
        [id],
      );
      return row?.seconds;
    };
    const renew = (lease: typeof held.lease) =>
      inTenant(stage.tenant, ({ corrections }) => corrections.renew([lease], 600));
    await renew(held.lease);
    expect(await leaseSecondsOf()).toBeLessThan(61);
    if (next !== undefined) await renew(next.lease);
    expect(await leaseSecondsOf()).toBeGreaterThan(500);
    await inTenant(stage.tenant, ({ corrections }) => corrections.release(held.lease, 3600));
    expect(await due()).not.toContain(stage.tenant);
  });
});

describe('the invoice of a correction', () => {
  const correcting = async () => {
    const id = await rejected();
    const approved = (await planted('approved', id)) as Extract<TechnicalCorrection, { state: 'approved' }>;
    await inTenant(stage.tenant, async ({ invoices }) => {
      const invoice = (await invoices.find(id))?.invoice;
      if (invoice?.state !== 'rejected' || invoice.issue.mode === 'online') throw new Error('not rejected');
      const { issue } = invoice;
      await invoices.save({ ...invoice, state: 'correcting', issue, correctionId: approved.id });
    });
    return { id, approved };
  };
  const invoiceOf = async (id: InvoiceId) =>
    (await inTenant(stage.tenant, ({ invoices }) => invoices.find(id)))?.invoice;

  it('is being corrected only by an approved correction of its own', async () => {
    const { id, approved } = await correcting();
    expect(await invoiceOf(id)).toMatchObject({ state: 'correcting', correctionId: approved.id, refusal: REFUSAL });
    const other = await rejected();
    const proposal = await added(other);
    const invoice = await invoiceOf(other);
    if (invoice?.state !== 'rejected') throw new Error('not rejected');
    const move = (correctionId: TechnicalCorrectionId) =>
      inTenant(stage.tenant, ({ invoices }) =>
        invoices.save({ ...invoice, issue: anOfflineIssue(), state: 'correcting', correctionId }),
      );
    await expect(move(proposal.id)).rejects.toMatchObject({ constraint: 'invoice_correction_is_approved' });
    await expect(move(approved.id)).rejects.toMatchObject({ sqlState: '23503' });
  });

  it('is on its way again while a correction under review is looked up once more', async () => {
    const id = await rejected();
    const stuck = await planted('needs-review', id);
    if (stuck.state !== 'needs-review') throw new Error('not under review');
    const { refusal, approved: by, ...identity } = stuck;
    const invoice = await invoiceOf(id);
    if (invoice?.state !== 'rejected') throw new Error('not rejected');
    await inTenant(stage.tenant, async ({ corrections, invoices }) => {
      await corrections.save({ ...identity, approved: by, refusal, state: 'resolving', lookups: 0 });
      await invoices.save({ ...invoice, issue: anOfflineIssue(), state: 'correcting', correctionId: stuck.id });
    });
    expect(await invoiceOf(id)).toMatchObject({ state: 'correcting', correctionId: stuck.id });
  });

  it('names the file that KSeF holds, once and for all, and keeps its own', async () => {
    const { id, approved } = await correcting();
    const invoice = await invoiceOf(id);
    if (invoice?.state !== 'correcting') throw new Error('not correcting');
    const { refusal: _refusal, correctionId, ...rest } = invoice;
    const accepted = { ...rest, state: 'accepted' as const, acceptance: ACCEPTANCE };
    const corrected = { correctionId, hash: approved.hash };
    const saveInvoice = (given: typeof accepted & { corrected?: typeof corrected }) =>
      inTenant(stage.tenant, ({ invoices }) => invoices.save(given));
    await expect(saveInvoice({ ...accepted, corrected: { ...corrected, hash: invoice.hash } })).rejects.toMatchObject({
      sqlState: '23503',
    });
    await saveInvoice({ ...accepted, corrected });
    expect(await invoiceOf(id)).toEqual({ ...accepted, corrected, version: invoice.version + 1 });
    await expect(saveInvoice({ ...accepted, version: invoice.version + 1 })).rejects.toMatchObject({
      constraint: 'invoice_corrected_is_final',
    });
  });

  it('is never sent with its old file once a correction may have reached KSeF', async () => {
    const { id, approved } = await correcting();
    await stage.database.force("UPDATE invoice SET state = 'blocked', correction_id = NULL WHERE id = $1", [id]);
    const sent = {
      ...approved,
      sessions: [SESSION],
      state: 'sending' as const,
      session: SESSION,
      since: NOON,
    };
    await save(sent);
    const resend = stage.database.sql(
      "UPDATE invoice SET state = 'issued', channel = NULL, batch_id = NULL, session_reference = NULL, refusal = NULL WHERE id = $1",
      [id],
    );
    await expect(resend).rejects.toMatchObject({ constraint: 'invoice_corrected_is_not_resent' });
  });

  it('has an approved correction when it is planted', async () => {
    const { invoice, bytes } = aReceivedInvoice();
    const batch = aPlannedBatch();
    await inTenant(stage.tenant, ({ batches }) => batches.add(batch));
    const planted = inState(invoice, 'correcting', batch.id);
    await plant(stage.database, stage.tenant, planted, bytes);
    expect(await invoiceOf(invoice.id)).toEqual(planted);
    expect(await find(correctionOf(invoice.id))).toMatchObject({ state: 'approved', invoiceId: invoice.id });
  });
});

describe('what people read of corrections', () => {
  it('is listed newest first, a page at a time, by state', async () => {
    const ids: TechnicalCorrectionId[] = [];
    for (let at = 0; at < 3; at++) {
      const proposed = { ...EWA, at: NOON.add({ seconds: at }) };
      ids.push((await added(await rejected(), { proposed })).id);
    }
    const list = (...args: Parameters<TechnicalCorrectionRepository['list']>) =>
      inTenant(stage.tenant, async ({ corrections }) => (await corrections.list(...args)).map(({ id }) => id));
    const [first, second, third] = ids;
    expect(await list(['proposed'], 2)).toEqual([third, second]);
    expect(await list(['proposed'], 2, second)).toEqual([first]);
    expect(await list(['approved'], 9)).toEqual([]);
  });

  it('includes masses of refusals: counted by schema, warned of once since', async () => {
    const since = Temporal.Now.instant().subtract({ hours: 1 });
    for (let at = 0; at < 3; at++) await rejected();
    await stage.database.sql('UPDATE invoice SET updated_at = app_now() WHERE tenant_id = $1', [stage.tenant]);
    const raisedAt = Temporal.Now.instant().round('millisecond');
    const inStore = <T>(work: (stores: TenantStores) => Promise<T>) => inTenant(stage.tenant, work);
    expect(await inStore(({ massRejections }) => massRejections.rejectedSince(since))).toEqual([
      { formCode: FA3, invoices: 3 },
    ]);
    expect(await inStore(({ massRejections }) => massRejections.rejectedSince(raisedAt.add({ hours: 1 })))).toEqual([]);
    const warning = { formCode: FA3, invoices: 3, since: since.round('millisecond'), raisedAt };
    const outcomes = await Promise.all(
      [1, 2, 3].map(() => inStore(({ massRejections }) => massRejections.raise(warning))),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await inStore(({ massRejections }) => massRejections.recent(5))).toEqual([warning]);
    const standing = (from: typeof since) => inStore(({ massRejections }) => massRejections.standing(FA3, from));
    expect(await standing(raisedAt.subtract({ seconds: 1 }))).toEqual(warning);
    expect(await standing(raisedAt)).toBeUndefined();
    const lift = { formCode: FA3, liftedAt: raisedAt, actor: 'api-key:a', person: 'Anna', reason: 'mended' };
    await inStore(({ massRejections }) => massRejections.lift(lift));
    expect(await standing(raisedAt.subtract({ seconds: 1 }))).toBeUndefined();
  });
});
