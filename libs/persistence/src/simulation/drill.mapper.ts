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
  readonly progress: Readonly<Record<string, unknown>>;
  readonly version: number;
}

/** Moments among what a state has of its own; everything else in it is plain JSON. */
const MOMENTS = ['outageAt', 'detectedAt', 'issuedAt', 'restoredAt', 'endedAt'] as const;

/** The row was checked when it was written. */
export function toDrill(row: DrillRow): Drill {
  const moments = MOMENTS.flatMap((name) => {
    const text = row.progress[name];
    return typeof text === 'string' ? [[name, Temporal.Instant.from(text)]] : [];
  });
  return {
    ...row.progress,
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
