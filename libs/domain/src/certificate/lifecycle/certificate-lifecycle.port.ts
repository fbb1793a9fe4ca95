import type { InvoiceNumber } from '../../invoice/invoice-facts.js';
import type { InvoiceId, InvoiceState } from '../../invoice/invoice.js';
import type { OfflineMode } from '../../invoice/issuing-mode.js';
import type { ContextIdentifier } from '../../party/context-identifier.js';
import type { Instant } from '../../shared/instant.js';
import type { Certificate, CertificateId, CertificateSerial } from '../certificate.js';
import type { CertificateWarning, SignedDeadlines } from './certificate-warning.js';
import type { RemoteStatus } from './remote-status.js';
import type { CarriedOutRevocation, RefusedRevocation, RevocationIntent, SendingRevocation } from './revocation.js';

/** An invoice with KOD II that KSeF has not accepted. */
export interface UnsentInvoice {
  readonly id: InvoiceId;
  readonly number: InvoiceNumber;
  readonly state: InvoiceState;
  readonly mode: OfflineMode;
}

export interface UnsentInvoices {
  /** All of them, listed or not. */
  readonly count: number;
  /** The oldest first. */
  readonly items: readonly UnsentInvoice[];
}

/** What becomes of the certificates of one tenant after they were taken in. */
export interface CertificateLifecycle {
  /**
   * Stores the wish to revoke, under a lock; `isNew` tells whether this call did. One that is under way or done stays
   * as it is, a refused one begins anew.
   *
   * @param patienceSeconds until `claimRevocations` gives it out
   * @returns `undefined` when the tenant has no such certificate
   */
  beginRevocation(
    id: CertificateId,
    intent: RevocationIntent,
    patienceSeconds: number,
  ): Promise<{ readonly certificate: Certificate; readonly isNew: boolean } | undefined>;
  /** @returns false when it was settled already, or nobody wished it: then nothing is stored */
  settleRevocation(id: CertificateId, outcome: CarriedOutRevocation | RefusedRevocation): Promise<boolean>;
  /** Certificates with a revocation whose time has come; nobody else gets them for so long. */
  claimRevocations(
    limit: number,
    seconds: number,
  ): Promise<readonly (Certificate & { readonly revocation: SendingRevocation })[]>;

  /**
   * Stores what KSeF showed; a later look stays.
   * @returns those whose state, type or end is not what it was
   */
  saveRemote(
    seen: readonly { readonly id: CertificateId; readonly remote: RemoteStatus }[],
  ): Promise<readonly CertificateId[]>;
  /**
   * Contexts with a certificate in use that nobody looked at for so long; each is given out once until `again`.
   * The first look at a context is due at once.
   */
  claimSyncs(now: Instant, again: Instant): Promise<readonly ContextIdentifier[]>;
  /** The next look at a context is due then. */
  synced(context: ContextIdentifier, next: Instant): Promise<void>;

  /** Invoices whose KOD II this certificate signed and that KSeF has not accepted. */
  unsentInvoices(serial: CertificateSerial, limit: number): Promise<UnsentInvoices>;

  /** Until when invoices wait whose KOD II these certificates signed; none for one that signed none of them. */
  deadlinesSignedBy(serials: readonly CertificateSerial[]): Promise<readonly SignedDeadlines[]>;

  /** Stores warnings; of each certificate and stage the first stays. @returns those that are new */
  raise(warnings: readonly CertificateWarning[]): Promise<readonly CertificateWarning[]>;
  /** Every warning ever raised, oldest first. */
  warnings(): Promise<readonly CertificateWarning[]>;
}
