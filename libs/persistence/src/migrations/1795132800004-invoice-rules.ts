import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the database itself refuses: moves outside the lifecycle (I9), another identity or hash (I4), another mode or
 * codes after issue (I12), an offline issue without evidence, `complete` without a UPO (I8), and any change of bytes.
 */
export class InvoiceRules1795132800004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TRANSITIONS);
    await runner.query(GUARD);
    await runner.query(PROOFS);
    await runner.query(WRITTEN_ONCE);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER invoice_document_is_kept ON invoice_document;
      DROP TRIGGER invoice_evidence_is_kept ON invoice_evidence;
      DROP TRIGGER invoice_upo_is_kept ON invoice_upo;
      DROP TRIGGER invoice_document_stays ON invoice_document;
      DROP TRIGGER invoice_evidence_stays ON invoice_evidence;
      DROP TRIGGER invoice_upo_stays ON invoice_upo;
      DROP TRIGGER invoice_is_kept ON invoice;
      DROP TRIGGER invoice_stays ON invoice;
      DROP TRIGGER invoice_guard ON invoice;
      DROP TRIGGER invoice_evidence_on_insert ON invoice;
      DROP TRIGGER invoice_evidence_on_update ON invoice;
      DROP TRIGGER invoice_upo_on_complete ON invoice;
      DROP FUNCTION invoice_guard();
      DROP FUNCTION invoice_needs_evidence();
      DROP FUNCTION invoice_needs_upo();
      DROP TABLE invoice_transition;
    `);
  }
}

const TRANSITIONS = `
  CREATE TABLE invoice_transition (
    from_state text NOT NULL,
    to_state text NOT NULL,
    PRIMARY KEY (from_state, to_state)
  );
  INSERT INTO invoice_transition (from_state, to_state) VALUES
    ('received', 'in-session'), ('received', 'issued'), ('received', 'not-issued'),
    ('issued', 'planned'),
    ('planned', 'issued'), ('planned', 'in-session'),
    ('in-session', 'in-session'), ('in-session', 'issued'), ('in-session', 'accepted'), ('in-session', 'rejected'),
    ('in-session', 'blocked'), ('in-session', 'conflict'), ('in-session', 'needs-review'),
    ('in-session', 'not-issued'),
    ('accepted', 'complete'), ('accepted', 'needs-review'),
    ('blocked', 'issued'),
    ('needs-review', 'issued');`;

/** An online issue may be replaced only by leaving it: by an offline issue, or because nothing was issued. */
const GUARD = `
  CREATE FUNCTION invoice_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      IF NEW.state NOT IN ('received', 'issued') THEN
        RAISE EXCEPTION 'invoice %: begins in state %', NEW.id, NEW.state
          USING ERRCODE = 'LA002', TABLE = 'invoice', CONSTRAINT = 'invoice_transition';
      END IF;
      RETURN NEW;
    END IF;
    IF (NEW.tenant_id, NEW.id, NEW.context_type, NEW.context_value, NEW.seller_nip, NEW.kind, NEW.number,
        NEW.issue_date, NEW.form_system_code, NEW.form_schema_version, NEW.form_value, NEW.facts, NEW.sha256,
        NEW.size_bytes, NEW.received_at)
      IS DISTINCT FROM
       (OLD.tenant_id, OLD.id, OLD.context_type, OLD.context_value, OLD.seller_nip, OLD.kind, OLD.number,
        OLD.issue_date, OLD.form_system_code, OLD.form_schema_version, OLD.form_value, OLD.facts, OLD.sha256,
        OLD.size_bytes, OLD.received_at)
    THEN
      RAISE EXCEPTION 'invoice %: its document never changes', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'invoice', CONSTRAINT = 'invoice_identity';
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
      SELECT FROM invoice_transition WHERE from_state = OLD.state AND to_state = NEW.state)
    THEN
      RAISE EXCEPTION 'invoice %: no move from % to %', OLD.id, OLD.state, NEW.state
        USING ERRCODE = 'LA002', TABLE = 'invoice', CONSTRAINT = 'invoice_transition';
    END IF;
    IF OLD.mode IS NOT NULL
      AND (NEW.mode, NEW.mode_evidence, NEW.issued_at, NEW.kod_i, NEW.kod_ii, NEW.certificate_serial)
        IS DISTINCT FROM
          (OLD.mode, OLD.mode_evidence, OLD.issued_at, OLD.kod_i, OLD.kod_ii, OLD.certificate_serial)
      AND NOT (OLD.mode = 'online' AND NEW.state <> OLD.state AND NEW.state IN ('issued', 'not-issued'))
    THEN
      RAISE EXCEPTION 'invoice %: its mode, evidence and codes never change after issue', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'invoice', CONSTRAINT = 'invoice_issue_is_final';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER invoice_guard BEFORE INSERT OR UPDATE ON invoice
    FOR EACH ROW EXECUTE FUNCTION invoice_guard();`;

/** Checked at commit: the proof may be written after the row, in the same transaction. */
const PROOFS = `
  CREATE FUNCTION invoice_needs_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NOT EXISTS (SELECT FROM invoice_evidence WHERE tenant_id = NEW.tenant_id AND invoice_id = NEW.id) THEN
      RAISE EXCEPTION 'invoice %: issued offline without evidence', NEW.id
        USING ERRCODE = 'LA003', TABLE = 'invoice', CONSTRAINT = 'invoice_needs_evidence';
    END IF;
    RETURN NULL;
  END $$;
  CREATE CONSTRAINT TRIGGER invoice_evidence_on_insert AFTER INSERT ON invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.kod_ii IS NOT NULL) EXECUTE FUNCTION invoice_needs_evidence();
  CREATE CONSTRAINT TRIGGER invoice_evidence_on_update AFTER UPDATE ON invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.kod_ii IS NULL AND NEW.kod_ii IS NOT NULL) EXECUTE FUNCTION invoice_needs_evidence();

  CREATE FUNCTION invoice_needs_upo() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NOT EXISTS (SELECT FROM invoice_upo WHERE tenant_id = NEW.tenant_id AND invoice_id = NEW.id) THEN
      RAISE EXCEPTION 'invoice %: complete without a UPO', NEW.id
        USING ERRCODE = 'LA003', TABLE = 'invoice', CONSTRAINT = 'invoice_needs_upo';
    END IF;
    RETURN NULL;
  END $$;
  CREATE CONSTRAINT TRIGGER invoice_upo_on_complete AFTER UPDATE ON invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.state <> 'complete' AND NEW.state = 'complete') EXECUTE FUNCTION invoice_needs_upo();`;

const WRITTEN_ONCE = `
  CREATE TRIGGER invoice_document_is_kept BEFORE UPDATE OR DELETE ON invoice_document
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER invoice_evidence_is_kept BEFORE UPDATE OR DELETE ON invoice_evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER invoice_upo_is_kept BEFORE UPDATE OR DELETE ON invoice_upo
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER invoice_is_kept BEFORE DELETE ON invoice
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER invoice_document_stays BEFORE TRUNCATE ON invoice_document
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER invoice_evidence_stays BEFORE TRUNCATE ON invoice_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER invoice_upo_stays BEFORE TRUNCATE ON invoice_upo
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER invoice_stays BEFORE TRUNCATE ON invoice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`;
