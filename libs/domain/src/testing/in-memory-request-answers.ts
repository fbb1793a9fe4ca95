import type { IdempotencyClaim } from '../invoice/idempotency.port.js';
import type { BegunRequest, RequestAnswer, RequestAnswers } from '../shared/request-answers.port.js';

interface Row {
  readonly fingerprint: string;
  readonly attempt: string;
  readonly answer?: RequestAnswer;
}

/** Without leases: no process dies within a test. */
export class InMemoryRequestAnswers implements RequestAnswers {
  #rows = new Map<string, Row>();

  savepoint(): () => void {
    const rows = new Map(this.#rows);
    return () => (this.#rows = rows);
  }

  begin({ key, fingerprint }: IdempotencyClaim, attempt: string): Promise<BegunRequest> {
    const row = this.#rows.get(key);
    if (row === undefined) {
      this.#rows.set(key, { fingerprint, attempt });
      return Promise.resolve({ kind: 'begun' });
    }
    if (row.fingerprint !== fingerprint) return Promise.resolve({ kind: 'reused' });
    return Promise.resolve(row.answer === undefined ? { kind: 'running' } : { kind: 'answered', answer: row.answer });
  }

  end(key: string, attempt: string, answer: RequestAnswer): Promise<void> {
    const row = this.#rows.get(key);
    if (row?.attempt === attempt) this.#rows.set(key, { ...row, answer });
    return Promise.resolve();
  }

  release(key: string, attempt: string): Promise<void> {
    if (this.#rows.get(key)?.attempt === attempt) this.#rows.delete(key);
    return Promise.resolve();
  }
}
