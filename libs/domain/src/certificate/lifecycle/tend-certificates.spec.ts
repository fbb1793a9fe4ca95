import { describe, expect, it } from '@jest/globals';
import { anOfflineCertificate, TENANT } from '../../testing/builders.js';
import { LifecycleWorld } from './testing/lifecycle-world.js';

describe('TendCertificates', () => {
  it('takes an enrolment to its end in one round when KSeF is quick', async () => {
    const world = new LifecycleWorld();
    await world.order();

    expect(await world.tend.execute(TENANT)).toMatchObject({ enrolments: [{ state: 'completed' }], synced: 1 });
    expect(await world.tend.execute(TENANT)).toEqual({ enrolments: [], revocations: 0, synced: 0 });
    expect(world.database.certificates.stored).toMatchObject([{ remote: { state: 'active' } }]);
  });

  it('asks seldomer, the longer it takes: within the 120 calls an hour that KSeF gives', async () => {
    const world = new LifecycleWorld();
    world.ksef.verdict = 'processing';
    await world.order();
    const askedAt: number[] = [];
    const start = world.clock.now().epochMilliseconds;
    const ask = world.ksef.enrolmentStatus.bind(world.ksef);
    world.ksef.enrolmentStatus = (...call) => {
      askedAt.push((world.clock.now().epochMilliseconds - start) / 1000);
      return ask(...call);
    };
    for (let second = 0; second < 3600; second += 1) {
      await world.tend.execute(TENANT);
      world.clock.advance(1);
    }

    expect(askedAt.slice(0, 4)).toEqual([0, 2, 4, 6]);
    expect(askedAt.filter((at) => at >= 60 && at < 600)).toHaveLength(18);
    expect(askedAt.length).toBeLessThan(70);
  });

  it.each(['throttled', 'no-login'] as const)('waits when KSeF will not be asked (%s), and goes on', async (how) => {
    const world = new LifecycleWorld();
    await world.order();
    world.ksef.receptions = [how];

    expect(await world.tend.execute(TENANT)).toMatchObject({ enrolments: [] });
    world.clock.advance(29);
    await world.tend.execute(TENANT);
    expect(world.state).toBe('prepared');
    world.clock.advance(271);
    await world.tend.execute(TENANT);
    expect(world.state).toBe('completed');
  });

  it('tells of what nobody expected, after the rest was done', async () => {
    const world = new LifecycleWorld();
    await world.order();
    await world.order({ type: 'authentication' });
    const limits = world.ksef.limits.bind(world.ksef);
    let calls = 0;
    world.ksef.limits = () => ((calls += 1) === 1 ? Promise.reject(new TypeError('a bug')) : limits());

    await expect(world.tend.execute(TENANT)).rejects.toThrow(AggregateError);
    expect(world.enrolments.rows.map(({ state }) => state)).toEqual(['prepared', 'completed']);
  });

  it.each(['claimSyncs', 'claimRevocations'] as const)('does the rest, and tells, when %s fails', async (what) => {
    const world = new LifecycleWorld();
    await world.order();
    const bug = new TypeError('a bug');
    const errors = (tended: Promise<unknown>) =>
      tended.catch((error: unknown) => (error instanceof AggregateError ? error.errors : undefined));
    Object.assign(world.database.certificateLifecycle, { [what]: () => Promise.reject(bug) });
    world.ksef.limits = () => Promise.reject(new RangeError('another'));

    expect(await errors(world.tend.execute(TENANT))).toMatchObject([{ message: 'another' }, { message: 'a bug' }]);
  });

  it('tells of what nobody expected in KSeF’s list', async () => {
    const world = new LifecycleWorld();
    await world.has(anOfflineCertificate());
    world.ksef.list = () => Promise.reject(new TypeError('a bug'));
    await expect(world.tend.execute(TENANT)).rejects.toMatchObject({ errors: [{ message: 'a bug' }] });
  });

  it('tells once that KSeF does not give what it issued, goes on asking, seldomer, and takes it when it comes', async () => {
    const world = new LifecycleWorld();
    await world.order();
    const retrieve = world.ksef.retrieve.bind(world.ksef);
    let asked = 0;
    world.ksef.retrieve = () => {
      asked += 1;
      return Promise.resolve([]);
    };
    const missed = () => world.database.outbox.events.filter(({ type }) => type === 'certificate.enrolment-missed');
    const minutes = async (count: number): Promise<void> => {
      for (let minute = 0; minute < count; minute += 1) {
        world.clock.advance(60);
        await world.tend.execute(TENANT);
      }
    };
    await world.tend.execute(TENANT);
    await minutes(359);
    expect(missed()).toEqual([]);
    await minutes(6);
    expect(missed()).toMatchObject([
      {
        subject: world.enrolments.rows[0]?.id,
        facts: { serial: '0000000000000001', name: 'Kasa nr 1', issuedAt: '2026-11-23T10:00:00Z' },
      },
    ]);
    const before = asked;
    await minutes(24 * 60);
    expect(asked - before).toBe(24);
    expect(missed()).toHaveLength(1);
    expect(world.actions.filter((action) => action === 'certificate.enrolment-missed')).toHaveLength(1);
    world.ksef.retrieve = retrieve;
    await minutes(60);
    expect(world.state).toBe('completed');
  });

  it('begins nothing once it is told to stop', async () => {
    const world = new LifecycleWorld();
    await world.order();
    expect(await world.tend.execute(TENANT, { aborted: true })).toEqual({ enrolments: [], revocations: 0, synced: 0 });
    expect(world.state).toBe('prepared');
  });
});

describe('StartEnrolment with an idempotency key', () => {
  const claim = { key: 'mine', fingerprint: 'as asked' };

  it('answers a repeat from what was begun, also after its end, and makes no other key', async () => {
    const world = new LifecycleWorld();
    const first = await world.order({ claim });
    const repeat = await world.order({ claim });

    expect(repeat).toEqual({ ok: true, value: { ...(first.ok ? first.value : {}), replayed: true } });
    await world.tend.execute(TENANT);
    expect(await world.order({ claim })).toMatchObject({
      value: { replayed: true, enrolment: { state: 'completed' } },
    });
    expect(world.keys.made).toBe(1);
  });

  it('refuses the same key for another request', async () => {
    const world = new LifecycleWorld();
    await world.order({ claim });
    expect(await world.order({ claim: { ...claim, fingerprint: 'otherwise' } })).toMatchObject({
      error: { code: 'IDEMPOTENCY_KEY_REUSED', enrolmentId: world.enrolments.rows[0]?.id },
    });
  });

  it('begins once for two that come at a time', async () => {
    const world = new LifecycleWorld();
    const outcomes = await Promise.all([world.order({ claim }), world.order({ claim })]);
    expect(outcomes.map((each) => each.ok && each.value.replayed).sort()).toEqual([false, true]);
    expect(world.enrolments.rows).toHaveLength(1);
  });
});
