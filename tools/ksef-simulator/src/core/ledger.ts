import type { ContextIdentifier } from './context.js';
import type { InvoicingMode } from './invoice.js';

/** One accepted invoice, written once and never changed: the independent witness of what KSeF holds. */
export interface LedgerEntry {
  readonly ksefNumber: string;
  readonly invoiceHash: string;
  readonly sizeBytes: number;
  readonly sellerNip: string;
  readonly invoiceNumber: string;
  readonly kind: string;
  readonly issueDate: string;
  readonly context: ContextIdentifier;
  readonly sessionReferenceNumber: string;
  readonly sessionType: 'Batch' | 'Online';
  readonly invoiceReferenceNumber: string;
  readonly fileName: string | null;
  readonly offlineDeclared: boolean;
  readonly invoicingMode: InvoicingMode;
  readonly hashOfCorrectedInvoice: string | null;
  /** ISO 8601, UTC */
  readonly invoicingDate: string;
  /** ISO 8601, UTC */
  readonly acquisitionDate: string;
}

/** Something a client must never do, and did. */
export interface Violation {
  readonly at: string;
  readonly kind: 'AUTHORIZATION_SENT_TO_STORAGE' | 'OFFLINE_CERTIFICATE_USED_FOR_LOGIN' | 'PART_CHANGED_AFTER_UPLOAD';
  readonly detail: string;
}

/** Counters since the start. */
export interface LedgerCounters {
  /** Invoices that reached processing, whatever came of them. */
  attempts: number;
  accepted: number;
  duplicates: number;
  /** Rejected for any reason but being a duplicate. */
  rejected: number;
  violations: number;
}

/** A copy of the ledger at one moment. */
export interface LedgerReport {
  readonly accepted: readonly LedgerEntry[];
  readonly violations: readonly Violation[];
  readonly counters: Readonly<LedgerCounters>;
}

export class Ledger {
  readonly #accepted: LedgerEntry[] = [];
  readonly #violations: Violation[] = [];
  readonly #counters = { attempts: 0, duplicates: 0, rejected: 0 };

  recordAttempt(): void {
    this.#counters.attempts++;
  }

  recordAcceptance(entry: LedgerEntry): void {
    this.#accepted.push(Object.freeze(entry));
  }

  recordRejection(code: number): void {
    if (code === 440) this.#counters.duplicates++;
    else this.#counters.rejected++;
  }

  recordViolation(kind: Violation['kind'], detail: string, at: number): void {
    this.#violations.push({ at: new Date(at).toISOString(), kind, detail });
  }

  report(): LedgerReport {
    return {
      accepted: [...this.#accepted],
      violations: [...this.#violations],
      counters: {
        ...this.#counters,
        accepted: this.#accepted.length,
        violations: this.#violations.length,
      },
    };
  }
}
