import {
  BATCH_TRANSITIONS,
  beginClosing,
  beginOpening,
  closed,
  ConcurrentUpdateError,
  die,
  disputed,
  finished,
  opened,
  packed,
  pageRead,
  partUploaded,
  processed,
  sessionUnknown,
  StaleLeaseError,
  Temporal,
  type Batch,
  type BatchId,
  type BatchLease,
  type BatchState,
  type PartOrdinal,
  type ReconcilingBatch,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { aPlannedBatch, aSealedPackage, NOON, SESSION } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';
import { progressOf } from './batch.mapper.js';

const stage = Stage.forThisFile();

const STATES = Object.keys(BATCH_TRANSITIONS) as BatchState[];
const LATER = NOON.add({ minutes: 10 });
const TARGET = {
  ordinal: 1 as PartOrdinal,
  method: 'PUT',
  url: 'https://storage/secret-signature',
  headers: { a: 'b' },
};

const { inTenant } = stage;
const find = (id: BatchId) => inTenant(stage.tenant, ({ batches }) => batches.find(id));
const lease = (id: BatchId, owner = 'worker-1', seconds = 60) =>
  inTenant(stage.tenant, ({ batches }) => batches.lease(id, owner, seconds));
const save = (batch: Batch, held: BatchLease, next: number | undefined = 60) =>
  inTenant(stage.tenant, ({ batches }) => batches.save(batch, held, next));

async function aStoredBatch() {
  const batch = aPlannedBatch(3);
  await inTenant(stage.tenant, ({ batches }) => batches.add(batch));
  return batch;
}

/** One batch in every state, by the functions of the domain. */
function inEveryState(): Record<BatchState, Batch> {
  const planned = aPlannedBatch(3);
  const sealed = packed(planned, aSealedPackage());
  const opening = beginOpening(sealed);
  const open = opened(opening, SESSION, [TARGET, { ...TARGET, ordinal: 2 as PartOrdinal }], NOON);
  const uploading = partUploaded(open, 2 as PartOrdinal);
  const closing = beginClosing(partUploaded(uploading, 1 as PartOrdinal));
  const processing = closed(closing);
  const reconciling = processed(processing, 200);
  return {
    planned,
    packed: sealed,
    opening,
    open: uploading,
    closing: sessionUnknown(closing, LATER),
    processing: sessionUnknown(processing, LATER, 'the help desk says it never was'),
    reconciling,
    disputed: disputed(reconciling, 'one row is missing', LATER),
    done: finished(reconciling, LATER),
    dead: die(closing, 'The time for uploads is over', LATER),
  };
}

/** Puts a batch straight into the state it has; nobody holds it. */
async function plant(batch: Batch): Promise<void> {
  const { state, openAttempts, sessionReference, body, sealedSessionKey, initializationVector } = progressOf(batch);
  await stage.database.force(
    `INSERT INTO batch (tenant_id, id, context_type, context_value, form_system_code, form_schema_version, form_value,
       invoice_count, planned_at, version, state, open_attempts, session_reference, body, sealed_session_key,
       initialization_vector)
     VALUES ($1, $2, $3, $4, 'FA (3)', '1-0E', 'FA', $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      ...[
        stage.tenant,
        batch.id,
        batch.context.type,
        batch.context.value,
        batch.invoiceCount,
        batch.plannedAt.toString(),
      ],
      ...[batch.version, state, openAttempts, sessionReference, JSON.stringify(body)],
      ...[sealedSessionKey, initializationVector].map((bytes) => (bytes === null ? null : Buffer.from(bytes))),
    ],
  );
  if (batch.state !== 'open') return;
  for (const { ordinal, sizeBytes, sha256 } of batch.sealed.parts) {
    const arrived = batch.uploaded.has(ordinal);
    await stage.database.force(
      `INSERT INTO batch_part (tenant_id, batch_id, ordinal, size_bytes, sha256, state, attempts, sent_at, uploaded_at)
       VALUES ($1, $2, $3, $4, decode($5, 'base64'), $6, $7, $8, $8)`,
      [
        ...[stage.tenant, batch.id, ordinal, sizeBytes, sha256],
        ...(arrived ? ['uploaded', 1, NOON.toString()] : ['pending', 0, null]),
      ],
    );
  }
}

describe('storing and reading', () => {
  it('lists the newest first, by pages', async () => {
    const ids = [await aStoredBatch(), await aStoredBatch(), await aStoredBatch()].map(({ id }) => id);
    const page = async (after?: BatchId) =>
      (await inTenant(stage.tenant, ({ batches }) => batches.list(2, after))).map(({ id }) => id);
    expect([await page(), await page(ids[1])]).toEqual([[ids[2], ids[1]], [ids[0]]]);
  });

  it.each(STATES.filter((state) => state !== 'done' && state !== 'disputed'))(
    'gives a batch back as it was, in state %s',
    async (state) => {
      const batch = inEveryState()[state];
      await plant(batch);
      expect(await find(batch.id)).toEqual(batch);
    },
  );

  it('gives back why it carries what another batch carried', async () => {
    const lineage = { previous: (await aStoredBatch()).id, cause: 'session-failed' as const, codes: [430, 430] };
    const batch = { ...aPlannedBatch(3), lineage };
    await inTenant(stage.tenant, ({ batches }) => batches.add(batch));
    expect(await find(batch.id)).toEqual(batch);
    const held = (await lease(batch.id))!;
    await save(packed(batch, aSealedPackage()), held);
    expect(await find(batch.id)).toMatchObject({ state: 'packed', lineage });
  });

  it('gives back how far the reading of its session is', async () => {
    const batch = pageRead(inEveryState().reconciling as ReconcilingBatch, 'token');
    await plant(batch);
    expect(await find(batch.id)).toEqual(batch);
  });

  it.each(['done', 'disputed'] as const)('destroys the session key when the batch is %s', async (state) => {
    const batch = inEveryState()[state];
    await plant(batch);
    expect(await find(batch.id)).toEqual({
      ...batch,
      sealed: { ...aSealedPackage(), sealedSessionKey: new Uint8Array(), initializationVector: new Uint8Array() },
    });
  });

  it('keeps upload addresses only while they are open, and keys only until the end', async () => {
    const batch = await aStoredBatch();
    const held = (await lease(batch.id))!;
    const columns = async () => {
      const [row] = await stage.database.sql<{ body: string; key: Buffer | null; iv: Buffer | null }>(
        'SELECT body::text AS body, sealed_session_key AS key, initialization_vector AS iv FROM batch WHERE id = $1',
        [batch.id],
      );
      return { secretAddress: row!.body.includes('secret-signature'), key: row!.key !== null, iv: row!.iv !== null };
    };
    const sealed = packed(batch, aSealedPackage(1));
    await save(sealed, held);
    expect(await columns()).toEqual({ secretAddress: false, key: true, iv: true });
    const opening = beginOpening({ ...sealed, version: 1 });
    await save(opening, held);
    const open = opened({ ...opening, version: 2 }, SESSION, [TARGET], NOON);
    await save(open, held);
    expect(await columns()).toEqual({ secretAddress: true, key: true, iv: true });
    const closing = beginClosing(partUploaded({ ...open, version: 3 }, 1 as PartOrdinal));
    await save(closing, held);
    expect(await columns()).toEqual({ secretAddress: false, key: true, iv: true });
    await save(die({ ...closing, version: 4 }, 'over', LATER), held, undefined);
    expect(await columns()).toEqual({ secretAddress: false, key: false, iv: false });
  });
});

describe('the lifecycle in the database', () => {
  it('is the table of the domain', async () => {
    const rows = await stage.database.sql<{ from_state: string; to_state: string }>('SELECT * FROM batch_transition');
    const stored = rows.map((row) => `${row.from_state} -> ${row.to_state}`).sort();
    const declared = STATES.flatMap((from) => BATCH_TRANSITIONS[from].map((to) => `${from} -> ${to}`)).sort();
    expect(stored).toEqual(declared);
  });

  it.each(STATES)('lets a batch leave %s only along it', async (from) => {
    const reached: BatchState[] = [];
    for (const to of STATES) {
      const states = inEveryState();
      await plant(states[from]);
      const held = (await lease(states[from].id))!;
      const error: unknown = await save(states[to], held).catch((thrown: unknown) => thrown);
      if (error === undefined) reached.push(to);
      else expect(error).toMatchObject({ sqlState: 'LA002', constraint: 'batch_transition' });
      expect((await find(states[from].id))?.state).toBe(error === undefined ? to : from);
    }
    const declared: readonly BatchState[] = BATCH_TRANSITIONS[from];
    expect(reached).toEqual(STATES.filter((to) => to === from || declared.includes(to)));
  });

  it('begins in planned, never changes its plan, never lowers its fence and is never deleted', async () => {
    const batch = await aStoredBatch();
    const refused = async (sql: string) => stage.database.sql(sql, [batch.id]).catch((error: unknown) => error);
    const copy = `jsonb_build_object('id', gen_random_uuid(), 'state', 'dead')`;
    const insert = `INSERT INTO batch SELECT (jsonb_populate_record(batch, ${copy})).* FROM batch WHERE id = $1`;
    expect(await refused(insert)).toMatchObject({ code: 'LA002' });
    expect(await refused('UPDATE batch SET invoice_count = 4 WHERE id = $1')).toMatchObject({
      constraint: 'batch_plan',
    });
    expect(await refused('UPDATE batch SET fence = -1 WHERE id = $1')).toMatchObject({ constraint: 'batch_fence' });
    expect(await refused('DELETE FROM batch WHERE id = $1')).toMatchObject({ code: 'LA001' });
  });
});

describe('leases', () => {
  it('go to one worker at a time, until they are given back', async () => {
    const { id } = await aStoredBatch();
    const first = await lease(id);
    expect(first).toEqual({ batchId: id, fence: 1n });
    expect(await lease(id, 'worker-2')).toBeUndefined();
    expect(await lease(id, 'worker-1')).toBeUndefined();
    await inTenant(stage.tenant, ({ batches }) => batches.release(first!));
    expect(await lease(id, 'worker-2')).toEqual({ batchId: id, fence: 2n });
  });

  it('go to exactly one of many that ask at once', async () => {
    const { id } = await aStoredBatch();
    const leases = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((owner) => lease(id, owner)));
    expect(leases.filter((given) => given !== undefined)).toEqual([{ batchId: id, fence: 1n }]);
  });

  it('end by the clock of the database; the fence shuts out whoever comes late', async () => {
    const batch = await aStoredBatch();
    const lost = (await lease(batch.id, 'worker-1', 120))!;
    try {
      await stage.database.passTime(119);
      expect(await lease(batch.id, 'worker-2', 120)).toBeUndefined();
      await stage.database.passTime(121);
      const taken = (await lease(batch.id, 'worker-2', 120))!;
      expect(taken.fence).toBe(2n);
      const next = packed(batch, aSealedPackage());
      await expect(save(next, lost)).rejects.toBeInstanceOf(StaleLeaseError);
      await expect(inTenant(stage.tenant, ({ batches }) => batches.postpone(lost, 5))).rejects.toBeInstanceOf(
        StaleLeaseError,
      );
      await inTenant(stage.tenant, ({ batches }) => batches.release(lost));
      expect(await lease(batch.id, 'worker-3')).toBeUndefined();
      await save(next, taken);
      expect(await find(batch.id)).toEqual({ ...next, version: 1 });
    } finally {
      await stage.database.passTime(0);
    }
  });

  it('do not help against a version that moved on', async () => {
    const batch = await aStoredBatch();
    const held = (await lease(batch.id))!;
    await save(packed(batch, aSealedPackage()), held);
    await expect(save(packed(batch, aSealedPackage()), held)).rejects.toBeInstanceOf(ConcurrentUpdateError);
  });
});

describe('next actions', () => {
  const due = async (limit = 100) =>
    (await stage.database.unitOfWork.inSystem((stores) => stores.dueBatches(limit)))
      .filter((batch) => batch.tenant === stage.tenant)
      .map(({ batchId }) => batchId);

  it('find what is due, the longest due first, and nothing that is held', async () => {
    const [first, second, held] = [await aStoredBatch(), await aStoredBatch(), await aStoredBatch()];
    await lease(held.id, 'worker-1', 60);
    expect(await due()).toEqual([first.id, second.id]);
    expect(await stage.database.unitOfWork.inSystem((stores) => stores.dueBatches(1))).toHaveLength(1);
    try {
      await stage.database.passTime(61);
      expect(await due()).toEqual([first.id, second.id, held.id]);
    } finally {
      await stage.database.passTime(0);
    }
  });

  it('come when they were set, by save or postpone, and never for an ended batch', async () => {
    const batch = await aStoredBatch();
    const held = (await lease(batch.id))!;
    await save(packed(batch, aSealedPackage()), held, 30);
    await inTenant(stage.tenant, ({ batches }) => batches.release(held));
    expect(await due()).toEqual([]);
    try {
      await stage.database.passTime(31);
      expect(await due()).toEqual([batch.id]);
      const again = (await lease(batch.id))!;
      await inTenant(stage.tenant, ({ batches }) => batches.postpone(again, 600));
      await inTenant(stage.tenant, ({ batches }) => batches.release(again));
      expect(await due()).toEqual([]);
      await stage.database.passTime(700);
      expect(await due()).toEqual([batch.id]);
      const last = (await lease(batch.id))!;
      await save(die({ ...batch, version: 1 }, 'over', Temporal.Instant.from('2026-11-20T13:00:00Z')), last, undefined);
      await inTenant(stage.tenant, ({ batches }) => batches.release(last));
      expect(await due()).toEqual([]);
    } finally {
      await stage.database.passTime(0);
    }
  });
});
