import { ConcurrentUpdateError } from '../../../batch/batch-repository.port.js';
import type { IdempotencyClaim } from '../../../invoice/idempotency.port.js';
import { sameContext } from '../../../party/context-identifier.js';
import type { Clock } from '../../../shared/clock.port.js';
import type { CertificateId } from '../../certificate.js';
import type { ClaimedEnrolment, EnrolmentRepository } from '../enrolment-repository.port.js';
import { type Enrolment, ENROLMENT_TRANSITIONS, isUnderWay, type PreparedEnrolment } from '../enrolment.js';

/** Holds every move to the table, and every save to the version. */
export class InMemoryEnrolments implements EnrolmentRepository {
  rows: readonly Enrolment[] = [];
  #claims = new Map<string, { readonly id: CertificateId; readonly fingerprint: string }>();
  /** When their time comes, in ms. */
  #due = new Map<CertificateId, number>();

  constructor(private readonly clock: Clock) {}

  savepoint(): () => void {
    const { rows } = this;
    const [claims, due] = [new Map(this.#claims), new Map(this.#due)];
    return () => {
      this.rows = rows;
      this.#claims = claims;
      this.#due = due;
    };
  }

  add(enrolment: PreparedEnrolment, { key, fingerprint }: IdempotencyClaim): Promise<boolean> {
    const isLike = (row: Enrolment): boolean =>
      isUnderWay(row) && row.type === enrolment.type && sameContext(row.context, enrolment.context);
    if (this.#claims.has(key) || this.rows.some(isLike)) return Promise.resolve(false);
    this.rows = [...this.rows, enrolment];
    this.#claims.set(key, { id: enrolment.id, fingerprint });
    return Promise.resolve(true);
  }

  find(id: CertificateId): Promise<Enrolment | undefined> {
    return Promise.resolve(this.rows.find((row) => row.id === id));
  }

  findByKey(key: string): Promise<ClaimedEnrolment | undefined> {
    const claim = this.#claims.get(key);
    const enrolment = this.rows.find(({ id }) => id === claim?.id);
    return Promise.resolve(
      claim === undefined || enrolment === undefined ? undefined : { fingerprint: claim.fingerprint, enrolment },
    );
  }

  list(limit: number, after?: CertificateId): Promise<readonly Enrolment[]> {
    const newestFirst = [...this.rows].reverse();
    const from = after === undefined ? 0 : newestFirst.findIndex(({ id }) => id === after) + 1;
    return Promise.resolve(newestFirst.slice(from, from + limit));
  }

  underWay(): Promise<readonly Enrolment[]> {
    return Promise.resolve(this.rows.filter(isUnderWay));
  }

  claim(limit: number, seconds: number): Promise<readonly Enrolment[]> {
    const nowMs = this.clock.now().epochMilliseconds;
    const due = this.rows.filter((row) => isUnderWay(row) && (this.#due.get(row.id) ?? 0) <= nowMs).slice(0, limit);
    for (const { id } of due) this.#due.set(id, nowMs + seconds * 1000);
    return Promise.resolve(due);
  }

  postpone(id: CertificateId, seconds: number): Promise<void> {
    this.#due.set(id, this.clock.now().epochMilliseconds + seconds * 1000);
    return Promise.resolve();
  }

  save(enrolment: Enrolment): Promise<void> {
    const row = this.rows.find(({ id }) => id === enrolment.id);
    if (row?.version !== enrolment.version) {
      return Promise.reject(new ConcurrentUpdateError(`enrolment ${enrolment.id} moved on`));
    }
    const moves: readonly Enrolment['state'][] = ENROLMENT_TRANSITIONS[row.state];
    if (!moves.includes(enrolment.state)) throw new Error(`illegal move ${row.state} -> ${enrolment.state}`);
    const stored = { ...enrolment, version: enrolment.version + 1 };
    this.rows = this.rows.map((one) => (one.id === stored.id ? stored : one));
    return Promise.resolve();
  }
}
