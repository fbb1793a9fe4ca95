import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Technical corrections (korekty techniczne): the files that take the place of one that KSeF refused, written once; who
 * proposed and who approved them; one live correction for an invoice (reliability D4, S8). The invoice keeps the document
 * that the buyer holds, and names the file that KSeF has.
 */
export class TechnicalCorrections1795132800014 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CORRECTION);
    await runner.query(DOCUMENT);
    await runner.query(GUARD);
    await runner.query(INVOICE);
    await runner.query(INVOICE_GUARD);
    await runner.query(MASS_REJECTION);
  }

  /** Refused while an invoice is being corrected, or was: what KSeF holds of it would be lost. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE mass_rejection;
      DROP TRIGGER invoice_correction_guard ON invoice;
      DROP FUNCTION invoice_correction_guard();
      DELETE FROM invoice_transition WHERE from_state = 'correcting' OR to_state = 'correcting';
      ALTER TABLE invoice
        DROP CONSTRAINT invoice_correction,
        DROP CONSTRAINT invoice_of_correction,
        DROP CONSTRAINT invoice_corrected_file,
        DROP CONSTRAINT invoice_state_check,
        ADD CONSTRAINT invoice_state_check CHECK (state IN ('received', 'not-issued', 'issued', 'planned', 'in-session',
          'accepted', 'complete', 'rejected', 'blocked', 'conflict', 'needs-review')),
        DROP CONSTRAINT invoice_refusal,
        ADD CONSTRAINT invoice_refusal CHECK (
          CASE WHEN state IN ('rejected', 'blocked', 'conflict', 'needs-review') THEN refusal IS NOT NULL
               ELSE refusal IS NULL OR state = 'not-issued' END),
        DROP COLUMN correction_id,
        DROP COLUMN corrected_sha256;
      ALTER TABLE technical_correction DROP CONSTRAINT technical_correction_has_document;
      DROP TABLE technical_correction_document, technical_correction, technical_correction_transition;
      DROP FUNCTION technical_correction_guard();
    `);
  }
}

const CORRECTION = `
  CREATE TABLE technical_correction (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    context_type text NOT NULL,
    context_value text NOT NULL,
    form_system_code text NOT NULL,
    form_schema_version text NOT NULL,
    form_value text NOT NULL,
    -- Its place in the lineage; the file that was issued is 1.
    ordinal integer NOT NULL CHECK (ordinal >= 2),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    size_bytes integer NOT NULL CHECK (size_bytes > 0),
    policy text NOT NULL CHECK (policy IN ('two-persons', 'one-person')),
    proposed_by text NOT NULL CHECK (proposed_by <> ''),
    proposed_actor text NOT NULL,
    proposed_at timestamptz NOT NULL,
    proposed_reason text,
    ground_status integer NOT NULL,
    ground_decision text,
    comparison jsonb NOT NULL,
    claim_key text NOT NULL,
    approved_by text CHECK (approved_by <> ''),
    approved_actor text,
    approved_at timestamptz,
    approved_reason text,
    declined_by text CHECK (declined_by <> ''),
    declined_actor text,
    declined_at timestamptz,
    declined_reason text,
    state text NOT NULL CHECK (state IN ('proposed', 'declined', 'approved', 'sending', 'resolving', 'accepted',
      'complete', 'refused', 'blocked', 'needs-review', 'conflict')),
    attempts integer NOT NULL CHECK (attempts >= 0),
    sessions text[] NOT NULL,
    -- What the state has beyond that; no query looks inside.
    progress jsonb NOT NULL,
    version integer NOT NULL CHECK (version >= 0),
    fence bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    look_after timestamptz NOT NULL DEFAULT app_now(),
    updated_at timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, invoice_id, id),
    UNIQUE (tenant_id, invoice_id, ordinal),
    UNIQUE (tenant_id, id, sha256),
    UNIQUE (tenant_id, id, sha256, size_bytes),
    UNIQUE (tenant_id, claim_key),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id),
    FOREIGN KEY (tenant_id, context_type, context_value) REFERENCES tenant_context (tenant_id, type, value),
    CONSTRAINT technical_correction_approved CHECK (
      (approved_by IS NULL) = (approved_at IS NULL) AND (approved_by IS NULL) = (approved_actor IS NULL)
      AND CASE state WHEN 'proposed' THEN approved_by IS NULL WHEN 'declined' THEN true
                     ELSE approved_by IS NOT NULL END),
    CONSTRAINT technical_correction_declined CHECK (
      (declined_by IS NULL) = (declined_at IS NULL) AND (declined_by IS NULL) = (declined_actor IS NULL)
      AND (declined_by IS NOT NULL) = (state = 'declined')),
    -- Two persons have two names and two credentials.
    CONSTRAINT technical_correction_two_persons CHECK (
      policy = 'one-person' OR approved_by IS NULL
      OR (approved_actor <> proposed_actor AND lower(approved_by) <> lower(proposed_by)))
  );
  CREATE UNIQUE INDEX technical_correction_live ON technical_correction (tenant_id, invoice_id)
    WHERE state IN ('proposed', 'approved', 'sending', 'resolving', 'accepted', 'blocked', 'needs-review');
  CREATE UNIQUE INDEX technical_correction_bytes ON technical_correction (tenant_id, invoice_id, sha256)
    WHERE approved_at IS NOT NULL;
  CREATE INDEX technical_correction_proposed ON technical_correction (tenant_id, proposed_at DESC, id DESC);
  CREATE INDEX technical_correction_due ON technical_correction (tenant_id, look_after, id)
    WHERE state IN ('approved', 'sending', 'resolving', 'accepted');`;

const DOCUMENT = `
  CREATE TABLE technical_correction_document (
    tenant_id uuid NOT NULL,
    correction_id uuid NOT NULL,
    sha256 bytea NOT NULL,
    size_bytes integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (tenant_id, correction_id),
    FOREIGN KEY (tenant_id, correction_id, sha256, size_bytes)
      REFERENCES technical_correction (tenant_id, id, sha256, size_bytes),
    CONSTRAINT technical_correction_document_hash CHECK (sha256(bytes) = sha256),
    CONSTRAINT technical_correction_document_size CHECK (length(bytes) = size_bytes)
  );
  ALTER TABLE technical_correction ADD CONSTRAINT technical_correction_has_document
    FOREIGN KEY (tenant_id, id) REFERENCES technical_correction_document (tenant_id, correction_id)
    DEFERRABLE INITIALLY DEFERRED;
  CREATE TRIGGER technical_correction_document_is_kept BEFORE UPDATE OR DELETE ON technical_correction_document
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER technical_correction_document_stays BEFORE TRUNCATE ON technical_correction_document
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER technical_correction_is_kept BEFORE DELETE ON technical_correction
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER technical_correction_stays BEFORE TRUNCATE ON technical_correction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`;

const GUARD = `
  CREATE TABLE technical_correction_transition (
    from_state text NOT NULL,
    to_state text NOT NULL,
    PRIMARY KEY (from_state, to_state)
  );
  INSERT INTO technical_correction_transition (from_state, to_state) VALUES
    ('proposed', 'declined'), ('proposed', 'approved'),
    ('approved', 'sending'),
    ('sending', 'sending'), ('sending', 'approved'), ('sending', 'resolving'), ('sending', 'accepted'),
    ('sending', 'refused'), ('sending', 'blocked'), ('sending', 'needs-review'), ('sending', 'conflict'),
    ('resolving', 'resolving'), ('resolving', 'accepted'), ('resolving', 'needs-review'), ('resolving', 'conflict'),
    ('accepted', 'complete'),
    ('blocked', 'approved'), ('blocked', 'declined'),
    ('needs-review', 'approved'), ('needs-review', 'declined');

  CREATE FUNCTION technical_correction_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      IF NEW.state <> 'proposed' THEN
        RAISE EXCEPTION 'correction %: begins in state %', NEW.id, NEW.state
          USING ERRCODE = 'LA002', TABLE = 'technical_correction', CONSTRAINT = 'technical_correction_transition';
      END IF;
      RETURN NEW;
    END IF;
    IF (NEW.tenant_id, NEW.id, NEW.invoice_id, NEW.context_type, NEW.context_value, NEW.form_system_code,
        NEW.form_schema_version, NEW.form_value, NEW.ordinal, NEW.sha256, NEW.size_bytes, NEW.policy, NEW.proposed_by,
        NEW.proposed_actor, NEW.proposed_at, NEW.proposed_reason, NEW.ground_status, NEW.ground_decision,
        NEW.comparison, NEW.claim_key)
      IS DISTINCT FROM
       (OLD.tenant_id, OLD.id, OLD.invoice_id, OLD.context_type, OLD.context_value, OLD.form_system_code,
        OLD.form_schema_version, OLD.form_value, OLD.ordinal, OLD.sha256, OLD.size_bytes, OLD.policy, OLD.proposed_by,
        OLD.proposed_actor, OLD.proposed_at, OLD.proposed_reason, OLD.ground_status, OLD.ground_decision,
        OLD.comparison, OLD.claim_key)
      OR OLD.approved_at IS NOT NULL AND (NEW.approved_by, NEW.approved_actor, NEW.approved_at, NEW.approved_reason)
        IS DISTINCT FROM (OLD.approved_by, OLD.approved_actor, OLD.approved_at, OLD.approved_reason)
    THEN
      RAISE EXCEPTION 'correction %: its file, proposal and approval never change', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'technical_correction', CONSTRAINT = 'technical_correction_identity';
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
      SELECT FROM technical_correction_transition WHERE from_state = OLD.state AND to_state = NEW.state)
    THEN
      RAISE EXCEPTION 'correction %: no move from % to %', OLD.id, OLD.state, NEW.state
        USING ERRCODE = 'LA002', TABLE = 'technical_correction', CONSTRAINT = 'technical_correction_transition';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER technical_correction_guard BEFORE INSERT OR UPDATE ON technical_correction
    FOR EACH ROW EXECUTE FUNCTION technical_correction_guard();`;

const INVOICE = `
  ALTER TABLE invoice
    -- The correction that is on its way, or that brought the invoice in.
    ADD COLUMN correction_id uuid,
    -- The file that KSeF holds, where it is not the one that was issued.
    ADD COLUMN corrected_sha256 bytea,
    DROP CONSTRAINT invoice_state_check,
    ADD CONSTRAINT invoice_state_check CHECK (state IN ('received', 'not-issued', 'issued', 'planned', 'in-session',
      'accepted', 'complete', 'rejected', 'correcting', 'blocked', 'conflict', 'needs-review')),
    DROP CONSTRAINT invoice_refusal,
    ADD CONSTRAINT invoice_refusal CHECK (
      CASE WHEN state IN ('rejected', 'correcting', 'blocked', 'conflict', 'needs-review') THEN refusal IS NOT NULL
           ELSE refusal IS NULL OR state = 'not-issued' END),
    ADD CONSTRAINT invoice_correction CHECK (
      CASE WHEN state = 'correcting' THEN correction_id IS NOT NULL AND corrected_sha256 IS NULL AND kod_ii IS NOT NULL
           WHEN state IN ('accepted', 'complete', 'needs-review') THEN
             (correction_id IS NULL) = (corrected_sha256 IS NULL) AND (correction_id IS NULL OR ksef_number IS NOT NULL)
           ELSE correction_id IS NULL AND corrected_sha256 IS NULL END),
    ADD CONSTRAINT invoice_of_correction FOREIGN KEY (tenant_id, id, correction_id)
      REFERENCES technical_correction (tenant_id, invoice_id, id),
    ADD CONSTRAINT invoice_corrected_file FOREIGN KEY (tenant_id, correction_id, corrected_sha256)
      REFERENCES technical_correction (tenant_id, id, sha256);
  INSERT INTO invoice_transition (from_state, to_state) VALUES
    ('rejected', 'correcting'), ('conflict', 'correcting'),
    ('correcting', 'accepted'), ('correcting', 'rejected'), ('correcting', 'conflict');`;

/**
 * Once a correction of it may have reached KSeF, the old file is never sent again; and what KSeF holds never changes.
 */
const INVOICE_GUARD = `
  CREATE FUNCTION invoice_correction_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.state = 'correcting' AND OLD.state <> 'correcting' AND NOT EXISTS (
      SELECT FROM technical_correction
      WHERE tenant_id = NEW.tenant_id AND id = NEW.correction_id AND state = 'approved')
    THEN
      RAISE EXCEPTION 'invoice %: no correction of it was approved', OLD.id
        USING ERRCODE = 'LA003', TABLE = 'invoice', CONSTRAINT = 'invoice_correction_is_approved';
    END IF;
    IF NEW.state IN ('issued', 'planned') AND NEW.state <> OLD.state AND EXISTS (
      SELECT FROM technical_correction
      WHERE tenant_id = NEW.tenant_id AND invoice_id = NEW.id AND cardinality(sessions) > 0)
    THEN
      RAISE EXCEPTION 'invoice %: a correction of it was sent, its own file is not sent again', OLD.id
        USING ERRCODE = 'LA002', TABLE = 'invoice', CONSTRAINT = 'invoice_corrected_is_not_resent';
    END IF;
    IF OLD.corrected_sha256 IS NOT NULL AND (NEW.correction_id, NEW.corrected_sha256)
      IS DISTINCT FROM (OLD.correction_id, OLD.corrected_sha256)
    THEN
      RAISE EXCEPTION 'invoice %: the file that KSeF holds never changes', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'invoice', CONSTRAINT = 'invoice_corrected_is_final';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER invoice_correction_guard BEFORE UPDATE ON invoice
    FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state OR OLD.corrected_sha256 IS NOT NULL)
    EXECUTE FUNCTION invoice_correction_guard();`;

/** Warnings that KSeF refused very many files of one schema within an hour (reliability D8), each raised once. */
const MASS_REJECTION = `
  CREATE TABLE mass_rejection (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    form_system_code text NOT NULL,
    form_schema_version text NOT NULL,
    form_value text NOT NULL,
    invoices integer NOT NULL CHECK (invoices > 0),
    since timestamptz NOT NULL,
    raised_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
  );
  CREATE INDEX mass_rejection_by_form ON mass_rejection
    (tenant_id, form_system_code, form_schema_version, form_value, raised_at DESC);
  CREATE TRIGGER mass_rejection_is_kept BEFORE UPDATE OR DELETE ON mass_rejection
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER mass_rejection_stays BEFORE TRUNCATE ON mass_rejection
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`;
