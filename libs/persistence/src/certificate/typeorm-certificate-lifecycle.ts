import {
  Temporal,
  type Certificate,
  type CertificateId,
  type CertificateLifecycle,
  type CertificateSerial,
  type CertificateWarning,
  type ContextIdentifier,
  type Instant,
  type RemoteStatus,
  type Revocation,
  type RevocationIntent,
  type SendingRevocation,
  type SignedDeadlines,
  type TenantId,
  type UnsentInvoice,
  type UnsentInvoices,
  type WarningStage,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { required } from '../database/required.js';
import type { Transaction } from '../database/transactions.js';
import { toCertificate } from './certificate.mapper.js';
import { CertificateRecord } from './certificate.record.js';
import * as sql from './certificate-lifecycle-sql.js';

/** Revocations wait by the clock of the database, `app_now()`; looks at KSeF's list by that of the caller. */
export class TypeormCertificateLifecycle implements CertificateLifecycle {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async beginRevocation(id: CertificateId, { reason, person, requestedAt }: RevocationIntent, patienceSeconds: number) {
    const { count } = await this.transaction.sql(sql.BEGIN_REVOCATION, [
      ...[this.tenant, id, reason, person, instantText(requestedAt), patienceSeconds],
    ]);
    const certificate = await this.find(id);
    return certificate === undefined ? undefined : { certificate, isNew: count === 1 };
  }

  async settleRevocation(id: CertificateId, outcome: Exclude<Revocation, SendingRevocation>): Promise<boolean> {
    const { count } = await this.transaction.sql(sql.SETTLE_REVOCATION, [
      ...[this.tenant, id, outcome.state, instantText(outcome.settledAt)],
      outcome.state === 'refused' ? JSON.stringify(outcome.refusal) : null,
    ]);
    return count === 1;
  }

  async claimRevocations(limit: number, seconds: number) {
    const { rows } = await this.transaction.sql<{ id: CertificateId }>(sql.CLAIM_REVOCATIONS, [
      ...[this.tenant, limit, seconds],
    ]);
    const claimed: (Certificate & { readonly revocation: SendingRevocation })[] = [];
    for (const { id } of rows) {
      const certificate = required((await this.find(id)) ?? null, 'certificate');
      const { revocation } = certificate;
      if (revocation?.state === 'sending') claimed.push({ ...certificate, revocation });
    }
    return claimed;
  }

  async saveRemote(seen: readonly { readonly id: CertificateId; readonly remote: RemoteStatus }[]) {
    const rows = seen.map(({ id, remote: { state, type, notAfter, syncedAt } }) => ({
      ...{ id, state, type: type ?? null, synced_at: instantText(syncedAt) },
      not_after: notAfter === undefined ? null : instantText(notAfter),
    }));
    const { rows: stored } = await this.transaction.sql<{ id: CertificateId; is_changed: boolean }>(sql.SAVE_REMOTE, [
      ...[this.tenant, JSON.stringify(rows)],
    ]);
    return stored.filter((row) => row.is_changed).map(({ id }) => id);
  }

  async claimSyncs(now: Instant, again: Instant): Promise<readonly ContextIdentifier[]> {
    const { rows } = await this.transaction.sql<ContextRow>(sql.CLAIM_SYNCS, [
      ...[this.tenant, instantText(now), instantText(again)],
    ]);
    return rows.map(({ context_type: type, context_value: value }) => ({ type, value }) as ContextIdentifier);
  }

  async synced({ type, value }: ContextIdentifier, next: Instant): Promise<void> {
    await this.transaction.sql(sql.SYNCED, [this.tenant, type, value, instantText(next)]);
  }

  async unsentInvoices(serial: CertificateSerial, limit: number): Promise<UnsentInvoices> {
    const { rows } = await this.transaction.sql<UnsentInvoice & { readonly count: number }>(sql.UNSENT_INVOICES, [
      ...[this.tenant, serial, limit],
    ]);
    const items = rows.map(({ id, number, state, mode }) => ({ id, number, state, mode }));
    return { count: rows[0]?.count ?? 0, items };
  }

  async deadlinesSignedBy(serials: readonly CertificateSerial[]): Promise<readonly SignedDeadlines[]> {
    if (serials.length === 0) return [];
    const { rows } = await this.transaction.sql<SignedRow>(sql.DEADLINES_SIGNED_BY, [this.tenant, serials]);
    return rows.map(({ serial, longest, is_open: isOpen }) => ({
      ...{ serial, isOpen },
      ...(longest === null ? {} : { longest: Temporal.Instant.from(longest) }),
    }));
  }

  async raise(warnings: readonly CertificateWarning[]): Promise<readonly CertificateWarning[]> {
    if (warnings.length === 0) return [];
    const given = warnings.map(({ certificateId, stage, endsAt, deadlineAt, raisedAt }) => ({
      ...{ certificate_id: certificateId, stage, ends_at: instantText(endsAt), raised_at: instantText(raisedAt) },
      deadline_at: deadlineAt === undefined ? null : instantText(deadlineAt),
    }));
    const { rows } = await this.transaction.sql<WarningRow>(sql.RAISE, [this.tenant, JSON.stringify(given)]);
    return rows.map(toWarning);
  }

  async warnings(): Promise<readonly CertificateWarning[]> {
    return (await this.transaction.sql<WarningRow>(sql.WARNINGS, [this.tenant])).rows.map(toWarning);
  }

  private async find(id: CertificateId): Promise<Certificate | undefined> {
    const record = await this.transaction.manager.findOneBy(CertificateRecord, { tenantId: this.tenant, id });
    return record === null ? undefined : toCertificate(record);
  }
}

interface ContextRow {
  readonly context_type: string;
  readonly context_value: string;
}

interface SignedRow {
  readonly serial: CertificateSerial;
  readonly longest: string | null;
  readonly is_open: boolean;
}

interface WarningRow {
  readonly certificate_id: CertificateId;
  readonly stage: WarningStage;
  readonly ends_at: string;
  readonly deadline_at: string | null;
  readonly raised_at: string;
}

function toWarning(row: WarningRow): CertificateWarning {
  return {
    certificateId: row.certificate_id,
    stage: row.stage,
    raisedAt: Temporal.Instant.from(row.raised_at),
    endsAt: Temporal.Instant.from(row.ends_at),
    ...(row.deadline_at === null ? {} : { deadlineAt: Temporal.Instant.from(row.deadline_at) }),
  };
}
