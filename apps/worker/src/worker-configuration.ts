import { ConfigurationError, VariableReader } from '@latarnik/composition';

/** What the worker alone is told. */
export interface WorkerConfiguration {
  /** Port of health and metrics; 0 takes any free one. */
  readonly healthPort: number;
  /** Between two looks at Latarnia and KSeF. */
  readonly watchSeconds: number;
  /** Between two searches for work that a lost job left behind. */
  readonly sweepSeconds: number;
  /** Between two looks at deadlines that come near. */
  readonly alertSeconds: number;
  /** Between two looks at enrolments, revocations and certificates that KSeF is to be asked about. */
  readonly certificateSeconds: number;
  /** Between two times that audit entries are sealed. */
  readonly auditSealSeconds: number;
  /** How long a stopping worker lets its steps end, before it hands them back; less than the grace of its supervisor. */
  readonly shutdownSeconds: number;
  /** Between two drills of a tenant; 0: only when somebody asks. */
  readonly drillEveryHours: number;
}

/** @throws ConfigurationError */
export function readWorkerConfiguration(variables: Readonly<Record<string, string | undefined>>): WorkerConfiguration {
  const reader = new VariableReader(variables);
  const configuration = {
    healthPort: reader.integer('LATARNIK_WORKER_PORT', 8081, 0, 65_535),
    watchSeconds: reader.integer('LATARNIK_WATCH_SECONDS', 30, 1, 240),
    sweepSeconds: reader.integer('LATARNIK_SWEEP_SECONDS', 10, 1, 600),
    alertSeconds: reader.integer('LATARNIK_ALERT_SECONDS', 30, 1, 600),
    certificateSeconds: reader.integer('LATARNIK_CERTIFICATE_SECONDS', 10, 1, 600),
    auditSealSeconds: reader.integer('LATARNIK_AUDIT_SEAL_SECONDS', 5, 1, 600),
    shutdownSeconds: reader.integer('LATARNIK_SHUTDOWN_SECONDS', 20, 0, 600),
    drillEveryHours: reader.integer('LATARNIK_DRILL_EVERY_HOURS', 0, 0, 8760),
  };
  reader.finish();
  if (configuration.drillEveryHours > 0 && variables['LATARNIK_ENVIRONMENT'] === 'production') {
    throw new ConfigurationError(
      'LATARNIK_DRILL_EVERY_HOURS must not be set on production: outages are never made up there',
    );
  }
  return configuration;
}
