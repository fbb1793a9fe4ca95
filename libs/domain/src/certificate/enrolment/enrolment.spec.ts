import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ConcurrentUpdateError } from '../../batch/batch-repository.port.js';
import type { ContextValue } from '../../party/context-identifier.js';
import { OTHER_CONTEXT, TENANT } from '../../testing/builders.js';
import type { CertificateId } from '../certificate.js';
import { EnrolmentWorld, type Reception, type Verdict } from './testing/enrolment-world.js';

const states = async (world: EnrolmentWorld, steps: number): Promise<readonly string[]> => {
  const seen: string[] = [];
  for (let made = 0; made < steps; made += 1) seen.push((await world.step()).state);
  return seen;
};

describe('StartEnrolment', () => {
  it('stores key and request before anything is sent', async () => {
    const world = new EnrolmentWorld();
    const id = '00000000-0000-4000-8000-000000000001';

    expect(await world.order()).toMatchObject({
      ok: true,
      value: { replayed: false, enrolment: { id, state: 'prepared', sendings: 0 } },
    });
    expect(world.enrolments.rows).toHaveLength(1);
    const csr = new TextDecoder().decode((world.enrolments.rows[0] as { request: { csr: Uint8Array } }).request.csr);
    expect(JSON.parse(csr)).toEqual({
      keyFingerprint: 'key-1',
      subject: { commonName: 'Sprzedawca', countryName: 'PL' },
    });
    expect(world.ksef.taken).toEqual([]);
    expect(world.database.audit.entries).toMatchObject([
      { actor: 'api-key:1', action: 'certificate.enrolment-started', subject: { kind: 'certificate', id } },
    ]);
  });

  it('asks for the limits first and makes no key when they are reached', async () => {
    const world = new EnrolmentWorld();
    world.ksef.limit = 0;

    expect(await world.order()).toMatchObject({ ok: false, error: { code: 'LIMIT_REACHED' } });
    expect(world.keys.made).toBe(0);
  });

  it.each(['Kasa', 'K'.repeat(101), 'Kasa #1'])('refuses the name %s', async (name) => {
    expect(await new EnrolmentWorld().order({ name })).toEqual({
      ok: false,
      error: { code: 'INVALID_CERTIFICATE_NAME' },
    });
  });

  it('refuses a context that is not the tenant’s', async () => {
    const context = { type: 'Nip', value: '5213814999' as ContextValue } as const;

    expect(await new EnrolmentWorld().order({ context })).toMatchObject({
      ok: false,
      error: { code: 'CONTEXT_NOT_FOUND' },
    });
  });

  it('has one enrolment of a type under way per context', async () => {
    const world = new EnrolmentWorld();
    await world.order();

    expect(await world.order()).toEqual({
      ok: false,
      error: { code: 'ENROLMENT_UNDER_WAY', enrolmentId: '00000000-0000-4000-8000-000000000001' },
    });
    expect(world.keys.made).toBe(1);
    expect((await world.order({ type: 'authentication' })).ok).toBe(true);
    expect((await world.order({ context: OTHER_CONTEXT })).ok).toBe(true);
    await world.run();
    expect((await world.order()).ok).toBe(true);
  });

  it('lets one of two that start at a time begin', async () => {
    const world = new EnrolmentWorld();
    const outcomes = await Promise.all([world.order(), world.order()]);

    expect(outcomes.map(({ ok }) => ok).sort()).toEqual([false, true]);
    expect(world.enrolments.rows).toHaveLength(1);
  });
});

describe('AdvanceEnrolment', () => {
  it('sends, asks, fetches, and hands the key over to the certificate', async () => {
    const world = new EnrolmentWorld();
    await world.order();

    expect(await states(world, 4)).toEqual(['submitted', 'issued', 'completed', 'completed']);
    expect(world.ksef.taken).toHaveLength(1);
    expect(world.database.certificates.stored).toMatchObject([
      {
        id: '00000000-0000-4000-8000-000000000001',
        purpose: 'offline',
        serial: '0000000000000001',
        keyAlgorithm: 'ec-p256',
        subject: 'CN=Sprzedawca',
      },
    ]);
    const sealed = new TextDecoder().decode(world.database.certificates.stored[0]?.sealedKey);
    expect(JSON.parse(sealed)).toEqual({
      keyFingerprint: 'key-1',
      owner: { tenant: TENANT, certificateId: '00000000-0000-4000-8000-000000000001', purpose: 'offline' },
    });
    expect(world.enrolments.rows[0]).not.toHaveProperty('request');
    expect(world.database.audit.entries.map(({ action }) => action)).toEqual([
      'certificate.enrolment-started',
      'certificate.enrolment-sending',
      'certificate.enrolment-submitted',
      'certificate.enrolment-issued',
      'certificate.enrolment-completed',
    ]);
  });

  it('knows no enrolment of that id', async () => {
    expect(await new EnrolmentWorld().advance.execute(TENANT, 'none' as CertificateId)).toEqual({
      ok: false,
      error: { code: 'ENROLMENT_NOT_FOUND' },
    });
  });

  it('ends with KSeF’s refusal, without a key', async () => {
    const world = new EnrolmentWorld();
    await world.order();
    world.ksef.receptions = ['refused'];

    expect(await world.step()).toMatchObject({ state: 'refused', refusal: { code: 'CSR_SUBJECT_DIFFERS' } });
    expect(world.enrolments.rows[0]).not.toHaveProperty('request');
  });

  it('does not send when the limit was reached meanwhile', async () => {
    const world = new EnrolmentWorld();
    await world.order();
    world.ksef.limit = 0;

    expect(await world.step()).toMatchObject({ state: 'refused', refusal: { code: 'LIMIT_REACHED' } });
    expect(world.ksef.taken).toEqual([]);
  });

  it.each<Reception>(['throttled', 'no-login'])(
    'keeps what was surely not taken (%s) for another time',
    async (how) => {
      const world = new EnrolmentWorld();
      await world.order();
      world.ksef.receptions = [how, how, how, how];

      for (let made = 0; made < 4; made += 1) await expect(world.step()).rejects.toThrow();
      expect(world.enrolments.rows[0]).toMatchObject({ state: 'prepared', sendings: 0 });
      expect(await world.run()).toMatchObject({ state: 'completed', sendings: 1 });
    },
  );

  it('finds by its key what was taken although the answer was lost, and does not apply again', async () => {
    const world = new EnrolmentWorld();
    await world.order();
    world.ksef.receptions = ['lost-after'];

    expect(await states(world, 3)).toEqual(['sending', 'issued', 'completed']);
    expect(world.ksef.taken).toHaveLength(1);
  });

  it('waits five minutes for a call that may still arrive, then applies again with the same key', async () => {
    const world = new EnrolmentWorld();
    await world.order();
    world.ksef.receptions = ['lost-before'];

    expect(await states(world, 2)).toEqual(['sending', 'sending']);
    world.clock.advance(299);
    expect((await world.step()).state).toBe('sending');
    world.clock.advance(1);
    expect(await states(world, 4)).toEqual(['prepared', 'submitted', 'issued', 'completed']);
    expect([world.keys.made, world.ksef.taken.length]).toEqual([1, 1]);
  });

  it('waits an hour for an application that was taken and whose certificate does not come', async () => {
    const world = new EnrolmentWorld();
    await world.order();
    world.ksef.receptions = ['lost-after'];
    world.ksef.verdict = 'processing';
    await world.step();
    world.clock.advance(3599);
    expect((await world.step()).state).toBe('sending');

    world.ksef.verdict = 'issued';
    world.clock.advance(1);

    expect(await states(world, 4)).toEqual(['prepared', 'submitted', 'issued', 'completed']);
    expect(world.keys.made).toBe(1);
  });

  it('is not misled by a certificate of the same name for another key', async () => {
    const world = new EnrolmentWorld();
    await world.order();
    await world.run();
    await world.order();
    const second = world.enrolments.rows[1]!.id;
    world.ksef.receptions = ['lost-before'];
    await world.advance.execute(TENANT, second);

    expect(await world.advance.execute(TENANT, second)).toMatchObject({ value: { state: 'sending' } });
  });

  it('resolves by the key when KSeF has forgotten the reference', async () => {
    const world = new EnrolmentWorld();
    await world.order();
    const submitted = await world.step();
    if (submitted.state === 'submitted') world.ksef.forgottenReferences.add(submitted.reference);

    expect(await states(world, 3)).toEqual(['sending', 'issued', 'completed']);
    expect(world.ksef.taken).toHaveLength(1);
  });

  it('ends with a rejection, and after three failures of KSeF', async () => {
    const rejected = new EnrolmentWorld();
    await rejected.order();
    rejected.ksef.verdict = 'rejected';
    expect(await rejected.run()).toMatchObject({ refusal: { code: 'ENROLMENT_REJECTED', details: ['Klucz.'] } });
    expect(rejected.ksef.taken).toHaveLength(1);

    const failing = new EnrolmentWorld();
    await failing.order();
    failing.ksef.verdict = 'failed';
    expect(await failing.run()).toMatchObject({ refusal: { code: 'SENDINGS_EXHAUSTED', sendings: 3 } });
    expect(failing.ksef.taken).toHaveLength(3);
  });

  it('takes no certificate that is not of the type it asked for', async () => {
    const world = new EnrolmentWorld();
    await world.order();
    world.ksef.wrongType = true;

    expect(await world.run()).toMatchObject({ refusal: { code: 'CERTIFICATE_NOT_OURS', serial: '0000000000000001' } });
    expect(world.database.certificates.stored).toEqual([]);
  });

  it('sends once when two do it at a time', async () => {
    const world = new EnrolmentWorld();
    await world.order();

    const outcomes = await Promise.allSettled([world.step(), world.step()]);

    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: expect.any(ConcurrentUpdateError) as unknown,
    });
    expect(world.ksef.taken).toHaveLength(1);
  });

  it('comes to its end whatever is lost and wherever the process dies: one key, at most three applications', async () => {
    const receptions = fc.array(
      fc.constantFrom<Reception>('taken', 'lost-before', 'lost-after', 'throttled', 'no-login'),
      { maxLength: 8 },
    );
    const crashes = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 5 });
    const verdict = fc.constantFrom<Verdict>('issued', 'issued', 'rejected', 'failed');
    await fc.assert(
      fc.asyncProperty(receptions, crashes, verdict, async (script, deaths, outcome) => {
        const world = new EnrolmentWorld();
        await world.order();
        world.ksef.receptions = script;
        world.ksef.verdict = outcome;
        for (const crashAfter of deaths) {
          world.crashAfter = crashAfter;
          for (let made = 0; made < 4; made += 1) await world.step().catch(() => undefined);
          world.crashAfter = Number.POSITIVE_INFINITY;
          world.clock.advance(60);
        }

        const end = await world.run();

        expect(['completed', 'refused']).toContain(end.state);
        expect(world.keys.made).toBe(1);
        expect(world.ksef.taken.length).toBeLessThanOrEqual(3);
        expect(world.database.certificates.stored).toHaveLength(end.state === 'completed' ? 1 : 0);
        if (outcome !== 'issued') expect(end.state).toBe('refused');
      }),
      { numRuns: 150 },
    );
  });
});
