import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Composition, UseCases } from '@latarnik/composition';
import { type BatchId, type Job, PORTS, type StopSignal, Temporal, type TenantId } from '@latarnik/domain';
import { Worker } from './worker.js';

const BROKEN = '01a1f834-0000-7000-8000-000000000001' as TenantId;
const SOUND = '01a1f834-0000-7000-8000-000000000002' as TenantId;
const BOTH = [BROKEN, SOUND];

/** What was done, as `step tenant`; whatever is asked for the broken tenant fails. */
let done: string[];
let logged: Readonly<Record<string, unknown>>[];
let worker: Worker;
let isOver: boolean;
let handedBack = 0;

function step<T>(name: string, answer: T): (tenant: TenantId) => Promise<T> {
  return (tenant) => {
    done.push(`${name} ${tenant}`);
    return tenant === BROKEN ? Promise.reject(new Error(`${name} fails`)) : Promise.resolve(answer);
  };
}

const useCases = {
  watchOutages: {
    execute: () => Promise.resolve({ newBulletins: 0 }),
  },
  recalculateDeadlines: { execute: step('recalculate', 0) },
  sendWhenDue: { tenantsDue: () => Promise.resolve(BOTH), execute: step('plan', { ok: true, value: [] }) },
  holdHopelessBatches: { execute: () => Promise.resolve([]) },
  trackInteractive: { execute: step('track', 0) },
  correctTechnically: { execute: step('correct', { posted: 0, open: 0 }) },
  warnOfMassRejection: { execute: step('rejections', []) },
  advanceBatch: { execute: step('advance', 'ended') },
  raiseAlerts: { execute: step('alert', {}) },
  readDeadlines: { execute: step('read', []) },
  warnOfExpiry: { execute: step('expiry', { raised: {}, inUse: [] }) },
  tendCertificates: { execute: step('tend', { enrolments: [], revocations: 0, synced: 0 }) },
  advanceDrill: { execute: step('drill', undefined) },
  fanOutEvents: { execute: step('fan out', undefined) },
  deliverEvents: { execute: step('deliver', { delivered: 1, failed: 0, unknown: 0 }) },
  pruneEvents: { tenantsDue: () => Promise.resolve(BOTH), execute: step('prune', 0) },
} as unknown as UseCases;

const system = {
  tenants: {
    all: () => Promise.resolve(BOTH),
    withAwaiting: () => Promise.resolve(BOTH.map((tenant) => ({ tenant, oldestSeconds: 60 }))),
    withUnresolvedInteractive: () => Promise.resolve(BOTH),
    withCorrections: () => Promise.resolve(BOTH),
    withCertificateWork: () => Promise.resolve(BOTH),
    withDrills: () => Promise.resolve(BOTH),
    withNewEvents: () => Promise.resolve(BOTH),
  },
  recalculations: { tenantsPending: () => Promise.resolve(BOTH) },
  auditSeals: {
    tenantsUnsealed: () => Promise.resolve([]),
    checkpoints: () => Promise.resolve([]),
  },
  dueBatches: () => Promise.resolve([]),
  dueWebhooks: () => Promise.resolve(BOTH.map((tenant) => ({ tenant, webhookId: `webhook of ${tenant}` }))),
  handBack: (worker: string) => {
    done.push(`hand back of ${worker}`);
    return Promise.resolve(handedBack);
  },
};

/** What the queue was given to call with a job. */
let handleOfQueue: (job: Job, signal: StopSignal) => Promise<void>;

const nothing = () => Promise.resolve(undefined);
const NO_RUNS = { standing: nothing, failed: nothing, succeeded: nothing };

const parts = new Map<unknown, unknown>([
  [
    PORTS.unitOfWork,
    {
      inSystem: (work: (stores: unknown) => unknown) => work(system),
      inTenant: (_tenant: TenantId, work: (stores: unknown) => unknown) => work({ batchRuns: NO_RUNS }),
    },
  ],
  [
    PORTS.jobSource,
    {
      run: (handle: typeof handleOfQueue) => {
        handleOfQueue = handle;
        return Promise.resolve({ stop: () => Promise.resolve() });
      },
    },
  ],
  [PORTS.clock, { now: () => Temporal.Instant.from('2026-11-20T12:00:00Z') }],
]);
const container = { get: (token: unknown) => parts.get(token) };

const HOURLY = { watchSeconds: 3600, sweepSeconds: 3600, alertSeconds: 3600, certificateSeconds: 3600 };
const NO_SCHEDULE = { drillEveryHours: 0, auditSealSeconds: 3600 };
const start = async (often: Partial<typeof HOURLY> = {}, steps = useCases): Promise<void> => {
  const composition = { useCases: steps, container } as unknown as Composition;
  worker = new Worker(
    composition,
    { ...HOURLY, ...NO_SCHEDULE, ...often, healthPort: 0, shutdownSeconds: 0.05, processName: 'worker@here/1' },
    (entry) => {
      logged.push(entry);
    },
  );
  await worker.start();
};
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds() && !isOver) await new Promise((resolve) => setImmediate(resolve));
};

beforeEach(() => {
  [done, logged, isOver] = [[], [], false];
});
afterEach(() => {
  isOver = true;
  return worker.stop();
});

const STEPS = ['recalculate', 'plan', 'track', 'correct', 'alert', 'read', 'expiry', 'tend', 'drill'];
it.each([...STEPS, 'fan out', 'deliver', 'prune'])(
  'one failing tenant does not keep the others from "%s"',
  async (name) => {
    await start();
    await until(() => done.includes(`${name} ${SOUND}`));

    const failing = name === 'read' ? 'alert' : name;
    expect(done).toContain(`${failing} ${BROKEN}`);
    await until(() =>
      logged.some(({ event, error }) => event === 'worker.error' && String(error).includes(`${failing} fails`)),
    );
    expect(await worker.metrics.text()).toMatch(/latarnik_worker_errors_total [1-9]/);
  },
);

it('the watch goes on while deadlines are recalculated, which a message does not make it do', async () => {
  const recalculating = Promise.withResolvers<number>();
  let [watches, recalculations] = [0, 0];
  const watchOutages = { execute: () => Promise.resolve({ newBulletins: (watches += 1) }) };
  const recalculateDeadlines = { execute: () => ((recalculations += 1), recalculating.promise) };
  await start({ watchSeconds: 0.001 }, { ...useCases, watchOutages, recalculateDeadlines } as unknown as UseCases);
  await until(() => watches > 3 && recalculations > 0);
  expect(recalculations).toBe(1);
  recalculating.resolve(0);
});

it('a job of the queue that fails is reported, and left to the queue to try again', async () => {
  await start();
  const job = handleOfQueue({ kind: 'advance-batch', tenant: BROKEN, batchId: 'b' as BatchId }, { aborted: false });

  await expect(job).rejects.toThrow('advance fails');
  expect(logged.filter(({ error }) => String(error).includes('advance fails'))).toHaveLength(1);
  expect(await worker.metrics.text()).toMatch(/latarnik_worker_errors_total [1-9]/);
});

it('hands back what a step that does not end in time still holds, so that another worker goes on at once', async () => {
  handedBack = 1;
  const never = { execute: () => new Promise<never>(() => undefined) };
  const due = [{ tenant: SOUND, batchId: '01a1f834-0000-7000-8000-00000000000b' }];
  const dueBatches = system.dueBatches;
  system.dueBatches = () => Promise.resolve(due as never[]);
  try {
    await start({}, { ...useCases, advanceBatch: never } as unknown as UseCases);
    await until(() => done.includes(`track ${SOUND}`));
    await worker.stop();
    expect(done).toContain('hand back of worker@here/1');
    expect(logged).toContainEqual({ event: 'worker.stopped', stepsEnded: false, handedBack: 1 });
  } finally {
    system.dueBatches = dueBatches;
  }
});

it('goes on looking, planning and working on batches while a job takes long', async () => {
  const never = new Promise<never>(() => undefined);
  const advanced: string[] = [];
  const due: { tenant: TenantId; batchId: string }[] = [];
  const dueBatches = system.dueBatches;
  system.dueBatches = () => Promise.resolve(due as never[]);
  try {
    await start({ sweepSeconds: 0.001 }, {
      ...useCases,
      trackInteractive: { execute: (tenant: TenantId) => (done.push(`long ${tenant}`), never) },
      recalculateDeadlines: { execute: () => never },
      advanceBatch: { execute: (_: TenantId, id: string) => Promise.resolve(advanced.push(id)) },
    } as unknown as UseCases);
    await until(() => done.includes(`long ${SOUND}`));
    // Found only after the long job began.
    due.push({ tenant: SOUND, batchId: '01a1f834-0000-7000-8000-00000000000c' });
    const plans = done.filter((each) => each === `plan ${SOUND}`).length;
    await until(() => advanced.length > 0 && done.filter((each) => each === `plan ${SOUND}`).length > plans);
    expect(advanced[0]).toBe('01a1f834-0000-7000-8000-00000000000c');
    expect(done.filter((each) => each === `long ${SOUND}`)).toHaveLength(1);
  } finally {
    system.dueBatches = dueBatches;
  }
});
