import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { Corrector } from './client/corrector.js';
import { withClient } from './world/cluster.js';
import type { ChaosSystem } from './world/system.js';

/** How it came to rest. */
export interface Rest {
  readonly settled: boolean;
  readonly realSeconds: number;
  /** By which the clock was moved meanwhile. */
  readonly shiftedSeconds: number;
  /** What still moves, or should. */
  readonly open: readonly string[];
}

interface Standing {
  readonly open: readonly string[];
  readonly lastChange: string;
}

const LOOK_MS = 300;
/** So long without any change, and time is let pass. */
const IDLE_MS = 1_800;
const FIRST_STEP_SECONDS = 30;
const LONGEST_STEP_SECONDS = 900;
/** By which the clock is moved at most: what has not come to its end in a working day will not. */
const LONGEST_SHIFT_SECONDS = 12 * 3600;

/**
 * Waits until nothing is under way: every invoice has its end or its person, every batch has ended. Where all wait for a
 * moment to come (a retry, a poll, a rest), the clock of database and processes is moved on.
 * @param patienceSeconds of real time
 */
export async function comeToRest(system: ChaosSystem, patienceSeconds: number, corrector: Corrector): Promise<Rest> {
  const beganAt = Date.now();
  return withClient(system.databaseUrl, async (client) => {
    const seconds = () => (Date.now() - beganAt) / 1000;
    let shifted = 0;
    let step = FIRST_STEP_SECONDS;
    let last = { change: '', at: Date.now() };
    for (;;) {
      // A fault that struck in the last moment may begin to hang only now.
      await system.ksef.releaseHolds();
      const uncorrected = await corrector.tend(client);
      const { open, lastChange } = await look(client, uncorrected);
      if (open.length === 0) return { settled: true, realSeconds: seconds(), shiftedSeconds: shifted, open };
      if (seconds() > patienceSeconds || shifted > LONGEST_SHIFT_SECONDS)
        return { settled: false, realSeconds: seconds(), shiftedSeconds: shifted, open };
      if (lastChange !== last.change) last = { change: lastChange, at: Date.now() };
      if (Date.now() - last.at > IDLE_MS) {
        shifted += step;
        step = Math.min(2 * step, LONGEST_STEP_SECONDS);
        await system.shiftClock(shifted);
        await client.query('UPDATE chaos.shift SET seconds = $1', [shifted]);
        last = { change: lastChange, at: Date.now() };
      }
      await pause(LOOK_MS);
    }
  });
}

const ENDED_INVOICES = ['complete', 'not-issued', 'rejected', 'blocked', 'conflict', 'needs-review', 'closed'];
const ENDED_BATCHES = ['done', 'dead'];

interface Telling {
  readonly untold: number;
  readonly attempts: string;
}

/** Every receiver gets all events of its tenant. */
const TELLING = `
  SELECT coalesce(sum((SELECT count(*) FROM outbox_event AS event WHERE event.tenant_id = webhook.tenant_id)
      - (SELECT count(*) FROM webhook_delivery AS delivery WHERE delivery.tenant_id = webhook.tenant_id
          AND delivery.webhook_id = webhook.id AND delivery.state = 'delivered')), 0)::integer AS untold,
    coalesce(sum((SELECT sum(attempts) FROM webhook_delivery AS delivery WHERE delivery.tenant_id = webhook.tenant_id
      AND delivery.webhook_id = webhook.id)), 0)::text AS attempts
  FROM webhook WHERE state <> 'deleted'`;

async function look(client: pg.Client, uncorrected: number): Promise<Standing> {
  const invoices = await client.query<{ id: string; state: string }>(
    'SELECT id, state FROM invoice WHERE state <> ALL ($1)',
    [ENDED_INVOICES],
  );
  const batches = await client.query<{ id: string; state: string }>(
    'SELECT id, state FROM batch WHERE state <> ALL ($1)',
    [ENDED_BATCHES],
  );
  const changes = await client.query<{ seq: string }>(
    "SELECT coalesce(max(seq), 0)::text AS seq FROM chaos.change WHERE relation = 'audit'",
  );
  const { untold, attempts } = (await client.query<Telling>(TELLING)).rows[0] ?? { untold: 0, attempts: '0' };
  return {
    open: [
      ...invoices.rows.map(({ id, state }) => `invoice ${id}: ${state}`),
      ...(uncorrected === 0 ? [] : [`${String(uncorrected)} rejected invoices wait for their correction`]),
      ...batches.rows.map(({ id, state }) => `batch ${id}: ${state}`),
      ...(untold === 0 ? [] : [`${String(untold)} events have not reached their receiver`]),
    ],
    lastChange: `${changes.rows[0]?.seq ?? ''} ${attempts}`,
  };
}
