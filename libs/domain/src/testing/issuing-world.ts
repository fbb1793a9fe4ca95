import { polishBusinessDays } from '../calendar/business-day-calendar.js';
import type { Jurisdiction } from '../legal-situation/legal-situation.js';
import type { Certificate } from '../certificate/certificate.js';
import { IssueInvoice, type IssueRequest } from '../invoice/issue-invoice.js';
import type { Invoice } from '../invoice/invoice.js';
import { IssueAfterAll } from '../invoice/issue-after-all.js';
import { PostOnline } from '../invoice/post-online.js';
import { SealOffline } from '../invoice/seal-offline.js';
import { SettleReview } from '../invoice/settle-review.js';
import type { AvailabilityBulletin } from '../outage/availability-bulletin.js';
import { CloseSharedSessions } from '../session/close-shared-sessions.js';
import type { InteractiveSessions } from '../session/interactive-session.port.js';
import { ResolvePosting } from '../session/resolve-posting.js';
import { SharedSessions } from '../session/shared-sessions.js';
import { TrackInteractive } from '../session/track-interactive.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import { MONDAY_11, TENANT } from './builders.js';
import { CountingIds } from './counting-ids.js';
import { FixedClock } from './fixed-clock.js';
import { HandStopwatch } from './hand-stopwatch.js';
import { InMemoryDatabase } from './in-memory-database.js';
import { KeyedDigestSigner } from './keyed-digest-signer.js';
import { plainDocument, type PlainDocument } from './plain-document.js';
import { PlainDocuments } from './plain-documents.js';
import { ScriptedKsef } from './scripted-ksef.js';
import { nodeHasher, sha256Base64 } from './sha256.js';

/** One process issues online: 300 s idle, 15 s of patience, codes ten minutes before midnight. */
const ONLINE = { budgetMs: 15_000, endOfDaySeconds: 600 };
const IDLE_SECONDS = 300;

/** Polish business days, and an environment where nothing real is at stake. */
export const JURISDICTION: Jurisdiction = { calendar: polishBusinessDays(), environment: 'test' };

/** Everything that issuing needs: a database, KSeF, a signer and a clock. */
export class IssuingWorld {
  readonly clock = new FixedClock(MONDAY_11);
  readonly database = new InMemoryDatabase(this.clock);
  readonly ksef = new ScriptedKsef(this.clock, new Map());
  readonly signer = new KeyedDigestSigner();
  readonly ids = new CountingIds();
  readonly stopwatch = new HandStopwatch(this.clock);
  /** Those of the process that issues; another process has others. */
  readonly sessions = this.sharedSessions();

  /** The use case, over a database and sessions that a test may have wrapped. */
  issueInvoice(unitOfWork: UnitOfWork = this.database, sessions: SharedSessions = this.sessions): IssueInvoice {
    const { clock, ids, stopwatch } = this;
    const seal = this.sealOffline(unitOfWork);
    const resolve = new ResolvePosting(this.ksef, sessions, stopwatch);
    const post = new PostOnline({ unitOfWork, clock, stopwatch, environment: 'test' }, sessions, resolve, seal, ONLINE);
    const documents = new PlainDocuments();
    const ports = { unitOfWork, documents, hasher: nodeHasher, clock, ids, jurisdiction: JURISDICTION };
    return new IssueInvoice(ports, seal, post);
  }

  /** The sessions of a process of its own, over a database and a KSeF that a test may have wrapped. */
  sharedSessions(
    unitOfWork: UnitOfWork = this.database,
    sessions: InteractiveSessions = this.ksef.interactiveSessions,
  ): SharedSessions {
    const { clock, stopwatch } = this;
    const settings = { processName: 'api', idleSeconds: IDLE_SECONDS };
    return new SharedSessions({ unitOfWork, sessions, reader: this.ksef, clock, stopwatch }, settings);
  }

  settleReview(): SettleReview {
    const { database: unitOfWork, ksef: reader, clock } = this;
    return new SettleReview({ unitOfWork, reader, clock }, this.issueAfterAll());
  }

  tracker(): TrackInteractive {
    const { database, ksef, clock } = this;
    const ports = {
      unitOfWork: database,
      sessions: ksef.interactiveSessions,
      reader: ksef,
      clock,
      jurisdiction: JURISDICTION,
    };
    const { unitOfWork, sessions } = ports;
    const close = new CloseSharedSessions({ unitOfWork, sessions, clock });
    return new TrackInteractive(ports, this.issueAfterAll(), close);
  }

  private issueAfterAll(): IssueAfterAll {
    const { database: unitOfWork, clock } = this;
    return new IssueAfterAll({ unitOfWork, clock, jurisdiction: JURISDICTION }, this.sealOffline(unitOfWork));
  }

  issue(document: PlainDocument, more: Partial<IssueRequest> = {}) {
    return this.issueInvoice().execute(requestFor(document, more));
  }

  async has(...certificates: readonly Certificate[]): Promise<void> {
    for (const certificate of certificates) await this.database.certificates.add(certificate);
  }

  async announced(...bulletins: readonly AvailabilityBulletin[]): Promise<void> {
    await this.database.bulletins.add(bulletins);
  }

  /** The last look at KSeF, now, found it answering or not. */
  async looked(reachable: boolean): Promise<void> {
    await this.database.connection.looked(reachable, this.clock.now());
  }

  get invoices(): readonly Invoice[] {
    return this.database.invoices.stored;
  }

  private sealOffline(unitOfWork: UnitOfWork): SealOffline {
    const { signer, clock } = this;
    return new SealOffline({
      unitOfWork,
      signer,
      clock,
      environment: 'test',
      batchLingerSeconds: 5,
    });
  }
}

/** A request whose key follows from the number, and whose fingerprint follows from the bytes, unless told otherwise. */
export function requestFor(document: PlainDocument, more: Partial<IssueRequest> = {}): IssueRequest {
  const bytes = plainDocument(document);
  return {
    tenant: TENANT,
    actor: 'api-key:1',
    claim: { key: `key of ${document.number}`, fingerprint: sha256Base64(bytes) },
    document: { kind: 'xml', bytes },
    mode: 'auto',
    ...more,
  };
}
