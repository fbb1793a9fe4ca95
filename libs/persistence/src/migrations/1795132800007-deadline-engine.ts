import type { MigrationInterface, QueryRunner } from 'typeorm';
import { LEGAL_RECORDS, NOTIFICATIONS, RECALCULATIONS } from './1795132800007-deadline-engine.tables.js';

/**
 * A term is stored once for all invoices that share it, and beside the invoice: a message of the Ministry moves a million
 * of them, and a narrow row is moved many times faster than one with the facts and codes of an invoice and ten indexes.
 * With it, what terms follow from (notices, confirmations, decisions), the requests to derive them anew, and what is told
 * of them (alerts, events).
 */
export class DeadlineEngine1795132800007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TERMS);
    await runner.query(MOVE_UP);
    await runner.query(INVOICES_WITHOUT_DEADLINES);
    await runner.query(TERM_FOLLOWS_INVOICE);
    await runner.query(LEGAL_RECORDS);
    await runner.query(RECALCULATIONS);
    await runner.query(NOTIFICATIONS);
    await runner.query('ALTER TABLE bulletin ADD COLUMN raw text');
    await runner.query(`
      ALTER TABLE audit_entry
        DROP CONSTRAINT audit_entry_subject_kind_check,
        ADD CONSTRAINT audit_entry_subject_kind_check
          CHECK (subject_kind IN ('invoice', 'batch', 'certificate', 'outage', 'policy'));
    `);
  }

  /**
   * Loses the targets, notices, decisions, requests, alerts, events and messages as read: they had no place before. Refused while an invoice
   * was issued in a total failure, which had none either; audit rows about policies stay.
   */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE audit_entry
        DROP CONSTRAINT audit_entry_subject_kind_check,
        ADD CONSTRAINT audit_entry_subject_kind_check
          CHECK (subject_kind IN ('invoice', 'batch', 'certificate', 'outage')) NOT VALID;
      DROP TABLE outbox_event, alert, recalculation_done, recalculation_request, house_policy_decision,
        deadline_policy_change, total_failure_confirmation, notice;
      ALTER TABLE bulletin DROP COLUMN raw;
      DROP TRIGGER invoice_term_at_issue ON invoice;
      DROP TRIGGER invoice_term_follows ON invoice;
      DROP FUNCTION invoice_term_follows();
    `);
    await runner.query(INVOICES_WITH_DEADLINES);
    await runner.query(MOVE_DOWN);
    await runner.query('DROP TABLE invoice_term, deadline_value; DROP FUNCTION invoice_waits_for(text, text);');
  }
}

/**
 * A term is named by its own content: whoever derives it, in whatever process, finds it stored already. `invoice_term`
 * has a row for every invoice issued offline, and for those online that KSeF marked offline; beside the term it repeats
 * what never changes after issue and groups invoices of like circumstances. `waits_for` follows the state: a batch
 * (`sending`), KSeF's word or a person's (`acceptance`), or nothing.
 */
const TERMS = `
  CREATE TABLE deadline_value (
    tenant_id uuid NOT NULL REFERENCES tenant,
    digest bytea NOT NULL,
    value jsonb NOT NULL,
    PRIMARY KEY (tenant_id, digest),
    CONSTRAINT deadline_value_digest CHECK (digest = sha256(convert_to(value::text, 'UTF8')))
  );
  CREATE TRIGGER deadline_value_is_kept BEFORE UPDATE OR DELETE ON deadline_value
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER deadline_value_stays BEFORE TRUNCATE ON deadline_value
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

  CREATE FUNCTION invoice_waits_for(kod_ii text, state text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN kod_ii IS NULL OR state IN ('accepted', 'complete') THEN NULL
                WHEN state = 'issued' THEN 'sending' ELSE 'acceptance' END;

  CREATE TABLE invoice_term (
    tenant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    issued_at timestamptz NOT NULL,
    ends_at timestamptz,
    target_at timestamptz,
    issue_date date NOT NULL,
    context_type text NOT NULL,
    context_value text NOT NULL,
    mode text NOT NULL,
    waits_for text CHECK (waits_for IN ('sending', 'acceptance')),
    kind text CHECK (kind IN ('due', 'open', 'none')),
    digest bytea,
    PRIMARY KEY (tenant_id, invoice_id),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id),
    FOREIGN KEY (tenant_id, digest) REFERENCES deadline_value (tenant_id, digest),
    CONSTRAINT invoice_term_derived CHECK (
      (digest IS NULL) = (kind IS NULL)
      AND (kind IS NOT DISTINCT FROM 'due') = (ends_at IS NOT NULL)
      AND (target_at IS NULL OR coalesce(kind IN ('due', 'open'), false)))
  );
  CREATE TRIGGER invoice_term_is_kept BEFORE DELETE ON invoice_term
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER invoice_term_stays BEFORE TRUNCATE ON invoice_term
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`;

/** The indexes come after the rows; a target is indexed only where it is the earlier. */
const MOVE_UP = `
  INSERT INTO deadline_value (tenant_id, digest, value)
  SELECT DISTINCT tenant_id, sha256(convert_to(value::text, 'UTF8')), value
  FROM (SELECT tenant_id, jsonb_build_object('deadline', deadline) AS value FROM invoice WHERE deadline IS NOT NULL) AS old;

  INSERT INTO invoice_term (tenant_id, invoice_id, context_type, context_value, issue_date, mode, issued_at, waits_for,
    digest, kind, ends_at)
  SELECT tenant_id, id, context_type, context_value, issue_date, mode, issued_at, invoice_waits_for(kod_ii, state),
    CASE WHEN deadline IS NOT NULL
      THEN sha256(convert_to(jsonb_build_object('deadline', deadline)::text, 'UTF8')) END,
    deadline_kind, deadline_ends_at
  FROM invoice WHERE mode IS NOT NULL AND (kod_ii IS NOT NULL OR deadline IS NOT NULL);

  CREATE INDEX invoice_term_waiting ON invoice_term (tenant_id, invoice_id) WHERE waits_for IS NOT NULL;
  CREATE INDEX invoice_term_due ON invoice_term (tenant_id, ends_at, invoice_id) WHERE waits_for IS NOT NULL;
  CREATE INDEX invoice_term_target ON invoice_term (tenant_id, target_at, invoice_id)
    WHERE waits_for IS NOT NULL AND target_at IS NOT NULL AND target_at IS DISTINCT FROM ends_at;
  CREATE INDEX invoice_term_open ON invoice_term (tenant_id, issued_at, invoice_id)
    WHERE waits_for IS NOT NULL AND kind = 'open';
  CREATE INDEX invoice_term_no_duty ON invoice_term (tenant_id, invoice_id)
    WHERE waits_for = 'sending' AND kind = 'none';`;

const INVOICES_WITHOUT_DEADLINES = `
  DROP INDEX invoice_by_deadline, invoice_awaiting, invoice_waiting;
  ALTER TABLE invoice
    DROP CONSTRAINT invoice_mode_check,
    ADD CONSTRAINT invoice_mode_check
      CHECK (mode IN ('online', 'offline24', 'unavailability', 'emergency', 'total-failure')),
    DROP CONSTRAINT invoice_deadline,
    DROP COLUMN deadline,
    DROP COLUMN deadline_kind,
    DROP COLUMN deadline_ends_at;`;

const TERM_FOLLOWS_INVOICE = `
  CREATE FUNCTION invoice_term_follows() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO invoice_term AS term (tenant_id, invoice_id, context_type, context_value, issue_date, mode, issued_at,
      waits_for)
    VALUES (NEW.tenant_id, NEW.id, NEW.context_type, NEW.context_value, NEW.issue_date, NEW.mode, NEW.issued_at,
      invoice_waits_for(NEW.kod_ii, NEW.state))
    ON CONFLICT (tenant_id, invoice_id) DO UPDATE
      SET mode = excluded.mode, issued_at = excluded.issued_at, waits_for = excluded.waits_for;
    RETURN NULL;
  END $$;
  CREATE TRIGGER invoice_term_at_issue AFTER INSERT ON invoice
    FOR EACH ROW WHEN (NEW.kod_ii IS NOT NULL) EXECUTE FUNCTION invoice_term_follows();
  CREATE TRIGGER invoice_term_follows AFTER UPDATE OF state, kod_ii ON invoice
    FOR EACH ROW WHEN (invoice_waits_for(OLD.kod_ii, OLD.state) IS DISTINCT FROM invoice_waits_for(NEW.kod_ii, NEW.state))
    EXECUTE FUNCTION invoice_term_follows();`;

const INVOICES_WITH_DEADLINES = `
  ALTER TABLE invoice
    ADD COLUMN deadline jsonb,
    ADD COLUMN deadline_kind text CHECK (deadline_kind IN ('due', 'open', 'none')),
    ADD COLUMN deadline_ends_at timestamptz,
    DROP CONSTRAINT invoice_mode_check,
    ADD CONSTRAINT invoice_mode_check CHECK (mode IN ('online', 'offline24', 'unavailability', 'emergency'));`;

const MOVE_DOWN = `
  UPDATE invoice SET deadline = known.value -> 'deadline', deadline_kind = term.kind, deadline_ends_at = term.ends_at
  FROM invoice_term AS term JOIN deadline_value AS known ON known.tenant_id = term.tenant_id AND known.digest = term.digest
  WHERE term.tenant_id = invoice.tenant_id AND term.invoice_id = invoice.id;

  ALTER TABLE invoice
    ADD CONSTRAINT invoice_deadline CHECK (
      (deadline IS NULL) = (deadline_kind IS NULL)
      AND (deadline_kind IS NOT DISTINCT FROM 'due') = (deadline_ends_at IS NOT NULL));
  CREATE INDEX invoice_by_deadline ON invoice (tenant_id, deadline_ends_at) WHERE deadline_ends_at IS NOT NULL;
  CREATE INDEX invoice_awaiting ON invoice (tenant_id, context_type, context_value, deadline_ends_at, id)
    WHERE state = 'issued';
  CREATE INDEX invoice_waiting ON invoice (tenant_id, id)
    WHERE kod_ii IS NOT NULL AND state NOT IN ('accepted', 'complete');`;
