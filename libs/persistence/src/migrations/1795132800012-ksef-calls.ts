import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Calls to KSeF, counted for all processes together, and the limits they are counted against. By KSeF's context, not by
 * tenant: tenants that share one share its limits. Nothing here belongs to a tenant. (ADR 0016)
 */
export class KsefCalls1795132800012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- One row for each thing that KSeF counts; it is locked while a call is decided on.
      CREATE TABLE ksef_call_counter (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        environment text NOT NULL CHECK (environment <> ''),
        -- Both empty: calls without a context.
        context_type text NOT NULL,
        context_value text NOT NULL,
        endpoint_group text NOT NULL CHECK (endpoint_group <> ''),
        -- KSeF answered 429: nothing is sent before.
        blocked_until timestamptz,
        strikes integer NOT NULL DEFAULT 0 CHECK (strikes >= 0),
        UNIQUE (environment, context_type, context_value, endpoint_group),
        CHECK ((context_type = '') = (context_value = '')),
        CHECK ((blocked_until IS NULL) = (strikes = 0))
      );
      CREATE FUNCTION ksef_call_counter_guard() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.blocked_until IS DISTINCT FROM OLD.blocked_until
          AND (NEW.blocked_until IS NULL OR NEW.blocked_until < OLD.blocked_until) THEN
          RAISE EXCEPTION 'counter %: a block by KSeF is never shortened', OLD.id
            USING ERRCODE = 'LA001', TABLE = 'ksef_call_counter', CONSTRAINT = 'ksef_block_shortened';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER ksef_call_counter_guard BEFORE UPDATE ON ksef_call_counter
        FOR EACH ROW EXECUTE FUNCTION ksef_call_counter_guard();

      -- Calls that were permitted, as long as a window looks back to them.
      CREATE TABLE ksef_call (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        counter_id bigint NOT NULL REFERENCES ksef_call_counter (id) ON DELETE CASCADE,
        permitted_at timestamptz NOT NULL,
        -- What a question that is repeated asks about.
        poll_about text
      );
      CREATE INDEX ksef_call_latest ON ksef_call (counter_id, permitted_at DESC);

      -- What KSeF said of its limits; the published values hold where it said nothing yet.
      CREATE TABLE ksef_limits (
        environment text NOT NULL CHECK (environment <> ''),
        context_type text NOT NULL,
        context_value text NOT NULL,
        limits jsonb,
        read_at timestamptz,
        -- When a process last took it upon itself to read them.
        claimed_at timestamptz NOT NULL,
        PRIMARY KEY (environment, context_type, context_value),
        CHECK ((limits IS NULL) = (read_at IS NULL))
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE ksef_limits;
      DROP TABLE ksef_call;
      DROP TABLE ksef_call_counter;
      DROP FUNCTION ksef_call_counter_guard();
    `);
  }
}
