import { PORTS, type Job, type JobSource, type StopSignal, type TenantId, type UnitOfWork } from '@latarnik/domain';
import type { Composition, Log } from '@latarnik/composition';
import { handleJob, type JobContext } from './job-handler.js';
import { findWork, tenantsWaiting } from './sweep.js';
import { inParallel, WorkLoop } from './work-loop.js';
import type { WorkerConfiguration } from './worker-configuration.js';

/** Jobs that one sweep does side by side, so that a long one holds up no tenant. */
const JOBS_AT_A_TIME = 4;
const TICK_MS = 1000;
/** An event loop that has not turned for so long is stuck. */
const SILENCE_MS = 60_000;
/** Deadlines are derived anew this many sweeps apart, also when no message asked for it. */
const SWEEPS_BETWEEN_RECALCULATIONS = 60;

/** What a worker is told, its own and what it shares with the API. */
export interface WorkerSettings extends WorkerConfiguration {
  /** How long the oldest waiting invoice waits for others to share its batch. */
  readonly lingerSeconds: number;
}

/** Everything a worker does: watches outages, does queued jobs, and finds by itself what no job names. */
export class Worker {
  readonly #stop: { aborted: boolean } = { aborted: false };
  readonly #loops: readonly WorkLoop[];
  readonly #unitOfWork: UnitOfWork;
  readonly #jobs: JobContext;
  #source: { stop(): Promise<void> } | undefined;
  #sweeps = 0;
  #lastTickAt = Date.now();
  #ticking: NodeJS.Timeout | undefined;

  constructor(
    private readonly composition: Composition,
    private readonly configuration: WorkerSettings,
    private readonly log: Log,
  ) {
    const report = (error: unknown): void => {
      log({ event: 'worker.error', error: errorText(error) });
    };
    this.#unitOfWork = composition.container.get<UnitOfWork>(PORTS.unitOfWork);
    this.#jobs = {
      useCases: composition.useCases,
      hasWaitedEnough: async (tenant) => (await this.waitingLongEnough()).includes(tenant),
      log,
    };
    this.#loops = [
      new WorkLoop(() => this.watch(), configuration.watchSeconds * 1000, report),
      new WorkLoop(() => this.sweep(), configuration.sweepSeconds * 1000, report),
    ];
  }

  async start(): Promise<void> {
    const source = this.composition.container.get<JobSource>(PORTS.jobSource);
    this.#source = await source.run((job, signal) => this.handle(job, signal));
    for (const loop of this.#loops) loop.start();
    this.#ticking = setInterval(() => {
      this.#lastTickAt = Date.now();
    }, TICK_MS);
  }

  /** Hands back what it holds: steps end, nothing new begins. */
  async stop(): Promise<void> {
    this.#stop.aborted = true;
    clearInterval(this.#ticking);
    await Promise.all([...this.#loops.map((loop) => loop.stop()), this.#source?.stop()]);
  }

  /** Whether this process still does something: a long step is work, a silent event loop is not. */
  isAlive(): boolean {
    return Date.now() - this.#lastTickAt < SILENCE_MS;
  }

  private async watch(): Promise<void> {
    const seen = await this.composition.useCases.watchOutages.execute();
    if (seen.newBulletins === 0) return;
    this.log({ event: 'worker.bulletins', count: seen.newBulletins });
    await this.recalculate();
  }

  private async sweep(): Promise<void> {
    if (this.#sweeps++ % SWEEPS_BETWEEN_RECALCULATIONS === 0) await this.recalculate();
    const found = await findWork(this.#unitOfWork, await this.waitingLongEnough());
    await inParallel(found, JOBS_AT_A_TIME, async (job) => {
      if (this.#stop.aborted) return;
      await this.handle(job, this.#stop).catch((error: unknown) => {
        this.log({ event: 'worker.error', job: job.kind, error: errorText(error) });
      });
    });
  }

  private waitingLongEnough(): Promise<readonly TenantId[]> {
    return tenantsWaiting(this.#unitOfWork, this.configuration.lingerSeconds);
  }

  private async recalculate(): Promise<void> {
    const tenants = await this.#unitOfWork.inSystem((stores) => stores.tenants.all());
    for (const tenant of tenants) await this.handle({ kind: 'recalculate-deadlines', tenant }, this.#stop);
  }

  private handle(job: Job, signal: StopSignal): Promise<void> {
    const stopped = this.#stop;
    const either = {
      get aborted() {
        return stopped.aborted || signal.aborted;
      },
    };
    return handleJob(this.#jobs, job, either);
  }
}

const errorText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : 'not an error object';
