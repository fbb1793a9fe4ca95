import { WARNING_DAYS, type AlertCounts, type DeliveryTally, type DueDay, type ExpiryStanding } from '@latarnik/domain';
import { Counter, Gauge, Registry } from 'prom-client';

/** What a worker counts, and how its deadlines stand, for Prometheus. Names end in their unit; no label names a tenant. */
export class WorkerMetrics {
  readonly #registry = new Registry();
  readonly #alerts = new Counter({
    name: 'latarnik_deadline_alerts_total',
    help: 'Warnings raised, by stage',
    labelNames: ['stage'] as const,
    registers: [this.#registry],
  });
  readonly #moved = new Counter({
    name: 'latarnik_deadlines_moved_total',
    help: 'Deadlines of waiting invoices that moved',
    registers: [this.#registry],
  });
  readonly #errors = new Counter({
    name: 'latarnik_worker_errors_total',
    help: 'Rounds of a loop, or jobs, that ended with an error',
    registers: [this.#registry],
  });
  readonly #waiting = new Gauge({
    name: 'latarnik_invoices_waiting',
    help: 'Invoices that KSeF does not have yet, by kind of deadline: due, open, none',
    labelNames: ['deadline'] as const,
    registers: [this.#registry],
  });
  readonly #atRisk = new Gauge({
    name: 'latarnik_invoices_at_risk',
    help: 'Of these, how many are due within so long',
    labelNames: ['within'] as const,
    registers: [this.#registry],
  });
  readonly #overdue = new Gauge({
    name: 'latarnik_invoices_overdue',
    help: 'Of these, how many are past their statutory end',
    registers: [this.#registry],
  });

  readonly #certificateWarnings = new Counter({
    name: 'latarnik_certificate_warnings_total',
    help: 'Warnings of certificates that come to their end, by stage',
    labelNames: ['stage'] as const,
    registers: [this.#registry],
  });
  readonly #certificateDays = new Gauge({
    name: 'latarnik_certificate_days_left',
    help: 'Whole days until the end of the certificate in use that ends first, by purpose',
    labelNames: ['purpose'] as const,
    registers: [this.#registry],
  });
  readonly #certificatesExpiring = new Gauge({
    name: 'latarnik_certificates_expiring',
    help: 'Certificates in use whose end is nearer than so long',
    labelNames: ['within'] as const,
    registers: [this.#registry],
  });

  readonly #webhooks = new Counter({
    name: 'latarnik_webhook_attempts_total',
    help: 'Attempts to deliver an event to a webhook, by how they ended: delivered, failed, unknown',
    labelNames: ['outcome'] as const,
    registers: [this.#registry],
  });
  readonly #webhooksStopped = new Counter({
    name: 'latarnik_webhooks_stopped_total',
    help: 'Times that a webhook got nothing more: failing and gone ones are disabled, sealed ones wait for the key',
    labelNames: ['cause'] as const,
    registers: [this.#registry],
  });

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  alertsRaised(counts: AlertCounts): void {
    for (const [stage, count] of Object.entries(counts)) this.#alerts.inc({ stage }, count);
  }

  deadlinesMoved(count: number): void {
    this.#moved.inc(count);
  }

  failed(): void {
    this.#errors.inc();
  }

  webhooksTook({ stopped, ...outcomes }: DeliveryTally): void {
    for (const [outcome, count] of Object.entries(outcomes)) this.#webhooks.inc({ outcome }, count);
    if (stopped !== undefined) this.#webhooksStopped.inc({ cause: stopped });
  }

  /** @param days of all tenants */
  deadlinesAre(days: readonly DueDay[]): void {
    const sum = (of: (day: DueDay) => number): number => days.reduce((total, day) => total + of(day), 0);
    for (const kind of ['due', 'open', 'none'] as const) {
      this.#waiting.set(
        { deadline: kind },
        sum((day) => (day.kind === kind ? day.invoices : 0)),
      );
    }
    const stages = new Set(days.flatMap(({ atRisk }) => Object.keys(atRisk)));
    for (const within of stages) {
      this.#atRisk.set(
        { within },
        sum(({ atRisk }) => atRisk[within] ?? 0),
      );
    }
    if (stages.size === 0) this.#atRisk.reset();
    this.#overdue.set(sum(({ overdue }) => overdue));
  }

  /** @param standings of all tenants */
  certificatesAre(standings: readonly ExpiryStanding[]): void {
    for (const { raised } of standings) {
      for (const [stage, count] of Object.entries(raised)) this.#certificateWarnings.inc({ stage }, count);
    }
    const inUse = standings.flatMap((standing) => standing.inUse);
    this.#certificateDays.reset();
    for (const purpose of ['offline', 'authentication'] as const) {
      const days = inUse.filter((one) => one.purpose === purpose).map(({ daysLeft }) => daysLeft);
      if (days.length > 0) this.#certificateDays.set({ purpose }, Math.min(...days));
    }
    for (const within of WARNING_DAYS) {
      this.#certificatesExpiring.set(
        { within: `${String(within)}d` },
        inUse.filter(({ daysLeft }) => daysLeft < within).length,
      );
    }
  }
}
