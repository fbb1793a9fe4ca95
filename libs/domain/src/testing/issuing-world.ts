import { polishBusinessDays } from '../calendar/business-day-calendar.js';
import type { Jurisdiction } from '../legal-situation/legal-situation.js';
import type { Certificate } from '../certificate/certificate.js';
import { IssueInvoice, type IssueRequest } from '../invoice/issue-invoice.js';
import type { Invoice } from '../invoice/invoice.js';
import { PostOnline } from '../invoice/post-online.js';
import { SealOffline } from '../invoice/seal-offline.js';
import type { AvailabilityBulletin } from '../outage/availability-bulletin.js';
import type { InteractiveSessions } from '../session/interactive-session.port.js';
import { TrackInteractive } from '../session/track-interactive.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import { MONDAY_11, TENANT } from './builders.js';
import { CountingIds } from './counting-ids.js';
import { FixedClock } from './fixed-clock.js';
import { InMemoryDatabase } from './in-memory-database.js';
import { KeyedDigestSigner } from './keyed-digest-signer.js';
import { plainDocument, type PlainDocument } from './plain-document.js';
import { PlainDocuments } from './plain-documents.js';
import { ScriptedKsef } from './scripted-ksef.js';
import { nodeHasher, sha256Base64 } from './sha256.js';

/** Polish business days, and an environment where nothing real is at stake. */
export const JURISDICTION: Jurisdiction = { calendar: polishBusinessDays(), environment: 'test' };

/** Everything that issuing needs: a database, KSeF, a signer and a clock. */
export class IssuingWorld {
  readonly clock = new FixedClock(MONDAY_11);
  readonly database = new InMemoryDatabase(this.clock);
  readonly ksef = new ScriptedKsef(this.clock, new Map());
  readonly signer = new KeyedDigestSigner();
  readonly ids = new CountingIds();

  /** The use case, over a database and sessions that a test may have wrapped. */
  issueInvoice(
    unitOfWork: UnitOfWork = this.database,
    sessions: InteractiveSessions = this.ksef.interactiveSessions,
  ): IssueInvoice {
    const { clock, ids } = this;
    const seal = this.sealOffline(unitOfWork);
    const post = new PostOnline({ unitOfWork, sessions, clock, environment: 'test' }, seal);
    const documents = new PlainDocuments();
    const ports = { unitOfWork, documents, hasher: nodeHasher, clock, ids, jurisdiction: JURISDICTION };
    return new IssueInvoice(ports, seal, post);
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
    return new TrackInteractive(ports, this.sealOffline(database));
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
