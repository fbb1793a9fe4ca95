import type { AuditEntry, AuditEntryForMany, AuditSubjectKind, AuditTrail } from '../audit/audit-trail.port.js';
import type { CertificateAlreadyImported, CertificateRepository } from '../certificate/certificate-repository.port.js';
import type {
  AuthenticationCertificate,
  Certificate,
  CertificateId,
  OfflineCertificate,
} from '../certificate/certificate.js';
import type { IdempotencyRecord, IdempotencyRecords } from '../invoice/idempotency.port.js';
import type { InvoiceId } from '../invoice/invoice.js';
import type { AvailabilityBulletin } from '../outage/availability-bulletin.js';
import type { BulletinArchive } from '../outage/bulletin-archive.port.js';
import { afterLook, type Connection, type ConnectionLog } from '../outage/connection.js';
import { NO_TRAFFIC } from '../outage/ksef-traffic.port.js';
import { sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import { Temporal } from '../shared/instant.js';
import type { Job, JobQueue } from '../shared/job-queue.port.js';
import { err, ok, type Result } from '../shared/result.js';

export class InMemoryIdempotency implements IdempotencyRecords {
  #records = new Map<string, IdempotencyRecord>();

  savepoint(): () => void {
    const records = new Map(this.#records);
    return () => (this.#records = records);
  }

  get keys(): readonly string[] {
    return [...this.#records.keys()];
  }

  find(key: string): Promise<IdempotencyRecord | undefined> {
    return Promise.resolve(this.#records.get(key));
  }

  add(record: IdempotencyRecord): Promise<boolean> {
    if (this.#records.has(record.key)) return Promise.resolve(false);
    this.#records.set(record.key, record);
    return Promise.resolve(true);
  }

  remove(key: string): Promise<void> {
    this.#records.delete(key);
    return Promise.resolve();
  }

  removeOf(invoiceId: InvoiceId): Promise<void> {
    for (const [key, record] of this.#records) if (record.invoiceId === invoiceId) this.#records.delete(key);
    return Promise.resolve();
  }
}

export class InMemoryCertificates implements CertificateRepository {
  stored: readonly Certificate[] = [];

  savepoint(): () => void {
    const { stored } = this;
    return () => (this.stored = stored);
  }

  add(certificate: Certificate): Promise<void> {
    this.stored = [...this.stored, certificate];
    return Promise.resolve();
  }

  async addUnlessInUse(certificate: Certificate): Promise<Result<void, CertificateAlreadyImported>> {
    const twin = this.stored.find(({ serial, retiredAt }) => serial === certificate.serial && retiredAt === undefined);
    if (twin !== undefined) return err({ code: 'CERTIFICATE_ALREADY_IMPORTED', certificateId: twin.id });
    await this.add(certificate);
    return ok(undefined);
  }

  offlineFor(context: ContextIdentifier): Promise<readonly OfflineCertificate[]> {
    return Promise.resolve(
      this.stored
        .filter((certificate) => certificate.purpose === 'offline')
        .filter((certificate) => sameContext(certificate.context, context)),
    );
  }

  authenticationFor(context: ContextIdentifier): Promise<readonly AuthenticationCertificate[]> {
    return Promise.resolve(
      this.stored
        .filter((certificate) => certificate.purpose === 'authentication')
        .filter((certificate) => sameContext(certificate.context, context)),
    );
  }

  all(): Promise<readonly Certificate[]> {
    return Promise.resolve(this.stored);
  }

  retire(id: CertificateId, at: Instant) {
    const found = this.stored.find((certificate) => certificate.id === id);
    if (found === undefined) return Promise.resolve(undefined);
    if (found.retiredAt !== undefined) return Promise.resolve({ certificate: found, isNew: false });
    const certificate: Certificate = { ...found, retiredAt: at };
    this.stored = this.stored.map((each) => (each === found ? certificate : each));
    return Promise.resolve({ certificate, isNew: true });
  }
}

/** Append-only. */
export class InMemoryAudit implements AuditTrail {
  entries: readonly AuditEntry[] = [];

  savepoint(): () => void {
    const { entries } = this;
    return () => (this.entries = entries);
  }

  append(entries: readonly AuditEntry[]): Promise<void> {
    this.entries = [...this.entries, ...entries];
    return Promise.resolve();
  }

  appendForEach(ids: readonly string[], { kind, ...entry }: AuditEntryForMany): Promise<void> {
    return this.append(ids.map((id) => ({ ...entry, subject: { kind, id } })));
  }

  of(kind: AuditSubjectKind, id: string): Promise<readonly AuditEntry[]> {
    return Promise.resolve(this.entries.filter(({ subject }) => subject.kind === kind && subject.id === id));
  }
}

export class InMemoryJobs implements JobQueue {
  queued: readonly { readonly job: Job; readonly afterSeconds: number }[] = [];

  savepoint(): () => void {
    const { queued } = this;
    return () => (this.queued = queued);
  }

  enqueue(job: Job, afterSeconds = 0): Promise<void> {
    this.queued = [...this.queued, { job, afterSeconds }];
    return Promise.resolve();
  }
}

/** Idempotent by id and version; newest publication first. */
export class InMemoryBulletins implements BulletinArchive {
  #bulletins: readonly AvailabilityBulletin[] = [];

  savepoint(): () => void {
    const bulletins = this.#bulletins;
    return () => (this.#bulletins = bulletins);
  }

  add(bulletins: readonly AvailabilityBulletin[]): Promise<readonly AvailabilityBulletin[]> {
    const added: AvailabilityBulletin[] = [];
    for (const bulletin of bulletins) {
      const known = [...this.#bulletins, ...added].some(
        ({ id, version }) => id === bulletin.id && version === bulletin.version,
      );
      if (!known) added.push(bulletin);
    }
    this.#bulletins = [...this.#bulletins, ...added];
    return Promise.resolve(added);
  }

  all(): Promise<readonly AvailabilityBulletin[]> {
    return Promise.resolve([...this.#bulletins].sort((a, b) => Temporal.Instant.compare(b.publishedAt, a.publishedAt)));
  }
}

export class InMemoryConnection implements ConnectionLog {
  #known: Connection | undefined;

  savepoint(): () => void {
    const known = this.#known;
    return () => (this.#known = known);
  }

  read(): Promise<Connection | undefined> {
    return Promise.resolve(this.#known);
  }

  change(next: (known: Connection | undefined) => Connection): Promise<Connection> {
    this.#known = next(this.#known);
    return Promise.resolve(this.#known);
  }

  /** A look at a moment at which KSeF answers the probe, or nobody answers at all. */
  async looked(reachable: boolean, at: Instant): Promise<void> {
    const probe = reachable
      ? ({ kind: 'answered', detail: 'KSeF answers' } as const)
      : ({ kind: 'silent', detail: 'ECONNREFUSED' } as const);
    const heard = { latarniaAnswered: reachable, latarnia: reachable ? 'available' : 'unknown' } as const;
    await this.change((known) => afterLook(known, { probe, traffic: NO_TRAFFIC, neutral: 'not-asked', ...heard, at }));
  }
}
