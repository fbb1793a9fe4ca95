import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Answers by Idempotency-Key, of requests whose use case keeps no keys of its own (docs/adr/0035). */
export class RequestAnswers1795132800042 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE request_answer (
        tenant_id uuid NOT NULL REFERENCES tenant,
        key text NOT NULL CHECK (key ~ '^[\\x21-\\x7e]{1,255}$'),
        fingerprint text NOT NULL CHECK (length(fingerprint) = 44),
        -- The request that carries it out; one that took over after a lease ended has another.
        attempt uuid NOT NULL,
        started_at timestamptz NOT NULL DEFAULT app_now(),
        lease_until timestamptz NOT NULL,
        status integer CHECK (status BETWEEN 200 AND 299),
        body text,
        location text,
        PRIMARY KEY (tenant_id, key),
        CONSTRAINT request_answer_whole CHECK (status IS NOT NULL OR (body IS NULL AND location IS NULL))
      );
      CREATE INDEX request_answer_old ON request_answer (tenant_id, started_at);
      SELECT protect_tenant_table('request_answer'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE request_answer');
  }
}
