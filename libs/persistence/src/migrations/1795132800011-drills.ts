import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rehearsals of an outage, step by step, with what they found. */
export class Drills1795132800011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE drill (
        tenant_id uuid NOT NULL REFERENCES tenant (id),
        id uuid NOT NULL,
        state text NOT NULL
          CHECK (state IN ('prepared', 'outage', 'issuing', 'restoring', 'draining', 'checked', 'failed')),
        scheduled boolean NOT NULL,
        person text NOT NULL CHECK (person <> ''),
        actor text NOT NULL,
        invoices_per_context smallint NOT NULL CHECK (invoices_per_context > 0),
        requested_at timestamptz NOT NULL,
        -- What the state has beyond that: contexts, moments, report; no query looks inside.
        progress jsonb NOT NULL,
        version integer NOT NULL CHECK (version >= 0),
        look_after timestamptz NOT NULL DEFAULT app_now(),
        updated_at timestamptz NOT NULL DEFAULT app_now(),
        PRIMARY KEY (tenant_id, id)
      );
      CREATE UNIQUE INDEX drill_under_way ON drill (tenant_id) WHERE state NOT IN ('checked', 'failed');
      CREATE INDEX drill_requested ON drill (tenant_id, requested_at);
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

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE drill; DROP FUNCTION drill_guard();');
  }
}
