import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  afterAuthorization,
  afterFailedCall,
  afterLook,
  NO_TRAFFIC,
  Temporal,
  type Connection,
  type Instant,
  type Look,
} from '@latarnik/domain';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const at = (seconds: number): Instant => Temporal.Instant.from('2026-11-23T11:00:00Z').add({ seconds });
const aLook = (seconds: number, reached = true, more: Partial<Look> = {}): Look => ({
  probe: reached ? { kind: 'answered', detail: 'KSeF answers' } : { kind: 'silent', detail: 'ECONNREFUSED' },
  traffic: NO_TRAFFIC,
  latarniaAnswered: true,
  neutral: 'not-asked',
  latarnia: 'available',
  at: at(seconds),
  ...more,
});

type Change = (known: Connection | undefined) => Connection;
const change = (next: Change) => stage.database.unitOfWork.inSystem(({ connection }) => connection.change(next));
const look = (seen: Look) => change((known) => afterLook(known, seen));
const read = () => stage.inTenant(stage.tenant, ({ connection }) => connection.read());

beforeEach(() => stage.database.sql('DELETE FROM connection'));

describe('the connection', () => {
  it('is unknown until something is learnt of KSeF', async () => {
    expect(await read()).toBeUndefined();
    await stage.database.sql("INSERT INTO connection (id, latarnia, latarnia_checked_at) VALUES (1, 'failure', now())");
    expect(await read()).toBeUndefined();
  });

  it('comes back as every change left it', async () => {
    const traffic = { answered: 2, failed: 1, last: 'failed', lastFailure: 'HTTP 503' } as const;
    const changes: Change[] = [
      (known) => afterFailedCall(known, 'ECONNREFUSED', at(0)),
      (known) => afterLook(known, aLook(1, true, { traffic })),
      (known) => afterLook(known, aLook(30, false, { latarnia: 'total-failure' })),
      (known) =>
        afterLook(known, aLook(60, false, { latarnia: 'unknown', latarniaAnswered: false, neutral: 'silent' })),
      (known) => afterFailedCall(known, 'HTTP 503', at(70)),
      (known) => afterLook(known, aLook(90)),
      (known) => afterAuthorization(known, at(91)),
    ];
    let expected: Connection | undefined;
    for (const next of changes) {
      expected = next(expected);
      expect(await change(next)).toEqual(expected);
      expect(await read()).toEqual(expected);
    }
    expect(expected).toMatchObject({ gate: { state: 'open', since: at(91) }, failedCall: { cause: 'HTTP 503' } });
  });

  it('does not change by a look that is written late', async () => {
    await look(aLook(10));
    const known = await read();
    await look(aLook(9, false));
    expect(await read()).toEqual(known);
  });

  it('is changed by one at a time, so that no look of many workers is lost', async () => {
    await look(aLook(0, false));
    await Promise.all([3, 6].map((seconds) => look(aLook(seconds))));
    expect(await read()).toMatchObject({ lastLook: { at: at(6) } });

    const counted = (known: Connection | undefined): Connection => ({
      ...afterLook(known, aLook(1000)),
      ksefDetail: String(Number(known?.ksefDetail.replace(/\D/g, '')) + 1),
    });
    await change((known) => ({ ...counted(known), ksefDetail: '0' }));
    await Promise.all(Array.from({ length: 20 }, () => change(counted)));
    expect((await read())?.ksefDetail).toBe('20');
  });

  it('goes back when its transaction does', async () => {
    await look(aLook(0));
    const known = await read();
    const failing = stage.database.unitOfWork.inSystem(async ({ connection }) => {
      await connection.change((before) => afterLook(before, aLook(30, false)));
      throw new Error('something else failed');
    });
    await expect(failing).rejects.toThrow('something else failed');
    expect(await read()).toEqual(known);
  });

  it.each([
    "gate = 'ajar'",
    "gate = 'open'",
    "gate = 'open', gate_since = now(), gate_looked_at = now(), gate_against = 2, gate_against_at = now()",
    "gate = 'open', gate_since = now(), gate_looked_at = now(), gate_against = 1",
    'gate_since = now()',
    "last_look = '{}'",
    'failed_call_at = now()',
  ])('cannot be half a state: %s', async (assignment) => {
    await stage.database.sql('INSERT INTO connection (id) VALUES (1)');
    await expect(stage.database.sql(`UPDATE connection SET ${assignment}`)).rejects.toThrow('check constraint');
  });
});
