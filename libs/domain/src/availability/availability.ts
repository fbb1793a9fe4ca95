import { warsawText } from '../calendar/warsaw-time.js';
import { classifyAtIssue } from '../deadline/classify-at-issue.js';
import type { IssuingMode, ModeEvidence, OfflineMode } from '../invoice/issuing-mode.js';
import type { Connection } from '../outage/connection.js';
import type { Outage } from '../outage/outage.js';
import type { Instant } from '../shared/instant.js';

/** What an invoice issued at this moment would get, and why. */
export interface ModeDecision {
  readonly mode: Exclude<IssuingMode, 'total-failure'>;
  readonly evidence: ModeEvidence;
  /** For an accountant. */
  readonly reason: string;
}

export type OfflineDecision = ModeDecision & { readonly mode: OfflineMode };

/** After this age an answer about KSeF is no answer (reliability B6). */
export const CONNECTION_MAX_AGE_SECONDS = 300;

/**
 * The mode of an invoice issued now. Announced periods decide; without one, online if KSeF answers, else offline24,
 * which needs no reason (domain rules 1.1, 1.3). A connection that fails is never an outage in law.
 *
 * @param outages those that may be relied on (see `reliableOutages`)
 */
export function modeNow(now: Instant, outages: readonly Outage[], connection: Connection | undefined): ModeDecision {
  const offline = offlineModeNow(now, outages, 'KSeF does not answer, and no announced outage covers the invoice');
  if (offline.mode !== 'offline24') return offline;
  if (isReachable(connection, now)) {
    const reason = 'KSeF answers and no outage is announced.';
    return { mode: 'online', evidence: { kind: 'own-choice', reason }, reason };
  }
  return offline;
}

/**
 * The offline mode of an invoice issued now, whatever the connection: circumstances decide, offline24 is what is left
 * (domain rules 10 point 7).
 * @param choice why offline24, if it comes to that
 */
export function offlineModeNow(now: Instant, outages: readonly Outage[], choice: string): OfflineDecision {
  const circumstances = classifyAtIssue(now, outages);
  if (circumstances.mode === 'offline24' || circumstances.mode === 'total-failure') {
    return { mode: 'offline24', evidence: { kind: 'own-choice', reason: choice }, reason: `${choice}: offline24.` };
  }
  const { mode, outage } = circumstances;
  const what = mode === 'emergency' ? 'A failure of KSeF' : 'Maintenance of KSeF';
  return {
    mode,
    evidence: { kind: 'bulletin', ...outage.announcement, eventId: outage.eventId },
    reason: `${what} is announced since ${warsawText(outage.start)} (${outage.announcement.bulletinId}).`,
  };
}

/**
 * The outages that may decide modes and deadlines. A total failure lifts the duty to send, so no message alone does
 * that: it counts once people have confirmed it, which is not possible yet, so it never counts (reliability B2).
 */
export function reliableOutages(outages: readonly Outage[]): readonly Outage[] {
  return outages.filter(({ category }) => category !== 'total-failure');
}

/** Whether the last look at KSeF is fresh and found it answering. */
export function isReachable(connection: Connection | undefined, now: Instant): boolean {
  return connection !== undefined && connection.ksefReachable && isFresh(connection, now);
}

/** Whether batches may go out now: KSeF answers and nothing announced says that it will not work. */
export function maySend(now: Instant, outages: readonly Outage[], connection: Connection | undefined): boolean {
  return classifyAtIssue(now, outages).mode === 'offline24' && isReachable(connection, now);
}

function isFresh({ ksefCheckedAt }: Connection, now: Instant): boolean {
  return now.epochMilliseconds - ksefCheckedAt.epochMilliseconds <= CONNECTION_MAX_AGE_SECONDS * 1000;
}
