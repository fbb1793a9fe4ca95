import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Token buckets of requests, shared by all API processes (reliability S9). Unlogged: after a crash everybody starts with a
 * full one.
 */
export class RequestBuckets1795132800032 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE UNLOGGED TABLE request_bucket (
        subject text PRIMARY KEY,
        tokens double precision NOT NULL CHECK (tokens >= 0),
        filled_at timestamptz NOT NULL,
        full_at timestamptz NOT NULL
      );
      CREATE INDEX request_bucket_full ON request_bucket (full_at);

      -- Takes up to \`wanted\` tokens of a bucket that holds \`burst\` and gets \`per_second\` back; never fewer than none.
      CREATE FUNCTION take_requests(which text, wanted integer, burst double precision, per_second double precision)
        RETURNS TABLE (taken integer, retry_after_seconds double precision)
        LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
      DECLARE
        now_at timestamptz := app_now();
        found request_bucket;
        held double precision;
      BEGIN
        INSERT INTO request_bucket AS bucket VALUES (which, burst, now_at, now_at) ON CONFLICT DO NOTHING;
        SELECT * INTO found FROM request_bucket WHERE subject = which FOR UPDATE;
        -- Swept away by another process between the two statements: as full as a new one.
        held := least(burst, coalesce(found.tokens
          + greatest(0, extract(epoch FROM now_at - found.filled_at)) * per_second, burst));
        taken := least(wanted, floor(held))::integer;
        retry_after_seconds := CASE WHEN taken > 0 THEN 0 ELSE greatest(0, (1 - held) / per_second) END;
        UPDATE request_bucket SET tokens = held - taken, filled_at = now_at,
          full_at = now_at + make_interval(secs => (burst - held + taken) / per_second)
        WHERE subject = which;
        RETURN NEXT;
      END $$;

      -- Full buckets say nothing: they go.
      CREATE FUNCTION forget_full_buckets() RETURNS void
        LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        DELETE FROM request_bucket WHERE subject IN (
          SELECT subject FROM request_bucket WHERE full_at < app_now() ORDER BY full_at LIMIT 1000
          FOR UPDATE SKIP LOCKED);
      $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION forget_full_buckets();
      DROP FUNCTION take_requests(text, integer, double precision, double precision);
      DROP TABLE request_bucket;
    `);
  }
}
