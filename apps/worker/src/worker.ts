import {
  PORTS,
  type Clock,
  type DueDay,
  type ExpiryStanding,
  type Job,
  type JobSource,
  type StopSignal,
  type TenantId,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Composition, Log } from '@latarnik/composition';
import { handleJob, type JobContext } from './job-handler.js';
import { DrillRounds } from './drill-rounds.js';
import { WorkerMetrics } from './metrics.js';
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
  readonly metrics = new WorkerMetrics();
  readonly #stop: { aborted: boolean } = { aborted: false };
  readonly #loops: readonly WorkLoop[];
  readonly #report: (error: unknown) => void;
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
      this.metrics.failed();
      log({ event: 'worker.error', error: errorText(error) });
    };
    this.#report = report;
    this.#unitOfWork = composition.container.get<UnitOfWork>(PORTS.unitOfWork);
    this.#jobs = {
      useCases: composition.useCases,
      hasWaitedEnough: async (tenant) => (await this.waitingLongEnough()).includes(tenant),
      metrics: this.metrics,
      log,
    };
    const drills = new DrillRounds(composition, configuration.drillEveryHours, log);
    this.#loops = [
      new WorkLoop(() => this.watch(), configuration.watchSeconds * 1000, report),
      new WorkLoop(() => this.sweep(), configuration.sweepSeconds * 1000, report),
      new WorkLoop(() => this.guardDeadlines(), configuration.alertSeconds * 1000, report),
      new WorkLoop(() => this.guardCertificates(), configuration.alertSeconds * 1000, report),
      new WorkLoop(() => this.tendCertificates(), configuration.certificateSeconds * 1000, report),
      new WorkLoop(() => this.rehearse(drills), configuration.sweepSeconds * 1000, report),
    ];
  }

  async start(): Promise<void> {
    const source = this.composition.container.get<JobSource>(PORTS.jobSource);
    this.#source = await source.run((job, signal) => this.reported(job, signal));
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

  /** Only looks: a message leaves requests, which jobs and sweeps do; the next look at KSeF waits for nothing. */
  private async watch(): Promise<void> {
    const seen = await this.composition.useCases.watchOutages.execute();
    if (seen.newBulletins > 0) this.log({ event: 'worker.bulletins', count: seen.newBulletins });
  }

  private async sweep(): Promise<void> {
    const all = this.#sweeps++ % SWEEPS_BETWEEN_RECALCULATIONS === 0;
    await this.recalculate(all ? await this.tenants() : await this.tenantsToRecalculate());
    const found = await findWork(this.#unitOfWork, await this.waitingLongEnough());
    await inParallel(found, JOBS_AT_A_TIME, async (job) => {
      if (this.#stop.aborted) return;
      await this.handle(job, this.#stop).catch(this.#report);
    });
  }

  private waitingLongEnough(): Promise<readonly TenantId[]> {
    return tenantsWaiting(this.#unitOfWork, this.configuration.lingerSeconds);
  }

  private recalculate(tenants: readonly TenantId[]): Promise<void> {
    return this.forEach(tenants, (tenant) => this.handle({ kind: 'recalculate-deadlines', tenant }, this.#stop));
  }

  /** One after another, until stopped: a failing tenant is reported and holds up no other. */
  private async forEach(tenants: readonly TenantId[], work: (tenant: TenantId) => Promise<void>): Promise<void> {
    for (const tenant of tenants) {
      if (this.#stop.aborted) return;
      await work(tenant).catch(this.#report);
    }
  }

  private tenants(): Promise<readonly TenantId[]> {
    return this.#unitOfWork.inSystem((stores) => stores.tenants.all());
  }

  private tenantsToRecalculate(): Promise<readonly TenantId[]> {
    return this.#unitOfWork.inSystem((stores) => stores.recalculations.tenantsPending());
  }

  /** Warns of deadlines that come near, and tells how they stand. Also after a downtime: what passed is found. */
  private async guardDeadlines(): Promise<void> {
    const { raiseAlerts, readDeadlines } = this.composition.useCases;
    const days: DueDay[] = [];
    await this.forEach(await this.tenants(), async (tenant) => {
      const raised = await raiseAlerts.execute(tenant, this.#stop);
      this.metrics.alertsRaised(raised);
      if (Object.values(raised).some((count) => count > 0)) this.log({ event: 'worker.alerts', tenant, raised });
      days.push(...(await readDeadlines.execute(tenant)));
    });
    if (!this.#stop.aborted) this.metrics.deadlinesAre(days);
  }

  /** Warns of certificates that come to their end; likewise. */
  private async guardCertificates(): Promise<void> {
    const standings: ExpiryStanding[] = [];
    await this.forEach(await this.tenants(), async (tenant) => {
      const standing = await this.composition.useCases.warnOfExpiry.execute(tenant);
      const { raised } = standing;
      if (Object.keys(raised).length > 0) this.log({ event: 'worker.certificates-expiring', tenant, raised });
      standings.push(standing);
    });
    if (!this.#stop.aborted) this.metrics.certificatesAre(standings);
  }

  /** Takes enrolments and revocations further, and reads KSeF's list. */
  private async tendCertificates(): Promise<void> {
    const now = this.composition.container.get<Clock>(PORTS.clock).now();
    const tenants = await this.#unitOfWork.inSystem((stores) => stores.tenants.withCertificateWork(now));
    await this.forEach(tenants, async (tenant) => {
      const tended = await this.composition.useCases.tendCertificates.execute(tenant, this.#stop);
      const enrolments = tended.enrolments.map(({ id, state }) => ({ id, state }));
      if (enrolments.length + tended.revocations + tended.synced > 0) {
        this.log({ event: 'worker.certificates', tenant, ...tended, enrolments });
      }
    });
  }

  /** Asks for the drills that are due by the clock, and takes those under way further. */
  private async rehearse(drills: DrillRounds): Promise<void> {
    await this.forEach(await drills.tenantsToAsk(), (tenant) => drills.ask(tenant));
    await this.forEach(await drills.tenantsUnderWay(), (tenant) => drills.advance(tenant, this.#stop));
  }

  /** The queue tries again what throws, and tells nobody: it is reported here. */
  private async reported(job: Job, signal: StopSignal): Promise<void> {
    try {
      await this.handle(job, signal);
    } catch (error) {
      this.#report(error);
      throw error;
    }
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
