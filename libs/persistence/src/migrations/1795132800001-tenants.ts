import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tenants, their contexts, API keys and certificates, and what the later tables share. */
export class Tenants1795132800001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The only clock of leases, next actions and waiting times. A simulation replaces its body.
      CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
        RETURN clock_timestamp();

      -- For tables whose rows are written once.
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'rows of % are written once; % refused', TG_TABLE_NAME, TG_OP
          USING ERRCODE = 'LA001', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
      END $$;

      CREATE TABLE tenant (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT app_now()
      );

      CREATE TABLE tenant_context (
        tenant_id uuid NOT NULL REFERENCES tenant,
        id uuid NOT NULL,
        type text NOT NULL CHECK (type IN ('Nip', 'InternalId', 'NipVatUe', 'PeppolId')),
        value text NOT NULL,
        name text NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, type, value)
      );

      CREATE TABLE api_key (
        tenant_id uuid NOT NULL REFERENCES tenant,
        id text NOT NULL,
        sha256 bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
        created_at timestamptz NOT NULL DEFAULT app_now(),
        revoked_at timestamptz,
        PRIMARY KEY (tenant_id, id)
      );

      CREATE TABLE certificate (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        context_type text NOT NULL,
        context_value text NOT NULL,
        purpose text NOT NULL CHECK (purpose IN ('offline', 'authentication')),
        serial text NOT NULL CHECK (serial ~ '^[0-9A-F]{16}$'),
        key_algorithm text NOT NULL CHECK (key_algorithm IN ('rsa', 'ec-p256')),
        der bytea NOT NULL,
        subject text NOT NULL,
        not_before timestamptz NOT NULL,
        not_after timestamptz NOT NULL,
        sealed_key bytea NOT NULL,
        added_at timestamptz NOT NULL DEFAULT app_now(),
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, context_type, context_value) REFERENCES tenant_context (tenant_id, type, value)
      );
      CREATE INDEX certificate_of_context ON certificate (tenant_id, context_type, context_value, purpose);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE certificate, api_key, tenant_context, tenant;
      DROP FUNCTION refuse_change();
      DROP FUNCTION app_now();
    `);
  }
}
