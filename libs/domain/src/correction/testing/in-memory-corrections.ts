import { createHash } from 'node:crypto';
import { ConcurrentUpdateError, StaleLeaseError } from '../../batch/batch-repository.port.js';
import type { DueTerm } from '../../deadline/due-term.js';
import { hashToBase64, sameHash } from '../../invoice/invoice-hash.js';
import type { InvoiceId } from '../../invoice/invoice.js';
import type { Clock } from '../../shared/clock.port.js';
import type { InMemoryInvoices } from '../../testing/in-memory-invoices.js';
import type {
  CorrectionLease,
  HeldCorrection,
  OpenCorrection,
  TechnicalCorrectionRepository,
} from '../technical-correction-repository.port.js';
import {
  isLiveCorrection,
  TECHNICAL_CORRECTION_TRANSITIONS,
  type ApprovedCorrection,
  type ProposedCorrection,
  type TechnicalCorrection,
  type TechnicalCorrectionId,
  type TechnicalCorrectionState,
} from '../technical-correction.js';

interface Row {
  readonly correction: TechnicalCorrection;
  readonly bytes: Uint8Array;
  readonly key: string;
  readonly fence: bigint;
  readonly leasedUntilMs: number;
  readonly lookAfterMs: number;
}

/** The corrections of one tenant, with what the port promises of a database. */
export class InMemoryCorrections implements TechnicalCorrectionRepository {
  #rows = new Map<TechnicalCorrectionId, Row>();

  constructor(
    private readonly clock: Clock,
    private readonly invoices: InMemoryInvoices,
  ) {}

  savepoint(): () => void {
    const rows = new Map(this.#rows);
    return () => (this.#rows = rows);
  }

  /** For assertions: in the order of their arrival. */
  get stored(): readonly TechnicalCorrection[] {
    return [...this.#rows.values()].map(({ correction }) => correction);
  }

  add(correction: ProposedCorrection, bytes: Uint8Array, key: string): Promise<boolean> {
    if (createHash('sha256').update(bytes).digest('base64') !== hashToBase64(correction.hash)) {
      throw new Error(`correction ${correction.id}: its bytes do not have its hash`);
    }
    const lineage = this.ofInvoice(correction.invoiceId);
    const taken = lineage.some(
      (other) =>
        isLiveCorrection(other) ||
        other.ordinal === correction.ordinal ||
        (sameHash(other.hash, correction.hash) && 'approved' in other),
    );
    if (!taken) {
      this.#rows.set(correction.id, { correction, bytes, key, fence: 0n, leasedUntilMs: 0, lookAfterMs: 0 });
    }
    return Promise.resolve(!taken);
  }

  find(id: TechnicalCorrectionId): Promise<TechnicalCorrection | undefined> {
    return Promise.resolve(this.#rows.get(id)?.correction);
  }

  findByKey(key: string): Promise<TechnicalCorrection | undefined> {
    return Promise.resolve([...this.#rows.values()].find((row) => row.key === key)?.correction);
  }

  of(invoiceId: InvoiceId): Promise<readonly TechnicalCorrection[]> {
    return Promise.resolve(this.ofInvoice(invoiceId));
  }

  list(
    states: readonly TechnicalCorrectionState[],
    limit: number,
    after?: TechnicalCorrectionId,
  ): Promise<readonly TechnicalCorrection[]> {
    const newest = [...this.stored].reverse();
    const from = after === undefined ? 0 : newest.findIndex(({ id }) => id === after) + 1;
    const found = newest.slice(from).filter(({ state }) => states.includes(state));
    return Promise.resolve(found.slice(0, limit));
  }

  bytes(id: TechnicalCorrectionId): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#rows.get(id)?.bytes);
  }

  save(correction: TechnicalCorrection): Promise<void> {
    this.move(correction, { lookAfterMs: this.nowMs });
    return Promise.resolve();
  }

  async claimApproved(limit: number, leaseSeconds: number): Promise<readonly HeldCorrection<ApprovedCorrection>[]> {
    const due: { readonly correction: ApprovedCorrection; readonly endsAtMs: number }[] = [];
    for (const { correction } of this.claimable()) {
      if (correction.state !== 'approved') continue;
      const term = (await this.invoices.find(correction.invoiceId))?.term;
      if (term?.deadline.kind !== 'none') due.push({ correction, endsAtMs: endsAtMs(term) });
    }
    due.sort((a, b) => a.endsAtMs - b.endsAtMs);
    return due.slice(0, limit).map(({ correction }) => this.claim(correction, leaseSeconds));
  }

  claimOpen(limit: number, leaseSeconds: number): Promise<readonly HeldCorrection<OpenCorrection>[]> {
    const open = this.claimable().filter(
      (row): row is Row & { readonly correction: OpenCorrection } =>
        row.correction.state === 'sending' ||
        row.correction.state === 'resolving' ||
        row.correction.state === 'accepted',
    );
    open.sort((a, b) => a.lookAfterMs - b.lookAfterMs);
    return Promise.resolve(open.slice(0, limit).map(({ correction }) => this.claim(correction, leaseSeconds)));
  }

  saveHeld(
    correction: TechnicalCorrection,
    lease: CorrectionLease,
    lookAgainSeconds: number,
    keep?: { readonly leaseSeconds: number },
  ): Promise<void> {
    if (this.row(lease.correctionId).fence !== lease.fence) throw new StaleLeaseError(`${correction.id}: lease lost`);
    this.move(correction, {
      leasedUntilMs: keep === undefined ? 0 : this.nowMs + keep.leaseSeconds * 1000,
      lookAfterMs: this.nowMs + lookAgainSeconds * 1000,
    });
    return Promise.resolve();
  }

  renew(leases: readonly CorrectionLease[], leaseSeconds: number): Promise<void> {
    for (const { correctionId, fence } of leases) {
      const row = this.row(correctionId);
      if (row.fence !== fence || row.leasedUntilMs === 0) continue;
      this.#rows.set(correctionId, { ...row, leasedUntilMs: this.nowMs + leaseSeconds * 1000 });
    }
    return Promise.resolve();
  }

  release({ correctionId, fence }: CorrectionLease, lookAgainSeconds: number): Promise<void> {
    const row = this.row(correctionId);
    if (row.fence === fence) {
      this.#rows.set(correctionId, { ...row, leasedUntilMs: 0, lookAfterMs: this.nowMs + lookAgainSeconds * 1000 });
    }
    return Promise.resolve();
  }

  private get nowMs(): number {
    return this.clock.now().epochMilliseconds;
  }

  private claimable(): readonly Row[] {
    return [...this.#rows.values()].filter(
      ({ leasedUntilMs, lookAfterMs }) => leasedUntilMs <= this.nowMs && lookAfterMs <= this.nowMs,
    );
  }

  private claim<C extends TechnicalCorrection>(correction: C, leaseSeconds: number): HeldCorrection<C> {
    const row = this.row(correction.id);
    const fence = row.fence + 1n;
    this.#rows.set(correction.id, { ...row, fence, leasedUntilMs: this.nowMs + leaseSeconds * 1000 });
    return { correction, lease: { correctionId: correction.id, fence } };
  }

  private move(correction: TechnicalCorrection, moved: Partial<Row>): void {
    const row = this.row(correction.id);
    if (row.correction.version !== correction.version) {
      throw new ConcurrentUpdateError(`correction ${correction.id} is at version ${String(row.correction.version)}`);
    }
    const allowed: readonly TechnicalCorrectionState[] = TECHNICAL_CORRECTION_TRANSITIONS[row.correction.state];
    if (!allowed.includes(correction.state)) {
      throw new Error(`correction ${correction.id}: ${row.correction.state} > ${correction.state} is not in the table`);
    }
    this.#rows.set(correction.id, {
      ...row,
      ...moved,
      correction: { ...correction, version: correction.version + 1 },
    });
  }

  private ofInvoice(invoiceId: InvoiceId): readonly TechnicalCorrection[] {
    return this.stored.filter((correction) => correction.invoiceId === invoiceId).sort((a, b) => a.ordinal - b.ordinal);
  }

  private row(id: TechnicalCorrectionId): Row {
    const row = this.#rows.get(id);
    if (row === undefined) throw new Error(`no correction ${id}`);
    return row;
  }
}

/** The target, else the statutory end; an open deadline comes after every day. */
function endsAtMs(term: DueTerm | undefined): number {
  const end = term?.deadline.kind === 'due' ? term.deadline.endsAt : undefined;
  return (term?.target?.at ?? end)?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
}
