import { describe, expect, it } from '@jest/globals';
import { KsefLoginError } from '../session/ksef-access.js';
import { TENANT } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { LEASE_SECONDS } from './advance-batch.js';
import { plainDocument } from '../testing/plain-document.js';
import type { BatchId } from './batch.js';

const GO_ON = { aborted: false };
const FIVE = ['FV/1', 'FV/2', 'FV/3', 'FV/4', 'FV/5'];
const FORBIDDEN = { no: { code: 'KSEF_REFUSED', httpStatus: 403, description: 'brak uprawnień' } } as const;

const run = (world: DeliveryWorld, id: BatchId) => world.worker().execute(TENANT, id, GO_ON);

const alarms = async (world: DeliveryWorld, id: BatchId) =>
  (await world.database.tracking.alarms.of(id)).map(({ kind }) => kind);

const statesOf = (world: DeliveryWorld) => [...new Set(world.database.invoices.stored.map(({ state }) => state))];

describe('a right that is missing (reliability C11)', () => {
  it('at the opening blocks the invoices, with the reason, and a person lets them go again with the same bytes', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('open', FORBIDDEN);
    const id = await world.plannedBatch('FV/1', 'FV/2');
    expect(await run(world, id)).toBe('ended');
    expect(world.batch(id)).toMatchObject({ state: 'dead', reason: 'KSeF refused to open a session: brak uprawnień' });
    expect(world.invoice('FV/1')).toMatchObject({
      state: 'blocked',
      refusal: { code: 403, advice: expect.stringContaining('Grant the right') },
    });
    expect(await alarms(world, id)).toEqual(['access-refused']);
    expect(world.database.outbox.events.map(({ type }) => type)).toEqual([
      'batch.alarm',
      'invoice.blocked',
      'invoice.blocked',
    ]);
    expect(await world.planner.execute(TENANT, 'worker')).toEqual([]);

    const ids = ['FV/1', 'FV/2'].map((number) => world.invoice(number).id);
    const { planned, passedOver } = await world.planner.named(TENANT, 'api-key:7', ids);
    expect(passedOver).toEqual([]);
    await world.runToEnd(planned[0]!.id);
    expect(statesOf(world)).toEqual(['complete']);
  });

  it('to read is told to people, and the batch goes on once it is granted', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1');
    world.ksef.script('status', new KsefLoginError('ACCESS_REFUSED', 'KSeF refuses to answer: HTTP 403.'));
    expect(await run(world, id)).toBe('waiting');
    expect(world.database.batches.nextActionInSeconds(id)).toBe(300);
    expect(await alarms(world, id)).toEqual(['access-refused']);
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
  });
});

describe('a login that KSeF refuses (reliability C11a)', () => {
  it('uses up no attempt of the batch, however long it lasts, and is told to people once', async () => {
    const world = new DeliveryWorld();
    const no = new KsefLoginError('LOGIN_REFUSED', 'KSeF refused the login: revoked.');
    world.ksef.script('open', ...Array<Error>(30).fill(no));
    const id = await world.plannedBatch('FV/1');
    for (let round = 0; round < 30; round++) {
      expect(await run(world, id)).toBe('waiting');
      world.clock.advance(300);
    }
    expect(world.batch(id)).toMatchObject({ state: 'packed', openAttempts: 0 });
    expect(await alarms(world, id)).toEqual(['login']);
    expect(world.database.outbox.events).toMatchObject([
      { type: 'batch.alarm', facts: { kind: 'login', detail: expect.stringContaining('revoked') } },
    ]);
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done', openAttempts: 1 });
  });
});

describe('opening in vain', () => {
  it('twenty times is told to people, and the invoices wait for the next batch', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('open', ...Array<'lost-before'>(20).fill('lost-before'));
    const id = await world.plannedBatch('FV/1');
    await world.runToEnd(id);
    expect(await alarms(world, id)).toEqual(['open-exhausted']);
    expect(world.invoiceStates).toEqual(['FV/1: issued']);
  });
});

describe('an upload address on a host that is not KSeF (reliability C16)', () => {
  it('ends the batch, alarms, and opens no other session before a person looked', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('uploadPart', { no: { code: 'UPLOAD_TARGET_FORBIDDEN' } });
    const id = await world.plannedBatch(...FIVE);
    expect(await run(world, id)).toBe('ended');
    expect(world.batch(id).state).toBe('dead');
    expect(await alarms(world, id)).toEqual(['upload-host']);
    expect(statesOf(world)).toEqual(['blocked']);
    expect(await world.planner.execute(TENANT, 'worker')).toEqual([]);
    const { planned } = await world.planner.named(
      TENANT,
      'api-key:7',
      FIVE.map((number) => world.invoice(number).id),
    );
    await world.runToEnd(planned[0]!.id);
    expect(statesOf(world)).toEqual(['complete']);
    expect(world.ksef.ledger).toHaveLength(5);
  });
});

describe('uploads that are over (reliability C18)', () => {
  const late = (world: DeliveryWorld, id: BatchId): void => {
    const batch = world.batch(id);
    if (batch.state !== 'open') throw new Error(`it is ${batch.state}`);
    world.clock.set(batch.uploadExpiresAt.toString());
  };

  it('release the invoices at once when a part surely never set out', async () => {
    const world = new DeliveryWorld();
    const stop = { aborted: false };
    const upload = world.ksef.batchSessions.uploadPart.bind(world.ksef.batchSessions);
    world.ksef.batchSessions.uploadPart = (...args) => {
      stop.aborted = true;
      return upload(...args);
    };
    const id = await world.plannedBatch(...FIVE);
    await world.worker().execute(TENANT, id, stop);
    late(world, id);
    expect(await run(world, id)).toBe('ended');
    expect(statesOf(world)).toEqual(['issued']);
  });

  it('release nothing when a part was refused only after it may have arrived', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('uploadPart', 'lost-after');
    const id = await world.plannedBatch('FV/1');
    await run(world, id);
    world.ksef.script('uploadPart', { no: { code: 'UPLOAD_WINDOW_CLOSED' } });
    world.clock.advance(5);
    expect(await run(world, id)).toBe('waiting');
    expect(world.batch(id).state).toBe('processing');
    expect(await alarms(world, id)).toContain('uploads-unknown');
    expect(statesOf(world)).toEqual(['in-session']);
  });

  it('and were processed all the same are reconciled like any other', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('uploadPart', 'lost-after');
    const id = await world.plannedBatch('FV/1', 'FV/2');
    await run(world, id);
    late(world, id);
    await run(world, id);
    expect(world.batch(id).state).toBe('processing');
    // Somebody closed it, against all that is known of KSeF.
    Object.assign(world.ksef.sessions[0]!, { code: 150, pollsLeft: 0 });
    await world.runToEnd(id);
    expect(statesOf(world)).toEqual(['complete']);
    expect(world.ksef.ledger).toHaveLength(2);
  });

  it('end a batch whose worker died just after a part was refused', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('uploadPart', { no: { code: 'UPLOAD_REJECTED', httpStatus: 400 } });
    const id = await world.plannedBatch('FV/1');
    const save = world.database.batches.save.bind(world.database.batches);
    world.database.batches.save = (batch, ...rest) =>
      batch.state === 'dead' ? Promise.reject(new Error('killed')) : save(batch, ...rest);
    await expect(run(world, id)).rejects.toThrow('killed');
    world.database.batches.save = save;
    world.clock.advance(LEASE_SECONDS + 1);
    expect(await run(world, id)).toBe('ended');
    expect(world.batch(id)).toMatchObject({ state: 'dead' });
    expect(statesOf(world)).toEqual(['issued']);
  });
});

describe('a worker that lost its lease (invariant I6)', () => {
  /** Another worker takes the batch over in the middle of that call, and cannot do anything itself. */
  const overtaken = (world: DeliveryWorld, id: BatchId, call: 'upoPage' | 'upo' | 'original') =>
    world.ksef.during.set(call, async () => {
      world.clock.advance(LEASE_SECONDS + 1);
      const lease = await world.database.inTenant(TENANT, ({ batches }) =>
        batches.lease(id, 'worker-2', LEASE_SECONDS),
      );
      expect(lease).toBeDefined();
    });

  it.each(['upoPage', 'upo'] as const)('stores no proof that it fetched meanwhile (%s)', async (call) => {
    const world = new DeliveryWorld();
    world.ksef.collectiveUpo = call === 'upoPage';
    const id = await world.plannedBatch('FV/1', 'FV/2');
    await run(world, id);
    world.clock.advance(700);
    if (call === 'upo') {
      // No page comes: after ten minutes each invoice is asked for by itself.
      await run(world, id);
      world.clock.advance(700);
    }
    let pages = 0;
    const { upos } = world.database.tracking;
    const addPage = upos.addPage.bind(upos);
    upos.addPage = (...args) => ((pages += 1), addPage(...args));
    overtaken(world, id, call);
    expect(await run(world, id)).toBe('held-by-another');
    expect(pages).toBe(0);
    expect(statesOf(world)).toEqual(['accepted']);
    expect(await world.database.tracking.upos.proofOf(world.invoice('FV/1').id)).toBeUndefined();
    world.clock.advance(LEASE_SECONDS + 1);
    await world.runToEnd(id);
    expect(statesOf(world)).toEqual(['complete']);
  });

  it('completes nothing after it, though the page is stored', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1', 'FV/2');
    await run(world, id);
    world.clock.advance(60);
    const { upos } = world.database.tracking;
    const addPage = upos.addPage.bind(upos);
    upos.addPage = async (...args) => {
      await addPage(...args);
      upos.addPage = addPage;
      world.clock.advance(LEASE_SECONDS + 1);
      // Another transaction; here they run one after another.
      await world.database.batches.lease(id, 'worker-2', LEASE_SECONDS);
    };
    expect(await run(world, id)).toBe('held-by-another');
    expect(statesOf(world)).toEqual(['accepted']);
  });

  it('decides no duplicate that it looked into meanwhile', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1');
    world.ksef.acceptBefore(plainDocument({ number: 'FV/1' }));
    await run(world, id);
    world.clock.advance(60);
    overtaken(world, id, 'original');
    expect(await run(world, id)).toBe('held-by-another');
    expect(statesOf(world)).toEqual(['in-session']);
  });
});
