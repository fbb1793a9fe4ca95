import {
  PORTS,
  type Clock,
  type DueBatch,
  type DueDay,
  type ExpiryStanding,
  type Job,
  type JobSource,
  type StopSignal,
  type TenantId,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Composition, Log } from '@latarnik/composition';
import { AuditRounds } from './audit-rounds.js';
import { handleJob, type JobContext } from './job-handler.js';
import { DrillRounds } from './drill-rounds.js';
import { EmailRounds } from './email-rounds.js';
import { EventRounds } from './event-rounds.js';
import { WorkerMetrics } from './metrics.js';
import { findWork } from './sweep.js';
import { WorkLanes, type LaneWork } from './work-lanes.js';
import { endsWithin, WorkLoop } from './work-loop.js';
import type { WorkerConfiguration } from './worker-configuration.js';

/** Jobs of one kind that one process does side by side; a long one holds up no other kind, and no batch. */
const JOBS_AT_A_TIME = 4;
/** Batches that one process works on side by side. */
const BATCHES_AT_A_TIME = 4;
const TICK_MS = 1000;
/** What a drill measures must not depend on how seldom it is looked at. */
const DRILL_LOOK_MS = 1000;
/** Between two looks for events: what a receiver of them waits at most, if all is well. */
const EVENT_LOOK_MS = 1000;
/** Between two looks for e-mails to buyers. */
const EMAIL_LOOK_MS = 2000;
const PRUNE_PAUSE_MS = 3_600_000;
/** Between two looks for limits of KSeF that are to be read anew. */
const LIMITS_PAUSE_MS = 300_000;
/** An event loop that has not turned for so long is stuck. */
const SILENCE_MS = 60_000;
/** Every so many rounds all deadlines are derived anew, also when no message asked for it. */
const RECALCULATIONS_BETWEEN_FULL_ONES = 60;
/** What a sweep finds, beside batches. */
const SWEPT_JOBS = ['plan-batches', 'track-interactive', 'correct-technically'] as const satisfies Job['kind'][];

/** What a worker is told, its own and what it shares with the API. */
export interface WorkerSettings extends WorkerConfiguration {
  /** Of this process, as in its leases. */
  readonly processName: string;
}

/** Everything a worker does: watches outages, does queued jobs, and finds by itself what no job names. */
export class Worker {
  readonly metrics = new WorkerMetrics();
  readonly #stop: { aborted: boolean } = { aborted: false };
  readonly #loops: readonly WorkLoop[];
  readonly #report: (error: unknown) => void;
  readonly #unitOfWork: UnitOfWork;
  readonly #jobs: JobContext;
  readonly #lanes: WorkLanes<LaneWork & { readonly batch: DueBatch }>;
  readonly #jobLanes: ReadonlyMap<Job['kind'], WorkLanes<LaneWork & { readonly job: Job }>>;
  readonly #events: EventRounds;
  #source: { stop(): Promise<void> } | undefined;
  #recalculations = 0;
  #limitsRounds = 0;
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
    this.#jobs = { useCases: composition.useCases, unitOfWork: this.#unitOfWork, metrics: this.metrics, log };
    this.#lanes = new WorkLanes(BATCHES_AT_A_TIME, ({ batch }) => this.advance(batch), report);
    const jobLanes = () => new WorkLanes<LaneWork & { readonly job: Job }>(JOBS_AT_A_TIME, (at) => this.do(at), report);
    this.#jobLanes = new Map(SWEPT_JOBS.map((kind) => [kind, jobLanes()]));
    const drills = new DrillRounds(composition, configuration.drillEveryHours, log);
    const audit = new AuditRounds(composition, log);
    this.#events = new EventRounds(composition, { stop: this.#stop, metrics: this.metrics, log, report });
    const emails = new EmailRounds(composition, log, report);
    this.#loops = [
      new WorkLoop(() => audit.seal(this.#stop), configuration.auditSealSeconds * 1000, report),
      new WorkLoop(() => emails.look(this.#stop), EMAIL_LOOK_MS, report),
      new WorkLoop(() => this.watch(), configuration.watchSeconds * 1000, report),
      new WorkLoop(() => this.sweep(), configuration.sweepSeconds * 1000, report),
      new WorkLoop(() => this.recalculateDue(), configuration.sweepSeconds * 1000, report),
      new WorkLoop(() => this.guardDeadlines(), configuration.alertSeconds * 1000, report),
      new WorkLoop(() => this.guardCertificates(), configuration.alertSeconds * 1000, report),
      new WorkLoop(() => this.tendCertificates(), configuration.certificateSeconds * 1000, report),
      new WorkLoop(() => this.readLimits(), LIMITS_PAUSE_MS, report),
      new WorkLoop(() => this.rehearse(drills), DRILL_LOOK_MS, report),
      new WorkLoop(() => this.#events.look(), EVENT_LOOK_MS, report),
      new WorkLoop(() => this.#events.prune(), PRUNE_PAUSE_MS, report),
    ];
  }

  async start(): Promise<void> {
    const source = this.composition.container.get<JobSource>(PORTS.jobSource);
    this.#source = await source.run((job, signal) => this.queued(job, signal));
    for (const loop of this.#loops) loop.start();
    this.#ticking = setInterval(() => {
      this.#lastTickAt = Date.now();
    }, TICK_MS);
  }

  /**
   * Begins nothing new, and lets steps end for the time that is given; then it hands back what it still holds, so that
   * another worker goes on at once. What a step that goes on writes after that is refused (invariant I6).
   */
  async stop(): Promise<void> {
    this.#stop.aborted = true;
    clearInterval(this.#ticking);
    const lanes = [this.#lanes, ...this.#jobLanes.values(), this.#events];
    const ended = Promise.all([...[...this.#loops, ...lanes].map((each) => each.stop()), this.#source?.stop()]);
    const isOver = await endsWithin(ended, this.configuration.shutdownSeconds * 1000);
    const handedBack = await this.#unitOfWork.inSystem((stores) => stores.handBack(this.configuration.processName));
    this.log({ event: 'worker.stopped', stepsEnded: isOver, handedBack });
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

  private async recalculateDue(): Promise<void> {
    const all = this.#recalculations++ % RECALCULATIONS_BETWEEN_FULL_ONES === 0;
    await this.recalculate(all ? await this.tenants() : await this.tenantsToRecalculate());
  }

  /** Only looks for work and offers it: nothing that is done holds up the next look. */
  private async sweep(): Promise<void> {
    await this.holdHopeless();
    const { sendWhenDue } = this.composition.useCases;
    const found = await findWork(this.#unitOfWork, await sendWhenDue.tenantsDue());
    this.#lanes.offer(found.batches.map((batch) => ({ key: batch.batchId, alone: batch.suspect ?? false, batch })));
    for (const [kind, lanes] of this.#jobLanes) {
      const jobs = found.jobs.filter((job) => job.kind === kind);
      lanes.offer(jobs.map((job) => ({ key: job.tenant, alone: false, job })));
    }
  }

  private do({ job }: { readonly job: Job }): Promise<void> {
    return this.#stop.aborted ? Promise.resolve() : this.handle(job, this.#stop);
  }

  private advance({ tenant, batchId }: DueBatch): Promise<void> {
    return this.handle({ kind: 'advance-batch', tenant, batchId }, this.#stop);
  }

  /** Batches that ran too often in vain wait for a person; the others go on. */
  private async holdHopeless(): Promise<void> {
    for (const { tenant, batchId } of await this.composition.useCases.holdHopelessBatches.execute()) {
      this.log({ event: 'worker.batch-held', tenant, batchId });
    }
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
      await this.warnOfRejections(tenant);
    });
    if (!this.#stop.aborted) this.metrics.deadlinesAre(days);
  }

  /** KSeF refuses files in masses: the generator is wrong, and no number of corrections mends that in time. */
  private async warnOfRejections(tenant: TenantId): Promise<void> {
    for (const { formCode, invoices } of await this.composition.useCases.warnOfMassRejection.execute(tenant)) {
      this.log({ event: 'worker.mass-rejection', tenant, schema: formCode.systemCode, invoices });
    }
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

  /** Reads KSeF's limits: at the start, and then those that are a day old. Without them the published ones hold. */
  private async readLimits(): Promise<void> {
    const phase = this.#limitsRounds++ === 0 ? 'starting' : 'running';
    await this.forEach(await this.tenants(), async (tenant) => {
      const { read, failed } = await this.composition.useCases.refreshKsefLimits.execute(tenant, phase, this.#stop);
      if (read.length + failed.length > 0) this.log({ event: 'worker.ksef-limits', tenant, read, failed });
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

  /** A batch in whose last two runs workers died is left to the sweep, which runs it alone; so is one in hand. */
  private async queued(job: Job, signal: StopSignal): Promise<void> {
    if (job.kind === 'advance-batch') {
      const { tenant, batchId } = job;
      const standing = await this.#unitOfWork.inTenant(tenant, ({ batchRuns }) => batchRuns.standing(batchId));
      if (standing !== undefined && standing.unfinishedRuns >= 2) return;
    }
    await this.reported(job, signal);
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
