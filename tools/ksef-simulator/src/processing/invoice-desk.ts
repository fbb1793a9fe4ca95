import type { ArchivedInvoice, InvoiceArchive } from '../core/archive.js';
import type { Clock } from '../core/clock.js';
import { type InvoiceFacts, type InvoiceRecord, moveInvoice, type Rejection } from '../core/invoice.js';
import type { Ledger } from '../core/ledger.js';
import { ksefNumber, type RandomOctets } from '../core/numbers.js';
import type { PermissionBook } from '../core/permissions.js';
import type { Session } from '../core/session.js';
import type { Settings } from '../core/settings.js';
import { warsawDay } from '../core/time.js';
import { examineInvoice } from '../documents/examine-invoice.js';
import type { Fa3Schema } from '../documents/fa3-schema.js';
import type { Faults } from '../faults/faults.js';
import type { ContextLimitBook } from '../limits/context-limits.js';

export interface InvoiceDeskParts {
  readonly clock: Clock;
  readonly random: RandomOctets;
  readonly settings: Settings;
  readonly schema: Fa3Schema;
  readonly permissions: PermissionBook;
  readonly archive: InvoiceArchive;
  readonly ledger: Ledger;
  readonly contextLimits: ContextLimitBook;
  readonly faults: Faults;
}

/** Decides on one invoice: the single place where a KSeF number is given. */
export class InvoiceDesk {
  constructor(private readonly parts: InvoiceDeskParts) {}

  /** Takes an invoice in status 100 to its final status. */
  decide(session: Session, record: InvoiceRecord, content: Buffer): void {
    const { contextLimits, schema, settings } = this.parts;
    if (record.status.code === 100) moveInvoice(record, 150);
    this.parts.ledger.recordAttempt();
    const examination = examineInvoice(content, schema, {
      invoicingAt: record.invoicingAt,
      strictNip: settings.strictNip,
      limits: contextLimits.of(session.context, session.kind),
    });
    if (examination.facts !== undefined) record.facts = examination.facts;
    if (!examination.ok) {
      this.#reject(record, examination.rejection);
      return;
    }
    const objection = this.#objectionTo(session, record, examination.facts);
    if (objection === undefined) this.#accept(session, record, examination.facts, content);
    else this.#reject(record, objection);
  }

  /** Ends an invoice that never got to the document checks: undecryptable (435) or not what was declared (430). */
  refuseUnread(record: InvoiceRecord, rejection: Rejection): void {
    if (record.status.code === 100) moveInvoice(record, 150);
    this.parts.ledger.recordAttempt();
    this.#reject(record, rejection);
  }

  #objectionTo(session: Session, record: InvoiceRecord, facts: InvoiceFacts): Rejection | undefined {
    const { permissions, archive } = this.parts;
    if (!permissions.mayIssue(session.context, facts.sellerNip)) {
      return { code: 410, details: [`Kontekst nie może wystawiać faktur w imieniu sprzedawcy ${facts.sellerNip}.`] };
    }
    // Attachments: in a batch, or as a technical correction (domain-rules 1.8, 1.11).
    const wayAllowsAttachment = session.kind === 'Batch' || record.hashOfCorrectedInvoice !== undefined;
    if (facts.hasAttachment && !(wayAllowsAttachment && permissions.mayAttach(facts.sellerNip))) return { code: 415 };
    const original = archive.findSame(facts);
    return original === undefined ? this.#objectionByFault(record) : this.#duplicateOf(original, session, record);
  }

  #objectionByFault({ referenceNumber: reference }: InvoiceRecord): Rejection | undefined {
    const { faults } = this.parts;
    if (faults.befalls('invoice-unknown-error', reference) !== undefined) return { code: 500 };
    if (faults.befalls('invoice-cancelled', reference) !== undefined) return { code: 550 };
    if (faults.befalls('invoice-refused', reference) === undefined) return undefined;
    return { code: 450, details: ['Reguła KSeF, której nie ma w schemacie (zamówiona odmowa).'] };
  }

  #duplicateOf(
    { acceptance, session }: ArchivedInvoice,
    { referenceNumber: own }: Session,
    { referenceNumber: reference }: InvoiceRecord,
  ): Rejection {
    const { faults } = this.parts;
    if (faults.befalls('bare-duplicate', reference) !== undefined) return { code: 440, details: ['Duplikat faktury.'] };
    // #450: the session named is a real one, the duplicate's own. Where that holds the original, nothing is wrong with it.
    const isWrong =
      own !== session.referenceNumber && faults.befalls('wrong-duplicate-session', reference) !== undefined;
    return duplicateOf(acceptance.ksefNumber, isWrong ? own : session.referenceNumber);
  }

  #accept(session: Session, record: InvoiceRecord, facts: InvoiceFacts, content: Buffer): void {
    const { archive, clock, ledger, random, settings } = this.parts;
    const acquiredAt = clock.now();
    // Declared offline stays offline; an earlier day of issue makes it offline (domain-rules 1.9).
    const offline = record.offlineDeclared || facts.issueDate < warsawDay(record.invoicingAt);
    const acceptance = {
      ksefNumber: ksefNumber(facts.sellerNip, record.invoicingAt, random),
      acquiredAt,
      storedAt: acquiredAt + settings.permanentStorageDelayMs,
      invoicingMode: offline ? ('Offline' as const) : ('Online' as const),
      content,
    };
    record.accepted = acceptance;
    moveInvoice(record, 200);
    archive.add({ session, record, facts, acceptance });
    ledger.recordAcceptance({
      ksefNumber: acceptance.ksefNumber,
      invoiceHash: record.invoiceHash,
      sizeBytes: record.sizeBytes,
      sellerNip: facts.sellerNip,
      invoiceNumber: facts.invoiceNumber,
      kind: facts.kind,
      issueDate: facts.issueDate,
      context: session.context,
      sessionReferenceNumber: session.referenceNumber,
      sessionType: session.kind,
      invoiceReferenceNumber: record.referenceNumber,
      fileName: record.fileName ?? null,
      offlineDeclared: record.offlineDeclared,
      invoicingMode: acceptance.invoicingMode,
      hashOfCorrectedInvoice: record.hashOfCorrectedInvoice ?? null,
      invoicingDate: new Date(record.invoicingAt).toISOString(),
      acquisitionDate: new Date(acquiredAt).toISOString(),
    });
  }

  #reject(record: InvoiceRecord, { code, details, extensions }: Rejection): void {
    moveInvoice(record, code, {
      ...(details === undefined ? {} : { details }),
      ...(extensions === undefined ? {} : { extensions }),
    });
    this.parts.ledger.recordRejection(code);
  }
}

function duplicateOf(originalKsefNumber: string, originalSessionReferenceNumber: string): Rejection {
  return {
    code: 440,
    details: [
      `Duplikat faktury. Faktura o numerze KSeF: ${originalKsefNumber} została już prawidłowo przesłana do systemu w sesji: ${originalSessionReferenceNumber}`,
    ],
    extensions: { originalSessionReferenceNumber, originalKsefNumber },
  };
}
