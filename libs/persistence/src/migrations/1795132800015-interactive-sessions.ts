import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Interactive sessions that a process shares among its invoices, so that somebody closes each of them (ADR 0019). What an
 * invoice posted online has beside: the mode that was asked for, and codes made before a midnight. An online invoice
 * under review can be read again, given up, and keeps its KSeF number.
 */
export class InteractiveSessions1795132800015 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SESSIONS);
    await runner.query(SESSION_GUARD);
    await runner.query(INVOICE);
    await runner.query(PREPARED_GUARD);
    await runner.query(REVIEW);
    // An attempt that sent nothing gives its key back, by the invoice it had stored.
    await runner.query('CREATE INDEX idempotency_key_of_invoice ON idempotency_key (tenant_id, invoice_id)');
  }

  /** Loses the requested modes and the codes that were prepared; refused while an invoice under review has a number. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX idempotency_key_of_invoice;
      DELETE FROM invoice_transition
        WHERE from_state = 'needs-review' AND to_state IN ('in-session', 'accepted', 'not-issued');
      ALTER TABLE invoice DROP CONSTRAINT invoice_acceptance;
      ALTER TABLE invoice ADD CONSTRAINT invoice_acceptance CHECK (
        (ksef_number IS NOT NULL) = (state IN ('accepted', 'complete'))
        AND ${ACCEPTANCE_COLUMNS});
      DROP TRIGGER invoice_prepared_guard ON invoice;
      DROP TRIGGER invoice_prepared_evidence ON invoice;
      DROP FUNCTION invoice_prepared_guard();
      ALTER TABLE invoice
        DROP CONSTRAINT invoice_prepared,
        DROP COLUMN requested_mode,
        DROP COLUMN prepared_kod_ii,
        DROP COLUMN prepared_certificate_serial;
      DROP TABLE interactive_session, interactive_session_transition;
      DROP FUNCTION interactive_session_guard();
    `);
  }
}

const SESSIONS = `
  CREATE TABLE interactive_session (
    tenant_id uuid NOT NULL,
    reference text NOT NULL,
    context_type text NOT NULL,
    context_value text NOT NULL,
    form_system_code text NOT NULL,
    form_schema_version text NOT NULL,
    form_value text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'closing', 'closed', 'lost')),
    -- The process that holds its key.
    opener text NOT NULL CHECK (opener <> ''),
    opened_at timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL DEFAULT app_now(),
    invoices_posted integer NOT NULL DEFAULT 0 CHECK (invoices_posted >= 0),
    -- From then on anybody may close it.
    close_after timestamptz NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (tenant_id, reference),
    FOREIGN KEY (tenant_id, context_type, context_value) REFERENCES tenant_context (tenant_id, type, value)
  );
  CREATE INDEX interactive_session_to_close ON interactive_session (close_after, tenant_id)
    WHERE state IN ('open', 'closing');`;

const SESSION_GUARD = `
  CREATE TABLE interactive_session_transition (
    from_state text NOT NULL,
    to_state text NOT NULL,
    PRIMARY KEY (from_state, to_state)
  );
  INSERT INTO interactive_session_transition (from_state, to_state) VALUES
    ('open', 'closing'), ('closing', 'closed'), ('closing', 'lost');

  CREATE FUNCTION interactive_session_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      IF NEW.state <> 'open' THEN
        RAISE EXCEPTION 'session %: begins in state %', NEW.reference, NEW.state
          USING ERRCODE = 'LA002', TABLE = 'interactive_session', CONSTRAINT = 'interactive_session_transition';
      END IF;
      RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
      SELECT FROM interactive_session_transition WHERE from_state = OLD.state AND to_state = NEW.state)
    THEN
      RAISE EXCEPTION 'session %: no move from % to %', OLD.reference, OLD.state, NEW.state
        USING ERRCODE = 'LA002', TABLE = 'interactive_session', CONSTRAINT = 'interactive_session_transition';
    END IF;
    IF NEW.invoices_posted <> OLD.invoices_posted AND OLD.state <> 'open' THEN
      RAISE EXCEPTION 'session %: nothing is posted into it any more', OLD.reference
        USING ERRCODE = 'LA001', TABLE = 'interactive_session', CONSTRAINT = 'interactive_session_open';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER interactive_session_guard BEFORE INSERT OR UPDATE ON interactive_session
    FOR EACH ROW EXECUTE FUNCTION interactive_session_guard();`;

const INVOICE = `
  ALTER TABLE invoice
    -- Null: not kept (before this column was there).
    ADD COLUMN requested_mode text CHECK (requested_mode IN ('auto', 'online', 'offline24')),
    ADD COLUMN prepared_kod_ii text,
    ADD COLUMN prepared_certificate_serial text,
    ADD CONSTRAINT invoice_prepared CHECK (
      (prepared_kod_ii IS NULL) = (prepared_certificate_serial IS NULL)
      AND (prepared_kod_ii IS NULL OR mode IS NOT DISTINCT FROM 'online'));`;

/**
 * Codes are prepared with the intent to post and never change: an invoice that is issued offline after all has those
 * that may have been handed out. Their evidence is stored in the same transaction.
 */
const PREPARED_GUARD = `
  CREATE FUNCTION invoice_prepared_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.requested_mode IS DISTINCT FROM OLD.requested_mode THEN
      RAISE EXCEPTION 'invoice %: what was asked for never changes', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'invoice', CONSTRAINT = 'invoice_requested_mode';
    END IF;
    IF OLD.mode IS NOT DISTINCT FROM 'online' THEN
      IF NEW.mode IS NOT DISTINCT FROM 'online' AND (NEW.prepared_kod_ii, NEW.prepared_certificate_serial)
          IS DISTINCT FROM (OLD.prepared_kod_ii, OLD.prepared_certificate_serial)
        OR OLD.prepared_kod_ii IS NOT NULL AND NEW.kod_ii IS NOT NULL
          AND (NEW.kod_ii, NEW.certificate_serial)
            IS DISTINCT FROM (OLD.prepared_kod_ii, OLD.prepared_certificate_serial)
      THEN
        RAISE EXCEPTION 'invoice %: its prepared codes never change', OLD.id
          USING ERRCODE = 'LA001', TABLE = 'invoice', CONSTRAINT = 'invoice_prepared_is_final';
      END IF;
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER invoice_prepared_guard BEFORE UPDATE ON invoice
    FOR EACH ROW EXECUTE FUNCTION invoice_prepared_guard();
  CREATE CONSTRAINT TRIGGER invoice_prepared_evidence AFTER UPDATE ON invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.prepared_kod_ii IS NULL AND NEW.prepared_kod_ii IS NOT NULL)
    EXECUTE FUNCTION invoice_needs_evidence();`;

const ACCEPTANCE_COLUMNS = `
        (ksef_number IS NULL) = (accepted_session_reference IS NULL)
        AND (ksef_number IS NULL) = (accepted_invoice_reference IS NULL)
        AND (ksef_number IS NULL) = (invoicing_date IS NULL)
        AND (acquisition_date IS NULL OR ksef_number IS NOT NULL)`;

const REVIEW = `
  ALTER TABLE invoice DROP CONSTRAINT invoice_acceptance;
  ALTER TABLE invoice ADD CONSTRAINT invoice_acceptance CHECK (
    CASE WHEN state IN ('accepted', 'complete') THEN ksef_number IS NOT NULL
         WHEN state = 'needs-review' THEN true
         ELSE ksef_number IS NULL END
    AND ${ACCEPTANCE_COLUMNS});
  INSERT INTO invoice_transition (from_state, to_state) VALUES
    ('needs-review', 'in-session'), ('needs-review', 'accepted'), ('needs-review', 'not-issued');`;
