import {
  CloseSharedSessions,
  IssueAfterAll,
  PostOnline,
  ResolvePosting,
  SettleReview,
  SharedSessions,
  TrackInteractive,
  type Clock,
  type InteractiveSessions,
  type Jurisdiction,
  type SealOffline,
  type SessionReader,
  type Stopwatch,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Configuration } from './configuration.js';

/** What issues online, and finds out what became of it. */
export interface OnlineUseCases {
  readonly trackInteractive: TrackInteractive;
  readonly settleReview: SettleReview;
  /** Of this process: it closes what is idle (`closeIdle`), and at its end everything. */
  readonly sharedSessions: SharedSessions;
}

interface Ports {
  readonly unitOfWork: UnitOfWork;
  readonly sessions: InteractiveSessions;
  readonly reader: SessionReader;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
}

export function buildOnline(
  ports: Ports,
  jurisdiction: Jurisdiction,
  sealOffline: SealOffline,
  configuration: Configuration,
): OnlineUseCases & { readonly postOnline: PostOnline } {
  const { environment, processName, onlineIdleSeconds, onlineBudgetSeconds, endOfDaySeconds } = configuration;
  const sharedSessions = new SharedSessions(ports, { processName, idleSeconds: onlineIdleSeconds });
  const resolve = new ResolvePosting(ports.reader, sharedSessions, ports.stopwatch);
  const issueAfterAll = new IssueAfterAll({ ...ports, jurisdiction }, sealOffline);
  const settings = { budgetMs: onlineBudgetSeconds * 1000, endOfDaySeconds };
  return {
    sharedSessions,
    postOnline: new PostOnline({ ...ports, environment }, sharedSessions, resolve, sealOffline, settings),
    trackInteractive: new TrackInteractive({ ...ports, jurisdiction }, issueAfterAll, new CloseSharedSessions(ports)),
    settleReview: new SettleReview(ports, issueAfterAll),
  };
}
