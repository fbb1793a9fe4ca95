import { describe, expect, it } from '@jest/globals';
import { hashToBase64 } from '../invoice/invoice-hash.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError } from '../session/ksef-access.js';
import { JURISDICTION } from '../testing/issuing-world.js';
import { TENANT } from '../testing/builders.js';
import { CrashError, CrashPoints } from '../testing/crash-points.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { plainDocument } from '../testing/plain-document.js';
import { refused } from '../testing/scripted-ksef.js';
import type { Heartbeat } from '../shared/heartbeat.port.js';
import { LEASE_SECONDS } from './advance-batch.js';
import { StaleLeaseError } from './batch-repository.port.js';
import { PlanBatches } from './plan-batches.js';

const GO_ON = { aborted: false };

describe('a batch that meets no trouble', () => {
  it('goes the whole way, and every invoice ends with its number and its UPO', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3', 'FV/4', 'FV/5');

    const batch = await world.runToEnd(id);

    expect(batch).toMatchObject({ state: 'done', sessionCode: 200, session: 'session-1', openAttempts: 1 });
    expect(world.ksef.ledger.map(({ number }) => number)).toEqual(['FV/1', 'FV/2', 'FV/3', 'FV/4', 'FV/5']);
    for (const { number, ksefNumber, hash } of world.ksef.ledger) {
      const invoice = world.invoice(number);
      expect(invoice).toMatchObject({
        state: 'complete',
        hash,
        acceptance: { ksefNumber, session: 'session-1', invoicingDate: expect.anything() },
        delivery: { channel: 'batch', batchId: id, session: 'session-1' },
      });
    }
    const pages = ['session-1/0', 'session-1/0', 'session-1/0', 'session-1/1', 'session-1/1'];
    for (const [at, { number }] of world.ksef.ledger.entries()) {
      const proof = await world.database.tracking.upos.proofOf(world.invoice(number).id);
      expect(proof).toMatchObject({ kind: 'page' });
      expect(new TextDecoder().decode(proof?.bytes)).toBe(`UPO page ${pages[at] ?? ''}`);
    }
    expect(world.packager.disk.size).toBe(0);
  });

  it('destroys the session key at its end', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1');
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done', sealed: { sealedSessionKey: new Uint8Array() } });
  });

  it('stores each step before the next one, each with an audit row', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3', 'FV/4', 'FV/5');
    await world.runToEnd(id);
    const trail = await world.database.audit.of('batch', id);
    expect(trail.map(({ action }) => action)).toEqual([
      'batch.planned',
      'batch.packed',
      'batch.opening',
      'batch.open',
      'batch.part-uploaded',
      'batch.part-uploaded',
      'batch.part-uploaded',
      'batch.part-uploaded',
      'batch.part-uploaded',
      'batch.closing',
      'batch.processing',
      'batch.reconciling',
      // A page of its list each.
      'batch.reconciling',
      'batch.reconciling',
      'batch.reconciling',
      'batch.done',
    ]);
    const invoiceTrail = await world.database.audit.of('invoice', world.invoice('FV/3').id);
    expect(invoiceTrail.map(({ action }) => action)).toEqual([
      'invoice.planned',
      'invoice.in-session',
      'invoice.accepted',
      'invoice.complete',
    ]);
  });

  it('waits while KSeF is processing, and for a UPO that is not ready', async () => {
    const world = new DeliveryWorld();
    world.ksef.pollsUntilProcessed = 3;
    world.ksef.upoReadsUntilReady = 2;
    const id = await world.plannedBatch('FV/1', 'FV/2');

    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(world.batch(id).state).toBe('processing');
    expect(world.invoiceStates).toEqual(['FV/1: in-session', 'FV/2: in-session']);

    while (world.batch(id).state === 'processing') {
      world.clock.advance(60);
      await world.worker().execute(TENANT, id, GO_ON);
    }
    expect(world.invoiceStates).toEqual(['FV/1: accepted', 'FV/2: accepted']);
    await world.runToEnd(id);
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete']);
  });

  it('leaves a job and the time of the next action behind whenever it waits', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1');
    world.ksef.script('status', new KsefThrottledError(77));
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(world.database.batches.nextActionInSeconds(id)).toBe(77);
    expect(world.database.jobs.queued.at(-1)).toEqual({
      job: { kind: 'advance-batch', tenant: TENANT, batchId: id },
      afterSeconds: 77,
    });
  });

  it('gives the batch back when it is told to stop', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1');
    expect(await world.worker().execute(TENANT, id, { aborted: true })).toBe('waiting');
    expect(world.batch(id).state).toBe('planned');
    expect(await world.worker('worker-2').execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(world.batch(id).state).toBe('processing');
  });

  it('has nothing left to do when it is advanced after its end', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1');
    const ended = await world.runToEnd(id);
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('ended');
    expect(world.batch(id)).toEqual(ended);
    expect(world.ksef.sessions).toHaveLength(1);
  });
});

describe('opening a session', () => {
  it.each(['lost-before', 'lost-after'] as const)('opens another when the answer is unknown (%s)', async (fault) => {
    const world = new DeliveryWorld();
    world.ksef.script('open', fault);
    const id = await world.plannedBatch('FV/1', 'FV/2');
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(world.batch(id)).toMatchObject({ state: 'packed', openAttempts: 1 });
    expect(world.invoiceStates).toEqual(['FV/1: planned', 'FV/2: planned']);

    expect(await world.runToEnd(id)).toMatchObject({ state: 'done', openAttempts: 2 });
    expect(world.ksef.ledger).toHaveLength(2);
    expect(world.packager.seals).toBe(1);
  });

  it('waits longer after each unknown answer, and gives up after twenty', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('open', ...Array<'lost-before'>(25).fill('lost-before'));
    const id = await world.plannedBatch('FV/1');
    const waits: (number | undefined)[] = [];
    while (world.batch(id).state !== 'dead') {
      await world.worker().execute(TENANT, id, GO_ON);
      const wait = world.database.batches.nextActionInSeconds(id);
      if (wait !== undefined) waits.push(wait);
      world.clock.advance(wait ?? 0);
    }
    expect(waits.slice(0, 9)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300]);
    expect(waits).toHaveLength(20);
    expect(world.batch(id)).toMatchObject({ reason: 'KSeF opened no session in 20 attempts' });
    expect(world.invoiceStates).toEqual(['FV/1: issued']);
  });

  it('ends the batch when KSeF refuses, and its invoices wait again with the same bytes', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('open', refused(21184, 'chwilowo'));
    const id = await world.plannedBatch('FV/1', 'FV/2');
    const hash = hashToBase64(world.invoice('FV/1').hash);
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('ended');
    expect(world.batch(id)).toMatchObject({ state: 'dead', reason: 'KSeF refused to open a session: chwilowo' });
    expect(world.invoiceStates).toEqual(['FV/1: issued', 'FV/2: issued']);
    expect(hashToBase64(world.invoice('FV/1').hash)).toBe(hash);
    expect(world.invoice('FV/1')).not.toHaveProperty('delivery');
  });

  it.each([21405, 21157, 21161])(
    'packs anew when KSeF refuses the package (%i); the second time a person looks',
    async (code) => {
      const world = new DeliveryWorld();
      world.ksef.script('open', refused(code, 'walidacja'));
      const id = await world.plannedBatch('FV/1', 'FV/2');
      expect(await world.runToEnd(id)).toMatchObject({
        state: 'dead',
        reason: 'KSeF refused to open a session: walidacja',
      });
      const [, next] = world.database.batches.stored;
      expect(next).toMatchObject({
        state: 'planned',
        lineage: { previous: id, cause: 'session-failed', codes: [code] },
      });
      world.ksef.script('open', refused(code, 'walidacja'));
      expect(await world.runToEnd(next!.id)).toMatchObject({ state: 'dead' });
      expect(world.invoiceStates).toEqual(['FV/1: needs-review', 'FV/2: needs-review']);
      expect(world.invoice('FV/1')).toMatchObject({ refusal: { code } });
      expect(world.database.batches.stored).toHaveLength(2);
    },
  );

  it('leaves no files behind when it comes to nothing', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1');
    world.ksef.script('open', refused(21405));
    expect(await world.runToEnd(id)).toMatchObject({ state: 'dead' });
    expect(world.packager.disk.size).toBe(0);
  });

  it('packs anew, under a fresh key, when KSeF has withdrawn the public key', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('open', { no: { code: 'PUBLIC_KEY_WITHDRAWN' } });
    const id = await world.plannedBatch('FV/1', 'FV/2');
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done', openAttempts: 2 });
    expect(world.packager.seals).toBe(2);
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete']);
  });

  it('waits when the login is refused, until a person has acted, and counts no attempt', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('open', new KsefLoginError('LOGIN_REFUSED', 'the certificate is suspended'));
    const id = await world.plannedBatch('FV/1');
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(world.database.batches.nextActionInSeconds(id)).toBe(300);
    expect(world.batch(id)).toMatchObject({ state: 'packed', openAttempts: 0 });
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done', openAttempts: 1 });
  });
});

describe('uploading', () => {
  it.each(['lost-before', 'lost-after'] as const)('sends a part of unknown fate again (%s)', async (fault) => {
    const world = new DeliveryWorld();
    world.ksef.script('uploadPart', fault);
    const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3', 'FV/4', 'FV/5');
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(world.batch(id)).toMatchObject({ state: 'open', uploaded: new Set([2, 3, 4, 5]) });
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done', openAttempts: 1 });
    expect(world.ksef.ledger).toHaveLength(5);
  });

  it('keeps the parts that arrived when one is refused, and ends the batch', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('uploadPart', { no: { code: 'UPLOAD_WINDOW_CLOSED' } });
    const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3', 'FV/4', 'FV/5');
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('ended');
    expect(world.batch(id)).toMatchObject({
      state: 'dead',
      session: 'session-1',
      reason: "KSeF's storage refused a part: UPLOAD_WINDOW_CLOSED",
    });
    expect(new Set(world.database.invoices.stored.map(({ state }) => state))).toEqual(new Set(['issued']));
  });

  it('leaves the batch to KSeF at the end of the upload window, to the millisecond, when all may have arrived', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('uploadPart', 'lost-before', 'lost-before', 'lost-before', 'lost-before');
    const id = await world.plannedBatch('FV/1');
    await world.worker().execute(TENANT, id, GO_ON);
    const open = world.batch(id);
    if (open.state !== 'open') throw new Error(`it is ${open.state}`);

    world.clock.set(open.uploadExpiresAt.subtract({ milliseconds: 1 }).toString());
    await world.worker().execute(TENANT, id, GO_ON);
    expect(world.batch(id).state).toBe('open');
    world.clock.set(open.uploadExpiresAt.toString());
    await world.worker().execute(TENANT, id, GO_ON);
    expect(world.batch(id)).toMatchObject({ state: 'processing' });
    expect(await world.planner.execute(TENANT, 'worker')).toEqual([]);
    world.ksef.cancelOpenSessions();
    await world.runToEnd(id);
    expect(world.batch(id)).toMatchObject({ state: 'dead', reason: 'KSeF ended the session with code 440' });

    world.clock.advance(60);
    const [next] = await world.planner.execute(TENANT, 'worker');
    await world.runToEnd(next!.id);
    expect(world.invoiceStates).toEqual(['FV/1: complete']);
    expect(world.ksef.ledger).toHaveLength(1);
  });

  it('makes lost files again as they were declared', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('uploadPart', 'lost-before');
    const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3');
    await world.worker().execute(TENANT, id, GO_ON);
    world.packager.disk.clear();
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
    expect(world.packager.seals).toBe(1);
  });

  it('ends the batch when the files cannot be made again as they were declared', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('open', new KsefThrottledError(5));
    const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3');
    await world.worker().execute(TENANT, id, GO_ON);
    world.packager.disk.clear();
    world.packager.canRebuild = false;
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('ended');
    expect(world.batch(id).state).toBe('dead');
    expect(world.invoice('FV/1').state).toBe('issued');
  });
});

describe('closing', () => {
  it('asks for the status when it is not known whether the close arrived, and does not send anything twice', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('close', 'lost-after');
    const id = await world.plannedBatch('FV/1', 'FV/2');
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(world.batch(id).state).toBe('closing');
    expect(world.invoiceStates).toEqual(['FV/1: in-session', 'FV/2: in-session']);
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
    expect(world.ksef.sessions).toHaveLength(1);
    expect(world.ksef.ledger).toHaveLength(2);
  });

  it('closes again when the status says that the close never arrived', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('close', 'lost-before', 'lost-before');
    const id = await world.plannedBatch('FV/1');
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
    expect(world.ksef.sessions).toHaveLength(1);
  });

  it('goes on asking while KSeF cannot be asked, or does not know its own session yet', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('status', new KsefUnreachableError('connection reset'));
    const id = await world.plannedBatch('FV/1');
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(world.database.batches.nextActionInSeconds(id)).toBe(10);
    const [session] = world.ksef.sessions.splice(0);
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(world.batch(id).state).toBe('closing');
    world.ksef.sessions.push(session!);
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
  });
});

describe('the outcome of a session', () => {
  it('is told apart for each invoice', async () => {
    const world = new DeliveryWorld();
    const theirs = world.ksef.acceptBefore(plainDocument({ number: 'FV/4', content: 'other' }));
    world.ksef.acceptBefore(plainDocument({ number: 'FV/5' }));
    world.ksef.verdicts.set('FV/2', [450]);
    world.ksef.verdicts.set('FV/3', [410]);
    world.ksef.verdicts.set('FV/6', [550]);
    const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3', 'FV/4', 'FV/5', 'FV/6');

    expect(await world.runToEnd(id)).toMatchObject({ state: 'done', sessionCode: 200 });
    expect(world.invoiceStates).toEqual([
      'FV/1: complete',
      'FV/2: rejected',
      'FV/3: blocked',
      'FV/4: conflict',
      'FV/5: complete',
      'FV/6: issued',
    ]);
    expect(world.invoice('FV/4')).toMatchObject({ refusal: { advice: expect.stringContaining(theirs.ksefNumber) } });
    expect(world.invoice('FV/5')).toMatchObject({ acceptance: { session: 'session-2' } });

    expect(await world.planner.execute(TENANT, 'worker')).toEqual([]);
    world.clock.advance(60);
    const [next] = await world.planner.execute(TENANT, 'worker');
    await world.runToEnd(next!.id);
    expect(world.invoice('FV/6').state).toBe('complete');
  });

  it.each([440, 500])(
    'with code %i and no rows puts every invoice back, and the next session delivers them',
    async (code) => {
      const world = new DeliveryWorld();
      world.ksef.sessionVerdicts.push(code);
      const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3');
      expect(await world.runToEnd(id)).toMatchObject({
        state: 'dead',
        session: 'session-1',
        reason: `KSeF ended the session with code ${String(code)}`,
      });
      expect(world.invoiceStates).toEqual(['FV/1: issued', 'FV/2: issued', 'FV/3: issued']);
      expect(world.invoice('FV/1')).toMatchObject({ deliveryAttempts: 1 });
      expect(await world.planner.execute(TENANT, 'worker')).toEqual([]);
      world.clock.advance(60);
      const [next] = await world.planner.execute(TENANT, 'worker');
      await world.runToEnd(next!.id);
      expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete', 'FV/3: complete']);
      expect(world.ksef.ledger).toHaveLength(3);
    },
  );

  it('that nobody closed for twelve hours (440) puts every invoice back', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('close', 'lost-before');
    const id = await world.plannedBatch('FV/1', 'FV/2');
    await world.worker().execute(TENANT, id, GO_ON);
    expect(world.batch(id).state).toBe('closing');
    world.ksef.cancelOpenSessions();
    expect(await world.runToEnd(id)).toMatchObject({ state: 'dead' });
    expect(world.invoiceStates).toEqual(['FV/1: issued', 'FV/2: issued']);
  });

  it('with no correct invoice (445) is read row by row: all may be duplicates of ours', async () => {
    const world = new DeliveryWorld();
    world.ksef.acceptBefore(plainDocument({ number: 'FV/1' }));
    world.ksef.verdicts.set('FV/2', [450]);
    const id = await world.plannedBatch('FV/1', 'FV/2');
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done', sessionCode: 445 });
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: rejected']);
    expect(world.ksef.ledger).toHaveLength(1);
  });

  it('is not over while KSeF does not list an invoice of a successful session: it is not sent elsewhere', async () => {
    const world = new DeliveryWorld();
    world.ksef.unlisted.add('FV/2');
    const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3');
    for (let round = 0; round < 5; round++) {
      expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('waiting');
      world.clock.advance(60);
    }
    expect(world.batch(id).state).toBe('reconciling');
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: in-session', 'FV/3: complete']);
    expect(await world.planner.execute(TENANT, 'worker')).toEqual([]);
  });

  it('is not over either while KSeF lists no row for an invoice of a session without a correct one (445)', async () => {
    const world = new DeliveryWorld();
    world.ksef.verdicts.set('FV/1', [450]);
    world.ksef.verdicts.set('FV/2', [450]);
    world.ksef.unlisted.add('FV/2');
    const id = await world.plannedBatch('FV/1', 'FV/2');
    for (let round = 0; round < 3; round++) {
      await world.worker().execute(TENANT, id, GO_ON);
      world.clock.advance(60);
    }
    expect(world.batch(id)).toMatchObject({ state: 'reconciling', sessionCode: 445 });
    expect(world.invoiceStates).toEqual(['FV/1: rejected', 'FV/2: in-session']);
  });

  it('is not over while a row has no final word', async () => {
    const world = new DeliveryWorld();
    world.ksef.verdicts.set('FV/2', [150]);
    const id = await world.plannedBatch('FV/1', 'FV/2');
    await world.worker().execute(TENANT, id, GO_ON);
    world.clock.advance(60);
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: in-session']);
  });

  it('is matched by hash, whatever the order of the rows, and an accepted row counts before its own duplicate', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3');
    await world.worker().execute(TENANT, id, GO_ON);
    world.clock.advance(60);
    world.ksef.during.set('invoices', () => {
      const [session] = world.ksef.sessions;
      const [first] = session!.rows;
      session!.rows = [{ ...first!, code: 440 }, ...[...session!.rows].reverse(), { ...first!, code: 440 }];
      return Promise.resolve();
    });
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete', 'FV/3: complete']);
    for (const { number, ksefNumber } of world.ksef.ledger) {
      expect(world.invoice(number)).toMatchObject({ acceptance: { ksefNumber } });
    }
  });

  it('does not count on a UPO that names another document', async () => {
    const world = new DeliveryWorld();
    world.ksef.collectiveUpo = false;
    const id = await world.plannedBatch('FV/1');
    await world.worker().execute(TENANT, id, GO_ON);
    world.clock.advance(60);
    await world.worker().execute(TENANT, id, GO_ON);
    world.clock.advance(600);
    world.ksef.during.set('upo', () => {
      world.ksef.wrongUpos.add(world.ksef.ledger[0]!.ksefNumber);
      return Promise.resolve();
    });
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(world.invoiceStates).toEqual(['FV/1: accepted']);
    expect(await world.database.invoices.upo(world.invoice('FV/1').id)).toBeUndefined();

    world.ksef.wrongUpos.clear();
    await world.runToEnd(id);
    expect(world.invoiceStates).toEqual(['FV/1: complete']);
  });
});

describe('two workers', () => {
  it('do not hold one batch at a time', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1', 'FV/2');
    let meanwhile: string | undefined;
    world.ksef.during.set('open', async () => {
      meanwhile = await world.worker('worker-2').execute(TENANT, id, GO_ON);
    });
    expect(await world.worker('worker-1').execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(meanwhile).toBe('held-by-another');
    expect(world.ksef.sessions).toHaveLength(1);
  });

  it('leave a batch to one that renews its lease, however long a step takes', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1');
    const beats: { everySeconds: number; beat: () => Promise<void> }[] = [];
    const heartbeat: Heartbeat = {
      during: (everySeconds, beat, work) => {
        beats.push({ everySeconds, beat });
        return work();
      },
    };
    let meanwhile: string | undefined;
    world.ksef.during.set('open', async () => {
      world.clock.advance(LEASE_SECONDS - 1);
      await beats[0]?.beat();
      world.clock.advance(LEASE_SECONDS - 1);
      meanwhile = await world.worker('worker-2').execute(TENANT, id, GO_ON);
    });
    await world.worker('worker-1', new CrashPoints(0), heartbeat).execute(TENANT, id, GO_ON);
    expect(meanwhile).toBe('held-by-another');
    expect(beats[0]?.everySeconds).toBe(LEASE_SECONDS / 3);
    expect(world.ksef.sessions).toHaveLength(1);
    // A beat that comes too late does not touch the claim of the next holder.
    await world.database.inTenant(TENANT, ({ batches }) => batches.lease(id, 'worker-3', LEASE_SECONDS));
    await expect(beats[0]?.beat()).rejects.toThrow(StaleLeaseError);
  });

  it.each(['open', 'uploadPart', 'close', 'status', 'invoices', 'upoPage'] as const)(
    'deliver once when the first stalls past its lease during %s and then wakes up',
    async (call) => {
      const world = new DeliveryWorld();
      const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3');
      world.ksef.during.set(call, async () => {
        world.clock.advance(LEASE_SECONDS + 1);
        expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
      });
      for (let round = 0; round < 10; round++) {
        const outcome = await world
          .worker('stalled')
          .execute(TENANT, id, GO_ON)
          .catch((error: unknown) => (error as Error).name);
        expect(['waiting', 'held-by-another', 'ended', 'ConcurrentUpdateError']).toContain(outcome);
        world.clock.advance(LEASE_SECONDS + 1);
      }
      expect(world.batch(id).state).toBe('done');
      expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete', 'FV/3: complete']);
      expect(world.ksef.ledger.map(({ number }) => number)).toEqual(['FV/1', 'FV/2', 'FV/3']);
    },
  );
});

describe('a worker that dies', () => {
  /** Plans and advances, a new worker after each death, until nothing waits; returns the world as it ended. */
  async function deliver(crash: CrashPoints): Promise<DeliveryWorld> {
    const world = new DeliveryWorld();
    world.ksef.acceptBefore(plainDocument({ number: 'FV/4' }));
    world.ksef.verdicts.set('FV/2', [450]);
    world.ksef.verdicts.set('FV/3', [550]);
    await world.add('FV/1', 'FV/2', 'FV/3', 'FV/4', 'FV/5', 'FV/6');
    const database = crash.around(world.database);
    const planner = new PlanBatches(database, world.clock, world.ids, JURISDICTION);
    for (let round = 1; round <= 60; round++) {
      try {
        await planner.execute(TENANT, 'worker');
        const due = await database.inSystem((stores) => stores.dueBatches(10));
        for (const { batchId } of due) await world.worker(`w${String(round)}`, crash).execute(TENANT, batchId, GO_ON);
      } catch (error) {
        if (!(error instanceof CrashError)) throw error;
        crash.revive();
      }
      world.clock.advance(LEASE_SECONDS + 1);
      if (world.database.batches.stored.every(({ state }) => state === 'done' || state === 'dead')) {
        if (!world.invoiceStates.some((text) => text.endsWith(': issued'))) return world;
      }
    }
    throw new Error(`not delivered: ${world.invoiceStates.join(', ')}`);
  }

  const END = [
    'FV/1: complete',
    'FV/2: rejected',
    'FV/3: complete',
    'FV/4: complete',
    'FV/5: complete',
    'FV/6: complete',
  ];

  it('is replaced by another, and the end is the same wherever it died', async () => {
    let at = 0;
    let happened: boolean;
    do {
      const crash = new CrashPoints(at);
      const world = await deliver(crash);
      expect([at, world.invoiceStates]).toEqual([at, END]);
      const numbers = world.ksef.ledger.map(({ number }) => number).sort();
      expect([at, numbers]).toEqual([at, ['FV/1', 'FV/3', 'FV/4', 'FV/5', 'FV/6']]);
      for (const { number, ksefNumber, hash } of world.ksef.ledger) {
        expect(world.invoice(number)).toMatchObject({ hash, acceptance: { ksefNumber } });
        expect(await world.database.tracking.upos.proofOf(world.invoice(number).id)).toBeDefined();
      }
      if (at === 0) expect(crash.passed).toBeGreaterThan(60);
      happened = at === 0 || crash.happened;
      at += 1;
    } while (happened);
    expect(at).toBeGreaterThan(60);
  });
});

describe('a worker that dies while packages fail and sessions hang', () => {
  /** First a key that KSeF cannot open, then a file that spoils its package, and one duplicate of ours. */
  async function deliver(crash: CrashPoints): Promise<DeliveryWorld> {
    const world = new DeliveryWorld();
    world.ksef.sessionVerdicts.push(415);
    world.ksef.spoilers.set('FV/2', 430);
    world.ksef.acceptBefore(plainDocument({ number: 'FV/3' }));
    world.ksef.script('open', 'lost-after');
    world.ksef.script('close', 'lost-after');
    await world.plannedBatch('FV/1', 'FV/2', 'FV/3');
    const database = crash.around(world.database);
    for (let round = 1; round <= 120; round++) {
      try {
        const due = await database.inSystem((stores) => stores.dueBatches(10));
        for (const { batchId } of due) await world.worker(`w${String(round)}`, crash).execute(TENANT, batchId, GO_ON);
      } catch (error) {
        if (!(error instanceof CrashError)) throw error;
        crash.revive();
      }
      world.clock.advance(LEASE_SECONDS + 1);
      if (world.database.batches.stored.every(({ state }) => state === 'done' || state === 'dead')) return world;
    }
    throw new Error(`not delivered: ${world.invoiceStates.join(', ')}`);
  }

  it('is replaced by another, and the end is the same wherever it died', async () => {
    let at = 0;
    let happened: boolean;
    do {
      const crash = new CrashPoints(at);
      const world = await deliver(crash);
      expect([at, world.invoiceStates]).toEqual([at, ['FV/1: complete', 'FV/2: needs-review', 'FV/3: complete']]);
      expect([at, world.ksef.ledger.map(({ number }) => number).sort()]).toEqual([at, ['FV/1', 'FV/3']]);
      for (const number of ['FV/1', 'FV/3']) {
        expect(await world.database.tracking.upos.proofOf(world.invoice(number).id)).toBeDefined();
      }
      for (const { id } of world.database.batches.stored) {
        const calls = await world.database.tracking.attempts.ofBatch(id);
        expect([at, calls.filter(({ state }) => state === 'pending')]).toEqual([at, []]);
      }
      happened = at === 0 || crash.happened;
      at += 1;
    } while (happened);
    expect(at).toBeGreaterThan(100);
  });
});
