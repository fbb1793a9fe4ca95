/** When the people of a tenant are warned of an invoice that KSeF does not have yet (invariant I5). */
export type AlertStage =
  | { readonly kind: 'before-end'; readonly hours: number }
  /** The house's target has passed, the law's day has not. */
  | { readonly kind: 'target-missed' }
  /** No end of the outage is known, so many hours after issue: its end message may never come (domain rules 1.13). */
  | { readonly kind: 'still-open'; readonly hours: number }
  | { readonly kind: 'overdue' };

export const DEFAULT_ALERT_HOURS: readonly number[] = [24, 6, 1];
const STILL_OPEN_HOURS = 24;

/** All stages, the earliest first. @param hours before the statutory end, in any order */
export function alertStages(hours: readonly number[] = DEFAULT_ALERT_HOURS): readonly AlertStage[] {
  const before = [...new Set(hours)].sort((a, b) => b - a);
  return [
    ...before.map((each) => ({ kind: 'before-end', hours: each }) as const),
    { kind: 'target-missed' },
    { kind: 'still-open', hours: STILL_OPEN_HOURS },
    { kind: 'overdue' },
  ];
}

/** Stable name: `T-24h`, `target-missed`, `open-24h`, `overdue`. */
export function stageName(stage: AlertStage): string {
  switch (stage.kind) {
    case 'before-end':
      return `T-${String(stage.hours)}h`;
    case 'still-open':
      return `open-${String(stage.hours)}h`;
    case 'target-missed':
    case 'overdue':
      return stage.kind;
  }
}
