import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Invoices with their bytes, evidence, UPO and idempotency keys. What guards them is in the next migration. */
export class Invoices1795132800003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(INVOICE);
    await runner.query(INVOICE_INDEXES);
    await runner.query(ARTEFACTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE invoice DROP CONSTRAINT invoice_has_document;
      DROP TABLE idempotency_key, invoice_upo, invoice_evidence, invoice_document, invoice;
    `);
  }
}

const INVOICE = `
  CREATE TABLE invoice (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    context_type text NOT NULL,
    context_value text NOT NULL,
    seller_nip text NOT NULL,
    kind text NOT NULL,
    number text NOT NULL,
    issue_date date NOT NULL,
    form_system_code text NOT NULL,
    form_schema_version text NOT NULL,
    form_value text NOT NULL,
    facts jsonb NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    size_bytes integer NOT NULL CHECK (size_bytes > 0),
    state text NOT NULL CHECK (state IN ('received', 'not-issued', 'issued', 'planned', 'in-session', 'accepted',
      'complete', 'rejected', 'blocked', 'conflict', 'needs-review')),
    mode text CHECK (mode IN ('online', 'offline24', 'unavailability', 'emergency')),
    mode_evidence jsonb,
    issued_at timestamptz,
    kod_i text,
    kod_ii text,
    certificate_serial text,
    channel text CHECK (channel IN ('batch', 'interactive')),
    batch_id uuid,
    session_reference text,
    invoice_reference text,
    ksef_number text,
    accepted_session_reference text,
    accepted_invoice_reference text,
    invoicing_date timestamptz,
    acquisition_date timestamptz,
    refusal jsonb,
    not_issued_reason text,
    deadline jsonb,
    deadline_kind text CHECK (deadline_kind IN ('due', 'open', 'none')),
    deadline_ends_at timestamptz,
    version integer NOT NULL CHECK (version >= 0),
    received_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, id, sha256, size_bytes),
    FOREIGN KEY (tenant_id, context_type, context_value) REFERENCES tenant_context (tenant_id, type, value),
    CONSTRAINT invoice_in_batch
      FOREIGN KEY (tenant_id, batch_id, context_type, context_value,
                   form_system_code, form_schema_version, form_value)
      REFERENCES batch (tenant_id, id, context_type, context_value,
                        form_system_code, form_schema_version, form_value)
      DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT invoice_issue CHECK (
      CASE WHEN state IN ('received', 'not-issued') THEN mode IS NULL
           WHEN state IN ('issued', 'planned') THEN mode IS NOT NULL AND mode <> 'online'
           ELSE mode IS NOT NULL END
      AND (mode IS NULL) = (mode_evidence IS NULL)
      AND (mode IS NULL) = (issued_at IS NULL)
      AND (mode IS NULL) = (kod_i IS NULL)
      AND (mode IS NOT NULL AND mode <> 'online') = (kod_ii IS NOT NULL)
      AND (kod_ii IS NULL) = (certificate_serial IS NULL)),
    CONSTRAINT invoice_delivery CHECK (
      CASE WHEN state IN ('received', 'not-issued', 'issued') THEN channel IS NULL
           WHEN state = 'planned' THEN channel IS NOT NULL AND channel = 'batch'
           ELSE channel IS NOT NULL END
      AND (channel IS NOT DISTINCT FROM 'batch') = (batch_id IS NOT NULL)
      AND (session_reference IS NULL OR channel IS NOT NULL)
      AND (invoice_reference IS NULL OR channel IS NOT DISTINCT FROM 'interactive')),
    CONSTRAINT invoice_acceptance CHECK (
      (ksef_number IS NOT NULL) = (state IN ('accepted', 'complete'))
      AND (ksef_number IS NULL) = (accepted_session_reference IS NULL)
      AND (ksef_number IS NULL) = (accepted_invoice_reference IS NULL)
      AND (ksef_number IS NULL) = (invoicing_date IS NULL)
      AND (acquisition_date IS NULL OR ksef_number IS NOT NULL)),
    CONSTRAINT invoice_refusal CHECK (
      (refusal IS NOT NULL) = (state IN ('rejected', 'blocked', 'conflict', 'needs-review'))),
    CONSTRAINT invoice_not_issued CHECK ((not_issued_reason IS NOT NULL) = (state = 'not-issued')),
    CONSTRAINT invoice_deadline CHECK (
      (deadline IS NULL) = (deadline_kind IS NULL)
      AND (deadline_kind IS NOT DISTINCT FROM 'due') = (deadline_ends_at IS NOT NULL))
  );`;

const INVOICE_INDEXES = `
  -- KSeF's rule for duplicates: one live invoice per seller, kind and number.
  CREATE UNIQUE INDEX invoice_live_number ON invoice (tenant_id, seller_nip, kind, number)
    WHERE state <> 'not-issued';
  CREATE INDEX invoice_by_number ON invoice (tenant_id, number, id);
  CREATE INDEX invoice_by_state ON invoice (tenant_id, state, id);
  CREATE INDEX invoice_by_deadline ON invoice (tenant_id, deadline_ends_at) WHERE deadline_ends_at IS NOT NULL;
  CREATE INDEX invoice_awaiting ON invoice (tenant_id, context_type, context_value, deadline_ends_at, id)
    WHERE state = 'issued';
  CREATE INDEX invoice_awaiting_since ON invoice (tenant_id, issued_at) WHERE state = 'issued';
  CREATE INDEX invoice_of_batch ON invoice (tenant_id, batch_id, id) WHERE batch_id IS NOT NULL;
  CREATE INDEX invoice_unresolved ON invoice (tenant_id, id)
    WHERE state = 'received' OR (channel = 'interactive' AND state IN ('in-session', 'accepted'));
  CREATE INDEX invoice_waiting ON invoice (tenant_id, id)
    WHERE kod_ii IS NOT NULL AND state NOT IN ('accepted', 'complete');`;

const ARTEFACTS = `
  CREATE TABLE invoice_document (
    tenant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    sha256 bytea NOT NULL,
    size_bytes integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (tenant_id, invoice_id),
    FOREIGN KEY (tenant_id, invoice_id, sha256, size_bytes) REFERENCES invoice (tenant_id, id, sha256, size_bytes),
    CONSTRAINT invoice_document_hash CHECK (sha256(bytes) = sha256),
    CONSTRAINT invoice_document_size CHECK (length(bytes) = size_bytes)
  );
  -- No invoice without its bytes: checked when the transaction commits.
  ALTER TABLE invoice ADD CONSTRAINT invoice_has_document
    FOREIGN KEY (tenant_id, id) REFERENCES invoice_document (tenant_id, invoice_id) DEFERRABLE INITIALLY DEFERRED;

  CREATE TABLE invoice_evidence (
    tenant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    xades bytea NOT NULL,
    added_at timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (tenant_id, invoice_id),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id)
  );

  CREATE TABLE invoice_upo (
    tenant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    upo bytea NOT NULL,
    added_at timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (tenant_id, invoice_id),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id)
  );

  CREATE TABLE idempotency_key (
    tenant_id uuid NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint text NOT NULL,
    invoice_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, key),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id) DEFERRABLE INITIALLY DEFERRED
  );`;
