import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Planning by target, one live delivery of an invoice at a time (reliability C1), rules of sending, and batches that
 * crash their workers again and again (X6).
 */
export class Sending1795132800018 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(PLANNING);
    await runner.query(ATTEMPTS);
    await runner.query(RULES);
    await runner.query(RUNS);
  }

  /** Loses the rules, orders and attempts, which had no place before; a batch held for a person is due again. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX batch_by_context, batch_by_session;
      ALTER TABLE batch DROP COLUMN unfinished_runs, DROP COLUMN failed_runs, DROP COLUMN held_at;
      DROP TABLE sending_order, sending_rule;
      DROP TRIGGER delivery_attempt_follows ON invoice;
      DROP FUNCTION delivery_attempt_follows();
      DROP TABLE delivery_attempt;
      DROP INDEX invoice_on_its_way, invoice_held_back, invoice_term_planning, invoice_term_oldest;
    `);
  }
}

/** `least` passes over nulls: the target where it is the earlier, or the only one. */
const PLANNING = `
  CREATE INDEX invoice_term_planning
    ON invoice_term (tenant_id, context_type, context_value, least(target_at, ends_at), ends_at, invoice_id)
    WHERE waits_for = 'sending' AND kind IS DISTINCT FROM 'none';
  CREATE INDEX invoice_term_oldest ON invoice_term (tenant_id, context_type, context_value, issued_at)
    WHERE waits_for = 'sending' AND kind IS DISTINCT FROM 'none';
  -- The few of those that wait that may not go by themselves.
  CREATE INDEX invoice_held_back ON invoice (tenant_id, context_type, context_value)
    WHERE state = 'issued' AND (not_before IS NOT NULL OR kind IN ('KOR', 'KOR_ZAL', 'KOR_ROZ'));
  -- The same bytes on their way twice (C2). Numbers are kept apart by invoice_live_number.
  CREATE UNIQUE INDEX invoice_on_its_way ON invoice (tenant_id, sha256) WHERE state IN ('planned', 'in-session');`;

/**
 * One row for each time an invoice sets out for KSeF, kept by the database itself: whoever puts an invoice into a second
 * batch while the first may still deliver it is refused. `by_decision` lets people allow exactly one more (C40).
 */
const ATTEMPTS = `
  CREATE TABLE delivery_attempt (
    tenant_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    invoice_id uuid NOT NULL,
    channel text NOT NULL CHECK (channel IN ('batch', 'interactive')),
    batch_id uuid,
    by_decision boolean NOT NULL DEFAULT false,
    began_at timestamptz NOT NULL DEFAULT app_now(),
    ended_at timestamptz,
    ended_as text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id),
    CONSTRAINT delivery_attempt_batch CHECK ((channel = 'batch') = (batch_id IS NOT NULL)),
    CONSTRAINT delivery_attempt_end CHECK ((ended_at IS NULL) = (ended_as IS NULL))
  );
  CREATE UNIQUE INDEX delivery_attempt_live ON delivery_attempt (tenant_id, invoice_id, by_decision)
    WHERE ended_at IS NULL;
  CREATE INDEX delivery_attempt_of_invoice ON delivery_attempt (tenant_id, invoice_id, id);
  CREATE TRIGGER delivery_attempt_is_kept BEFORE DELETE ON delivery_attempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER delivery_attempt_stays BEFORE TRUNCATE ON delivery_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

  INSERT INTO delivery_attempt (tenant_id, invoice_id, channel, batch_id)
  SELECT tenant_id, id, channel, batch_id FROM invoice WHERE state IN ('planned', 'in-session');

  CREATE FUNCTION delivery_attempt_follows() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    UPDATE delivery_attempt AS attempt SET ended_at = app_now(), ended_as = new_row.state
    FROM new_row JOIN old_row USING (tenant_id, id)
    WHERE old_row.state IN ('planned', 'in-session') AND new_row.state NOT IN ('planned', 'in-session')
      AND attempt.tenant_id = new_row.tenant_id AND attempt.invoice_id = new_row.id AND attempt.ended_at IS NULL;
    INSERT INTO delivery_attempt (tenant_id, invoice_id, channel, batch_id)
    SELECT new_row.tenant_id, new_row.id, new_row.channel, new_row.batch_id
    FROM new_row JOIN old_row USING (tenant_id, id)
    WHERE new_row.state IN ('planned', 'in-session')
      AND (old_row.state NOT IN ('planned', 'in-session') OR old_row.batch_id IS DISTINCT FROM new_row.batch_id);
    RETURN NULL;
  END $$;
  CREATE TRIGGER delivery_attempt_follows AFTER UPDATE ON invoice
    REFERENCING OLD TABLE AS old_row NEW TABLE AS new_row
    FOR EACH STATEMENT EXECUTE FUNCTION delivery_attempt_follows();`;

const RULES = `
  CREATE TABLE sending_rule (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    schedule jsonb NOT NULL CHECK (schedule ->> 'kind' IN ('as-they-come', 'every', 'daily')),
    hours_before_target smallint NOT NULL CHECK (hours_before_target BETWEEN 1 AND 72),
    person text NOT NULL CHECK (person <> ''),
    actor text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
  );
  CREATE TRIGGER sending_rule_is_kept BEFORE UPDATE OR DELETE ON sending_rule
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER sending_rule_stays BEFORE TRUNCATE ON sending_rule
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

  -- Somebody said "send now", and not everything went at once.
  CREATE TABLE sending_order (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    actor text NOT NULL,
    context_type text,
    context_value text,
    due_before timestamptz,
    ordered_at timestamptz NOT NULL,
    fulfilled_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT sending_order_context CHECK ((context_type IS NULL) = (context_value IS NULL))
  );
  CREATE INDEX sending_order_open ON sending_order (tenant_id, id) WHERE fulfilled_at IS NULL;
  CREATE TRIGGER sending_order_is_kept BEFORE DELETE ON sending_order
    FOR EACH ROW EXECUTE FUNCTION refuse_change();`;

/** Beside the state, as the lease is: they say who may work on a batch, not what became of it. */
const RUNS = `
  ALTER TABLE batch
    -- Runs that were begun and never ended: a worker died in each of them.
    ADD COLUMN unfinished_runs integer NOT NULL DEFAULT 0 CHECK (unfinished_runs >= 0),
    -- Runs in a row that ended with an error nobody expected.
    ADD COLUMN failed_runs integer NOT NULL DEFAULT 0 CHECK (failed_runs >= 0),
    -- Since when it waits for a person.
    ADD COLUMN held_at timestamptz;
  CREATE INDEX batch_by_context ON batch (tenant_id, context_type, context_value, id);
  CREATE INDEX batch_by_session ON batch (tenant_id, session_reference) WHERE session_reference IS NOT NULL;`;
