import type { Invoice } from '../../../invoice/invoice.js';
import { sameContext, contextLabel, type ContextIdentifier } from '../../../party/context-identifier.js';
import type { Clock } from '../../../shared/clock.port.js';
import type { Instant } from '../../../shared/instant.js';
import type { InMemoryInvoices } from '../../../testing/in-memory-invoices.js';
import type { InMemoryCertificates } from '../../../testing/in-memory-stores.js';
import type { Certificate, CertificateId, CertificateSerial } from '../../certificate.js';
import type { CertificateLifecycle, UnsentInvoice, UnsentInvoices } from '../certificate-lifecycle.port.js';
import type { CertificateWarning, SignedDeadlines } from '../certificate-warning.js';
import type { RemoteStatus } from '../remote-status.js';
import type { CarriedOutRevocation, RefusedRevocation, RevocationIntent, SendingRevocation } from '../revocation.js';

export class InMemoryCertificateLifecycle implements CertificateLifecycle {
  raised: readonly CertificateWarning[] = [];
  /** When a context is looked at next, in ms, by its label. */
  #looks = new Map<string, number>();
  #revocationsDue = new Map<CertificateId, number>();

  constructor(
    private readonly clock: Clock,
    private readonly certificates: InMemoryCertificates,
    private readonly invoices: InMemoryInvoices,
  ) {}

  savepoint(): () => void {
    const { raised } = this;
    const [looks, due] = [new Map(this.#looks), new Map(this.#revocationsDue)];
    return () => {
      this.raised = raised;
      this.#looks = looks;
      this.#revocationsDue = due;
    };
  }

  beginRevocation(id: CertificateId, intent: RevocationIntent, patienceSeconds: number) {
    const certificate = this.#find(id);
    if (certificate === undefined) return Promise.resolve(undefined);
    const { revocation } = certificate;
    if (revocation !== undefined && revocation.state !== 'refused') {
      return Promise.resolve({ certificate, isNew: false });
    }
    this.#revocationsDue.set(id, this.#nowMs + patienceSeconds * 1000);
    return Promise.resolve({
      certificate: this.#change({ ...certificate, revocation: { ...intent, state: 'sending' } }),
      isNew: true,
    });
  }

  settleRevocation(id: CertificateId, outcome: CarriedOutRevocation | RefusedRevocation): Promise<boolean> {
    const certificate = this.#find(id);
    if (certificate?.revocation?.state !== 'sending') return Promise.resolve(false);
    this.#change({ ...certificate, revocation: outcome });
    return Promise.resolve(true);
  }

  claimRevocations(limit: number, seconds: number) {
    const isOpen = (one: Certificate): one is Certificate & { readonly revocation: SendingRevocation } =>
      one.revocation?.state === 'sending';
    const due = this.certificates.stored
      .filter(isOpen)
      .filter(({ id }) => (this.#revocationsDue.get(id) ?? 0) <= this.#nowMs)
      .slice(0, limit);
    for (const { id } of due) this.#revocationsDue.set(id, this.#nowMs + seconds * 1000);
    return Promise.resolve(due);
  }

  saveRemote(seen: readonly { readonly id: CertificateId; readonly remote: RemoteStatus }[]) {
    const changed = seen.filter(({ id, remote }) => {
      const certificate = this.#find(id);
      if (certificate === undefined) return false;
      const { remote: before } = certificate;
      if (before !== undefined && before.syncedAt.epochMilliseconds > remote.syncedAt.epochMilliseconds) return false;
      this.#change({ ...certificate, remote });
      return wordsOf(before) !== wordsOf(remote);
    });
    return Promise.resolve(changed.map(({ id }) => id));
  }

  claimSyncs(now: Instant, again: Instant): Promise<readonly ContextIdentifier[]> {
    const contexts = this.certificates.stored
      .filter(({ retiredAt }) => retiredAt === undefined)
      .map(({ context }) => context)
      .filter((one, at, all) => all.findIndex((other) => sameContext(one, other)) === at)
      .filter((one) => (this.#looks.get(contextLabel(one)) ?? 0) <= now.epochMilliseconds);
    for (const context of contexts) this.#looks.set(contextLabel(context), again.epochMilliseconds);
    return Promise.resolve(contexts);
  }

  synced(context: ContextIdentifier, next: Instant): Promise<void> {
    this.#looks.set(contextLabel(context), next.epochMilliseconds);
    return Promise.resolve();
  }

  unsentInvoices(serial: CertificateSerial, limit: number): Promise<UnsentInvoices> {
    const items = this.invoices.waiting.flatMap(({ invoice }): readonly UnsentInvoice[] => {
      if (!('issue' in invoice) || invoice.issue.mode === 'online') return [];
      const { id, facts, state, issue } = invoice;
      return issue.certificateSerial === serial ? [{ id, number: facts.number, state, mode: issue.mode }] : [];
    });
    return Promise.resolve({ count: items.length, items: items.slice(0, limit) });
  }

  deadlinesSignedBy(serials: readonly CertificateSerial[]): Promise<readonly SignedDeadlines[]> {
    const found = serials.flatMap((serial): readonly SignedDeadlines[] => {
      const deadlines = this.invoices.waiting.flatMap(({ invoice, term }) =>
        term !== undefined && serialOf(invoice) === serial ? [term.deadline] : [],
      );
      const ends = deadlines.flatMap((deadline) => (deadline.kind === 'due' ? [deadline.endsAt] : []));
      const longest = ends.sort((a, b) => b.epochMilliseconds - a.epochMilliseconds)[0];
      const isOpen = deadlines.some(({ kind }) => kind === 'open');
      return longest === undefined && !isOpen
        ? []
        : [{ serial, isOpen, ...(longest === undefined ? {} : { longest }) }];
    });
    return Promise.resolve(found);
  }

  raise(warnings: readonly CertificateWarning[]): Promise<readonly CertificateWarning[]> {
    const fresh = warnings.filter(
      (one) =>
        !this.raised.some(({ certificateId, stage }) => certificateId === one.certificateId && stage === one.stage),
    );
    this.raised = [...this.raised, ...fresh];
    return Promise.resolve(fresh);
  }

  warnings(): Promise<readonly CertificateWarning[]> {
    return Promise.resolve(this.raised);
  }

  get #nowMs(): number {
    return this.clock.now().epochMilliseconds;
  }

  #find(id: CertificateId): Certificate | undefined {
    return this.certificates.stored.find((one) => one.id === id);
  }

  #change(certificate: Certificate): Certificate {
    this.certificates.stored = this.certificates.stored.map((one) => (one.id === certificate.id ? certificate : one));
    return certificate;
  }
}

const serialOf = (invoice: Invoice): CertificateSerial | undefined =>
  'issue' in invoice && invoice.issue.mode !== 'online' ? invoice.issue.certificateSerial : undefined;

const wordsOf = (remote: RemoteStatus | undefined): string =>
  `${remote?.state ?? ''} ${remote?.type ?? ''} ${remote?.notAfter?.toString() ?? ''}`;
