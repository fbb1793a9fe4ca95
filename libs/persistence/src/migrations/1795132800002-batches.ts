import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Batches with their lease and fence; before the invoices, which point to them. */
export class Batches1795132800002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TRANSITIONS);
    await runner.query(BATCH);
    await runner.query(GUARD);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE batch, batch_transition; DROP FUNCTION batch_guard();');
  }
}

const TRANSITIONS = `
  CREATE TABLE batch_transition (
    from_state text NOT NULL,
    to_state text NOT NULL,
    PRIMARY KEY (from_state, to_state)
  );
  INSERT INTO batch_transition (from_state, to_state) VALUES
    ('planned', 'packed'), ('planned', 'dead'),
    ('packed', 'opening'), ('packed', 'planned'), ('packed', 'dead'),
    ('opening', 'open'), ('opening', 'packed'), ('opening', 'planned'), ('opening', 'dead'),
    ('open', 'open'), ('open', 'closing'), ('open', 'dead'),
    ('closing', 'processing'), ('closing', 'dead'),
    ('processing', 'reconciling'), ('processing', 'dead'),
    ('reconciling', 'done'), ('reconciling', 'dead');`;

const BATCH = `
  CREATE TABLE batch (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    context_type text NOT NULL,
    context_value text NOT NULL,
    form_system_code text NOT NULL,
    form_schema_version text NOT NULL,
    form_value text NOT NULL,
    state text NOT NULL CHECK (state IN
      ('planned', 'packed', 'opening', 'open', 'closing', 'processing', 'reconciling', 'done', 'dead')),
    invoice_count integer NOT NULL CHECK (invoice_count > 0),
    planned_at timestamptz NOT NULL,
    open_attempts integer NOT NULL CHECK (open_attempts >= 0),
    session_reference text,
    -- What only its state knows: parts, upload targets while they are open, codes and moments.
    body jsonb NOT NULL,
    -- Gone when the batch has ended.
    sealed_session_key bytea,
    initialization_vector bytea CHECK (length(initialization_vector) = 16),
    version integer NOT NULL CHECK (version >= 0),
    fence bigint NOT NULL DEFAULT 0,
    lease_owner text,
    lease_until timestamptz,
    next_action_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (tenant_id, id),
    -- An invoice points here: it can only be in a batch of its own context and schema.
    UNIQUE (tenant_id, id, context_type, context_value, form_system_code, form_schema_version, form_value),
    FOREIGN KEY (tenant_id, context_type, context_value) REFERENCES tenant_context (tenant_id, type, value),
    CONSTRAINT batch_session_key CHECK (
      (sealed_session_key IS NOT NULL) = (state NOT IN ('planned', 'done', 'dead'))
      AND (initialization_vector IS NULL) = (sealed_session_key IS NULL)),
    CONSTRAINT batch_session CHECK (CASE
      WHEN state IN ('planned', 'packed', 'opening') THEN session_reference IS NULL
      WHEN state = 'dead' THEN true
      ELSE session_reference IS NOT NULL END),
    CONSTRAINT batch_upload_targets CHECK (body ? 'targets' = (state = 'open')),
    CONSTRAINT batch_lease CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
  );
  CREATE INDEX batch_next_action ON batch (next_action_at) WHERE next_action_at IS NOT NULL;`;

const GUARD = `
  CREATE FUNCTION batch_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      IF NEW.state <> 'planned' THEN
        RAISE EXCEPTION 'batch %: begins in state %', NEW.id, NEW.state
          USING ERRCODE = 'LA002', TABLE = 'batch', CONSTRAINT = 'batch_transition';
      END IF;
      RETURN NEW;
    END IF;
    IF (NEW.tenant_id, NEW.id, NEW.context_type, NEW.context_value, NEW.form_system_code, NEW.form_schema_version,
        NEW.form_value, NEW.invoice_count, NEW.planned_at)
      IS DISTINCT FROM
       (OLD.tenant_id, OLD.id, OLD.context_type, OLD.context_value, OLD.form_system_code, OLD.form_schema_version,
        OLD.form_value, OLD.invoice_count, OLD.planned_at)
    THEN
      RAISE EXCEPTION 'batch %: its plan never changes', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'batch', CONSTRAINT = 'batch_plan';
    END IF;
    IF NEW.fence < OLD.fence THEN
      RAISE EXCEPTION 'batch %: its fence only rises', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'batch', CONSTRAINT = 'batch_fence';
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
      SELECT FROM batch_transition WHERE from_state = OLD.state AND to_state = NEW.state)
    THEN
      RAISE EXCEPTION 'batch %: no move from % to %', OLD.id, OLD.state, NEW.state
        USING ERRCODE = 'LA002', TABLE = 'batch', CONSTRAINT = 'batch_transition';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER batch_guard BEFORE INSERT OR UPDATE ON batch FOR EACH ROW EXECUTE FUNCTION batch_guard();
  CREATE TRIGGER batch_is_kept BEFORE DELETE ON batch FOR EACH ROW EXECUTE FUNCTION refuse_change();`;
