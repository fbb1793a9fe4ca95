import { isReachable } from '../availability/availability.js';
import { warsawText } from '../calendar/warsaw-time.js';
import { classifyAtIssue } from '../deadline/classify-at-issue.js';
import { DEFAULT_RULES, type DeadlineRules } from '../deadline/deadline-rules.js';
import type { IssuingMode, ModeEvidence, OfflineMode } from '../invoice/issuing-mode.js';
import type { Connection } from '../outage/connection.js';
import type { Outage } from '../outage/outage.js';
import type { Instant } from '../shared/instant.js';

/** What an invoice issued at this moment would get, and why. */
export interface ModeDecision {
  readonly mode: IssuingMode;
  readonly evidence: ModeEvidence;
  /** For an accountant. */
  readonly reason: string;
}

/** What an online issue rests on, stored with the invoice. */
export const WHY_ONLINE = 'KSeF answers, and no announced outage covers the invoice.';

/** A decision for one of the offline modes. */
export type OfflineDecision = ModeDecision & { readonly mode: OfflineMode };

/**
 * The mode of an invoice issued now. Announced periods decide; without one, online if KSeF answers, else offline24,
 * which needs no reason (domain rules 1.1, 1.3). A connection that fails is never an outage in law.
 *
 * @param outages those that may be relied on (see `reliableOutages`)
 */
export function modeNow(
  now: Instant,
  outages: readonly Outage[],
  connection: Connection | undefined,
  rules: DeadlineRules = DEFAULT_RULES,
): ModeDecision {
  const silent = 'KSeF does not answer, and no announced outage covers the invoice';
  const offline = offlineModeNow(now, outages, silent, rules);
  if (offline.mode !== 'offline24') return offline;
  if (isReachable(connection, now)) {
    return { mode: 'online', evidence: { kind: 'own-choice', reason: WHY_ONLINE }, reason: WHY_ONLINE };
  }
  return offline;
}

/**
 * The offline mode of an invoice issued now, whatever the connection: circumstances decide, offline24 is what is left
 * (domain rules 10 point 7).
 * @param choice why offline24, if it comes to that
 */
export function offlineModeNow(
  now: Instant,
  outages: readonly Outage[],
  choice: string,
  rules: DeadlineRules = DEFAULT_RULES,
): OfflineDecision {
  const circumstances = classifyAtIssue(now, outages, rules);
  if (circumstances.mode === 'offline24') return ownChoice(choice);
  const { mode, outage } = circumstances;
  return {
    mode,
    evidence: { kind: 'bulletin', ...outage.announcement, eventId: outage.eventId },
    reason: `${ANNOUNCED[mode]} is announced since ${warsawText(outage.start)} (${outage.announcement.bulletinId}).`,
  };
}

/** offline24, which needs no outage. */
export function ownChoice(choice: string): OfflineDecision {
  return { mode: 'offline24', evidence: { kind: 'own-choice', reason: choice }, reason: `${choice}: offline24.` };
}

const ANNOUNCED = {
  emergency: 'A failure of KSeF',
  unavailability: 'Maintenance of KSeF',
  'total-failure': 'A total failure, in which invoices are issued outside KSeF and never sent,',
} as const;
