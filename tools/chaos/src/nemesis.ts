import { setTimeout as pause } from 'node:timers/promises';
import type { Blow, Outage, SeedPlan } from './plan.js';
import type { ChaosSystem } from './world/system.js';

/** An outage as it came about; moments are of this machine. */
export interface OutageHistory {
  readonly announced: boolean;
  readonly beganAt: number;
  /** As announced; whole seconds. */
  readonly endedAt: number;
}

/** Strikes as the plan says, then stops: no faults, no cut, nobody dies any more. */
export async function strike(
  system: ChaosSystem,
  plan: SeedPlan,
  startedAt: number,
): Promise<{ readonly outage: OutageHistory | undefined }> {
  await system.ksef.useFaults(plan.profile, `chaos-${String(plan.seed)}`);
  const outage = plan.outage === undefined ? undefined : playOutage(system, plan.outage, startedAt);
  const blows = plan.blows.map(async (blow) => {
    await until(startedAt, blow.atMs);
    await deal(system, blow);
  });
  await Promise.all([...blows, outage]);
  await until(startedAt, plan.chaosEndsMs);
  await lastOrders(system, plan);
  return { outage: await outage };
}

const LAST_ORDERS_WITHIN_MS = 30_000;

/** What the seed is about happens, also on a machine that is slow to send: its first incidents, and refusals. */
async function lastOrders({ ksef }: ChaosSystem, { blows }: SeedPlan): Promise<void> {
  const awaited = new Set(
    blows
      .filter(({ atMs }) => atMs === 0)
      .map((blow) => (blow.kind === 'incident' ? `incident: ${blow.name}` : 'ordered')),
  );
  const giveUpAt = Date.now() + LAST_ORDERS_WITHIN_MS;
  while (Date.now() < giveUpAt && (await ksef.ordersAhead()).some(({ cause }) => awaited.has(cause))) await pause(500);
}

async function until(startedAt: number, atMs: number): Promise<void> {
  await pause(Math.max(0, startedAt + atMs - Date.now()));
}

async function deal(system: ChaosSystem, blow: Blow): Promise<void> {
  switch (blow.kind) {
    case 'incident':
      return system.ksef.playIncident(blow.name);
    case 'kill':
      return processOf(system, blow.target)?.kill();
    case 'sigterm':
      return processOf(system, blow.target)?.askToEnd();
    case 'refusals':
      return system.ksef.orderFault(REFUSAL, blow.count);
    case 'rotate-keys':
      return system.rotateKeys(blow.dies);
  }
}

const processOf = ({ api, workers }: ChaosSystem, name: string) => [api, ...workers].find((each) => each.name === name);

async function playOutage({ ksef }: ChaosSystem, outage: Outage, startedAt: number): Promise<OutageHistory> {
  await until(startedAt, outage.beginMs);
  const beganAt = Date.now();
  const event = outage.announced ? await ksef.announceFailure('Awaria KSeF (próba)') : undefined;
  await ksef.cut(outage.manner);
  if (event !== undefined) {
    await until(startedAt, (outage.beginMs + outage.endMs) / 2);
    await ksef.correctStart(event, new Date(beganAt - 60_000));
  }
  await until(startedAt, outage.endMs);
  const endedAt = Math.ceil(Date.now() / 1000) * 1000;
  if (event !== undefined) await ksef.endOutage(event);
  await until(startedAt, outage.answersMs);
  await ksef.setReachable(true);
  return { announced: outage.announced, beganAt, endedAt };
}

const REFUSAL = 'invoice-refused';
const LAST_DEATHS_WITHIN_MS = 60_000;

/** Nothing is disturbed any more: no faults, and what hung goes on. A refusal of a file is no fault: it still comes. */
export async function endFaults({ ksef }: ChaosSystem): Promise<void> {
  const refusals = (await ksef.ordersAhead()).filter(({ cause }) => cause === 'ordered');
  await ksef.endFaults();
  await ksef.setReachable(true);
  for (const { left } of refusals) await ksef.orderFault(REFUSAL, left);
}

/** Every process lives on; the deaths that the seed is about are waited for, as long as they may still come. */
export async function endDeaths(system: ChaosSystem): Promise<void> {
  const giveUpAt = Date.now() + LAST_DEATHS_WITHIN_MS;
  const processes = [system.api, ...system.workers];
  while (processes.some(({ isToDie }) => isToDie) && Date.now() < giveUpAt) await pause(200);
  await Promise.all(processes.map((each) => each.live()));
}
