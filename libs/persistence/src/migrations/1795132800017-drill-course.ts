import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The course of a drill as a table, a new way for one to end (`skipped`), and the key under which it was asked for. Rows of
 * before know no key; a drill that is under way goes on.
 */
export class DrillCourse1795132800017 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE drill
        DROP CONSTRAINT drill_state_check,
        ADD CONSTRAINT drill_state_check CHECK (
          state IN ('prepared', 'outage', 'issuing', 'restoring', 'draining', 'checked', 'failed', 'skipped')),
        ADD COLUMN idempotency_key text CHECK (length(idempotency_key) BETWEEN 1 AND 255),
        ADD COLUMN fingerprint text,
        ADD CONSTRAINT drill_claim CHECK ((idempotency_key IS NULL) = (fingerprint IS NULL)),
        ADD CONSTRAINT drill_key UNIQUE (tenant_id, idempotency_key);
      DROP INDEX drill_under_way;
      CREATE UNIQUE INDEX drill_under_way ON drill (tenant_id) WHERE state NOT IN ('checked', 'failed', 'skipped');
    `);
    await runner.query(COURSE);
  }

  /** A skipped drill becomes a failed one, with the same reason; keys are forgotten. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER drill_guard ON drill;
      DROP FUNCTION drill_guard();
      DROP TABLE drill_transition;
      UPDATE drill SET state = 'failed' WHERE state = 'skipped';
      DROP INDEX drill_under_way;
      CREATE UNIQUE INDEX drill_under_way ON drill (tenant_id) WHERE state NOT IN ('checked', 'failed');
      ALTER TABLE drill
        DROP CONSTRAINT drill_state_check,
        ADD CONSTRAINT drill_state_check CHECK (
          state IN ('prepared', 'outage', 'issuing', 'restoring', 'draining', 'checked', 'failed')),
        DROP CONSTRAINT drill_key,
        DROP CONSTRAINT drill_claim,
        DROP COLUMN idempotency_key,
        DROP COLUMN fingerprint;
      CREATE FUNCTION drill_guard() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF OLD.state IN ('checked', 'failed') THEN
          RAISE EXCEPTION 'drill %: it is over and stays as it is', OLD.id
            USING ERRCODE = 'LA001', TABLE = 'drill', CONSTRAINT = 'drill_over';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER drill_guard BEFORE UPDATE ON drill FOR EACH ROW EXECUTE FUNCTION drill_guard();
    `);
  }
}

const COURSE = `
  CREATE TABLE drill_transition (
    from_state text NOT NULL,
    to_state text NOT NULL,
    PRIMARY KEY (from_state, to_state)
  );
  INSERT INTO drill_transition (from_state, to_state) VALUES
    ('prepared', 'outage'), ('prepared', 'skipped'), ('prepared', 'failed'),
    ('outage', 'prepared'), ('outage', 'issuing'), ('outage', 'restoring'), ('outage', 'failed'),
    ('issuing', 'issuing'), ('issuing', 'restoring'), ('issuing', 'failed'),
    ('restoring', 'draining'), ('restoring', 'failed'),
    ('draining', 'checked'), ('draining', 'failed');

  CREATE OR REPLACE FUNCTION drill_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      IF NEW.state <> 'prepared' THEN
        RAISE EXCEPTION 'drill %: begins in state %', NEW.id, NEW.state
          USING ERRCODE = 'LA002', TABLE = 'drill', CONSTRAINT = 'drill_transition';
      END IF;
      RETURN NEW;
    END IF;
    IF OLD.state IN ('checked', 'failed', 'skipped') THEN
      RAISE EXCEPTION 'drill %: it is over and stays as it is', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'drill', CONSTRAINT = 'drill_over';
    END IF;
    IF (NEW.tenant_id, NEW.id, NEW.scheduled, NEW.person, NEW.actor, NEW.invoices_per_context, NEW.requested_at,
        NEW.idempotency_key, NEW.fingerprint)
      IS DISTINCT FROM
       (OLD.tenant_id, OLD.id, OLD.scheduled, OLD.person, OLD.actor, OLD.invoices_per_context, OLD.requested_at,
        OLD.idempotency_key, OLD.fingerprint)
    THEN
      RAISE EXCEPTION 'drill %: what was asked for never changes', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'drill', CONSTRAINT = 'drill_identity';
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
      SELECT FROM drill_transition WHERE from_state = OLD.state AND to_state = NEW.state)
    THEN
      RAISE EXCEPTION 'drill %: no move from % to %', OLD.id, OLD.state, NEW.state
        USING ERRCODE = 'LA002', TABLE = 'drill', CONSTRAINT = 'drill_transition';
    END IF;
    RETURN NEW;
  END $$;
  DROP TRIGGER drill_guard ON drill;
  CREATE TRIGGER drill_guard BEFORE INSERT OR UPDATE ON drill FOR EACH ROW EXECUTE FUNCTION drill_guard();`;
