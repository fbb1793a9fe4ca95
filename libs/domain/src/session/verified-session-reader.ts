import type { InvoiceFacts } from '../invoice/invoice-facts.js';
import type { InvoiceHash } from '../invoice/invoice-hash.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import type { Instant } from '../shared/instant.js';
import type { KsefAccess } from './ksef-access.js';
import type {
  InvoiceInKsef,
  ListedSession,
  SessionInvoice,
  SessionInvoicePage,
  SessionReader,
  SessionStatus,
  UpoDocument,
  UpoPage,
} from './session-reader.port.js';
import type { InvoiceReference, SessionReference } from './session-reference.js';
import type { UpoCheck, UpoVerifier } from './upo-verifier.port.js';

/** A UPO that is none: its signature is broken, or missing where one is demanded. */
export interface RefusedUpo {
  readonly session: SessionReference;
  readonly reason: string;
}

export interface UpoTrustPolicy {
  /**
   * `required`: only a UPO whose signature is valid is a proof. `checked`: one that nobody could check is kept and shown
   * as such (ADR 0020). A broken signature is never a proof.
   */
  readonly signatures: 'checked' | 'required';
  /** Told of every UPO that was refused. */
  readonly onRefused: (upo: RefusedUpo) => void;
}

/**
 * A reader whose every UPO has passed the verifier: what is confirmed is read from the signed bytes. A UPO that did not
 * pass is not there: it is asked for again, and a person is called when it stays away.
 */
export class VerifiedSessionReader implements SessionReader {
  constructor(
    private readonly reader: SessionReader,
    private readonly verifier: UpoVerifier,
    private readonly policy: UpoTrustPolicy,
  ) {}

  status(access: KsefAccess, session: SessionReference): Promise<SessionStatus | undefined> {
    return this.reader.status(access, session);
  }

  invoices(access: KsefAccess, session: SessionReference, token?: string): Promise<SessionInvoicePage> {
    return this.reader.invoices(access, session, token);
  }

  invoice(
    access: KsefAccess,
    session: SessionReference,
    invoice: InvoiceReference,
  ): Promise<SessionInvoice | undefined> {
    return this.reader.invoice(access, session, invoice);
  }

  async upo(
    access: KsefAccess,
    session: SessionReference,
    invoice: { readonly ksefNumber: KsefNumber; readonly upoDownloadUrl?: string },
  ): Promise<UpoDocument | undefined> {
    return this.checked(session, await this.reader.upo(access, session, invoice));
  }

  async upoPage(access: KsefAccess, session: SessionReference, page: UpoPage): Promise<UpoDocument | undefined> {
    return this.checked(session, await this.reader.upoPage(access, session, page));
  }

  hashOf(access: KsefAccess, ksefNumber: string): Promise<InvoiceHash | undefined> {
    return this.reader.hashOf(access, ksefNumber);
  }

  findByNumber(
    access: KsefAccess,
    invoice: Pick<InvoiceFacts, 'sellerNip' | 'number' | 'issueDate'>,
  ): Promise<readonly InvoiceInKsef[]> {
    return this.reader.findByNumber(access, invoice);
  }

  sessionsOpened(
    access: KsefAccess,
    kind: ListedSession['kind'],
    from: Instant,
    to: Instant,
  ): Promise<readonly ListedSession[]> {
    return this.reader.sessionsOpened(access, kind, from, to);
  }

  private checked(session: SessionReference, upo: UpoDocument | undefined): UpoDocument | undefined {
    if (upo === undefined) return undefined;
    const check = this.verifier.check(upo.bytes);
    if ('entries' in check) return { bytes: upo.bytes, entries: check.entries, signature: check.signature };
    const why = this.whyNone(check);
    if (why === undefined) return 'signature' in check ? { ...upo, signature: check.signature } : undefined;
    this.policy.onRefused({ session, reason: why });
    return undefined;
  }

  /** Why it is no proof; `undefined` when it is one that nobody could check. */
  private whyNone(check: UpoCheck): string | undefined {
    if ('refused' in check) return check.refused;
    const { signature } = check;
    if (signature.verdict === 'valid' || this.policy.signatures === 'checked') return undefined;
    return `not signed as demanded: ${signature.reason}`;
  }
}
