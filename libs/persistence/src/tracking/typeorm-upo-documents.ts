import {
  UNCHECKED,
  type InvoiceId,
  type ProvenInvoice,
  type SessionReference,
  type StoredProof,
  type TenantId,
  type UpoDocument,
  type UpoDocuments,
  type UpoEntry,
  type UpoReference,
  type UpoSignature,
} from '@latarnik/domain';
import type { Transaction } from '../database/transactions.js';

export class TypeormUpoDocuments implements UpoDocuments {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async addPage(session: SessionReference, page: UpoReference, { bytes, signature }: UpoDocument): Promise<void> {
    await this.transaction.sql(ADD_PAGE, [
      ...[this.tenant, session, page, Buffer.from(bytes), JSON.stringify(signature ?? UNCHECKED)],
    ]);
  }

  async completeByPage(
    session: SessionReference,
    page: UpoReference,
    entries: readonly UpoEntry[],
  ): Promise<readonly ProvenInvoice[]> {
    const { rows } = await this.transaction.sql<{ id: string; ksef_number: string }>(COMPLETE_BY_PAGE, [
      ...[this.tenant, session, page],
      entries.map(({ ksefNumber }) => ksefNumber),
      entries.map(({ hash }) => Buffer.from(hash)),
    ]);
    return rows.map(({ id, ksef_number: ksefNumber }) => ({ id: id as InvoiceId, ksefNumber }));
  }

  async proofOf(id: InvoiceId): Promise<StoredProof | undefined> {
    const { rows } = await this.transaction.sql<{
      kind: StoredProof['kind'];
      bytes: Buffer;
      signature: UpoSignature | null;
    }>(PROOF_OF, [this.tenant, id]);
    const [row] = rows;
    if (row === undefined) return undefined;
    return { kind: row.kind, bytes: new Uint8Array(row.bytes), signature: row.signature ?? UNCHECKED };
  }
}

/** $1 tenant, $2 session, $3 page, $4 bytes, $5 what is known of its signature. */
const ADD_PAGE = `
  INSERT INTO upo_page (tenant_id, session_reference, page_reference, sha256, bytes, signature)
  VALUES ($1, $2, $3, sha256($4::bytea), $4::bytea, $5::jsonb)
  ON CONFLICT DO NOTHING`;

/**
 * $1 tenant, $2 session, $3 page, $4 numbers, $5 hashes. By the index
 * `invoice_of_ksef_number`; the trigger of the table holds it to the lifecycle.
 */
const COMPLETE_BY_PAGE = `
  WITH named AS MATERIALIZED (
    SELECT DISTINCT ksef_number, sha256 FROM unnest($4::text[], $5::bytea[]) AS entry (ksef_number, sha256)
  ), proven AS MATERIALIZED (
    SELECT invoice.id
    FROM named CROSS JOIN LATERAL (
      SELECT id, state FROM invoice
      WHERE tenant_id = $1 AND ksef_number = named.ksef_number AND sha256 = named.sha256
      OFFSET 0
      FOR NO KEY UPDATE
    ) AS invoice
    WHERE invoice.state = 'accepted'
  ), referred AS (
    INSERT INTO invoice_upo_page (tenant_id, invoice_id, session_reference, page_reference)
    SELECT $1, id, $2, $3 FROM proven
    ON CONFLICT DO NOTHING
  )
  UPDATE invoice SET state = 'complete', version = version + 1, updated_at = app_now()
  FROM proven WHERE invoice.tenant_id = $1 AND invoice.id = proven.id
  RETURNING invoice.id, invoice.ksef_number`;

/** $1 tenant, $2 invoice. */
const PROOF_OF = `
  SELECT 'own' AS kind, upo AS bytes, signature FROM invoice_upo WHERE tenant_id = $1 AND invoice_id = $2
  UNION ALL
  SELECT 'page', page.bytes, page.signature
  FROM invoice_upo_page AS named
    JOIN upo_page AS page USING (tenant_id, session_reference, page_reference)
  WHERE named.tenant_id = $1 AND named.invoice_id = $2
  LIMIT 1`;
