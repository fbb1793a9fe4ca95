import { Temporal, type Drill, type DrillId } from '@latarnik/domain';

/** A row as PostgreSQL gives it. */
export interface DrillRow {
  readonly id: string;
  readonly state: Drill['state'];
  readonly scheduled: boolean;
  readonly person: string;
  readonly actor: string;
  readonly invoices_per_context: number;
  readonly requested_at: string;
  readonly progress: Json;
  readonly version: number;
  readonly fingerprint: string | null;
}

/** Moments among what a state has of its own; everything else in it is plain JSON. */
const MOMENTS = ['outageAt', 'detectedAt', 'issuedAt', 'restoredAt', 'openedAt', 'endedAt'] as const;

type Json = Readonly<Record<string, unknown>>;

/**
 * What a row lacks that was written before drills could take a simulated KSeF down: its outage was made up and over as soon
 * as that was entered, and no checks were kept by name.
 */
function completed({ state, progress }: DrillRow): Json {
  if (progress['contexts'] === undefined || progress['outage'] !== undefined) return progress;
  const outage = 'downtime-simulation';
  const isOpened = state === 'draining' || state === 'checked';
  const report = progress['report'] as
    { readonly contexts: readonly { readonly invoices: readonly Json[] }[] } | undefined;
  const contexts = report?.contexts.map((context) => ({
    ...context,
    invoices: context.invoices.map((invoice) => ({ ...invoice, checks: [] })),
  }));
  return {
    ...progress,
    outage,
    ...(isOpened ? { openedAt: progress['restoredAt'] } : {}),
    ...(report === undefined ? {} : { report: { ...report, outage, contexts } }),
  };
}

/** The row was checked when it was written. */
export function toDrill(row: DrillRow): Drill {
  const progress = completed(row);
  const moments = MOMENTS.flatMap((name) => {
    const text = progress[name];
    return typeof text === 'string' ? [[name, Temporal.Instant.from(text)]] : [];
  });
  return {
    ...progress,
    ...Object.fromEntries(moments),
    id: row.id as DrillId,
    state: row.state,
    ...{ scheduled: row.scheduled, person: row.person, actor: row.actor, version: row.version },
    invoicesPerContext: row.invoices_per_context,
    requestedAt: Temporal.Instant.from(row.requested_at),
  } as Drill;
}

const COLUMNS: readonly string[] = [
  ...['id', 'state', 'scheduled', 'person', 'actor', 'version', 'invoicesPerContext', 'requestedAt'],
];

/** What the state has beyond the columns, as JSON. */
export function progressText(drill: Drill): string {
  return JSON.stringify(Object.fromEntries(Object.entries(drill).filter(([name]) => !COLUMNS.includes(name))));
}
