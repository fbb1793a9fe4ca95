import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Audit entries get a hash of their own when they are written; a worker seals them later, in blocks that are chained for
 * each tenant (docs/adr/0026). What is sealed is never touched again, and issuing waits for no chain.
 */
export class AuditSeals1795132800040 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ENTRY_HASH);
    await runner.query(BLOCKS);
    await runner.query(SEALING);
    await runner.query(BACKFILL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION audit_checkpoints();
      DROP FUNCTION tenants_with_unsealed_audit();
      DROP FUNCTION seal_audit_entries(uuid, integer);
      DROP TRIGGER audit_entry_announced ON audit_entry;
      DROP TRIGGER audit_entry_hashed ON audit_entry;
      DROP FUNCTION audit_entry_announced();
      DROP FUNCTION audit_entry_hashed();
      DROP TABLE audit_unsealed, audit_block;
      DROP FUNCTION audit_entry_text(audit_entry);
      ALTER TABLE audit_entry DROP COLUMN sha256;
    `);
  }
}

/**
 * The text that is hashed holds every column that has a value, as jsonb writes them: a later column that is null where it
 * was not known leaves the hashes of old entries as they are.
 */
const ENTRY_HASH = `
  ALTER TABLE audit_entry ADD COLUMN sha256 bytea CHECK (length(sha256) = 32);
  CREATE FUNCTION audit_entry_text(entry audit_entry) RETURNS text LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
    SELECT jsonb_object_agg(key, value)::text FROM jsonb_each(to_jsonb(entry)) WHERE key <> 'sha256' AND value <> 'null'
  $$;
  CREATE FUNCTION audit_entry_hashed() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    NEW.sha256 := sha256(convert_to(audit_entry_text(NEW), 'UTF8'));
    RETURN NEW;
  END $$;
  CREATE TRIGGER audit_entry_hashed BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_hashed();`;

const BLOCKS = `
  CREATE TABLE audit_block (
    tenant_id uuid NOT NULL REFERENCES tenant,
    number bigint NOT NULL CHECK (number > 0),
    sealed_at timestamptz NOT NULL,
    -- Of the block before; 32 zero bytes in the first.
    previous_sha256 bytea NOT NULL CHECK (length(previous_sha256) = 32),
    entry_ids bigint[] NOT NULL CHECK (cardinality(entry_ids) > 0),
    -- Of each entry, 32 bytes, in the order of the ids.
    entry_hashes bytea NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (tenant_id, number),
    CONSTRAINT audit_block_hashes CHECK (length(entry_hashes) = 32 * cardinality(entry_ids))
  );
  CREATE TRIGGER audit_block_is_kept BEFORE UPDATE OR DELETE ON audit_block
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER audit_block_stays BEFORE TRUNCATE ON audit_block
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

  -- Written with the entry, gone when it is sealed: whoever sees a row here sees an entry that was committed.
  CREATE TABLE audit_unsealed (
    tenant_id uuid NOT NULL,
    entry_id bigint NOT NULL,
    PRIMARY KEY (tenant_id, entry_id)
  );
  CREATE FUNCTION audit_entry_announced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
  BEGIN
    INSERT INTO audit_unsealed (tenant_id, entry_id) SELECT tenant_id, id FROM written;
    RETURN NULL;
  END $$;
  CREATE TRIGGER audit_entry_announced AFTER INSERT ON audit_entry REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_announced();`;

/** A tenant is sealed by one worker at a time; the other finds the lock taken and leaves it. */
const SEALING = `
  CREATE FUNCTION tenants_with_unsealed_audit() RETURNS TABLE (tenant_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT tenant.id FROM tenant
    WHERE EXISTS (SELECT FROM audit_unsealed AS waiting WHERE waiting.tenant_id = tenant.id) ORDER BY tenant.id
  $$;

  CREATE FUNCTION seal_audit_entries(of_tenant uuid, most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
  DECLARE
    ids bigint[];
    hashes bytea;
    block_number bigint;
    previous bytea;
    now_at timestamptz := app_now();
  BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('audit-seal/' || of_tenant, 0)) THEN
      RETURN 0;
    END IF;
    SELECT array_agg(due.id ORDER BY due.id), string_agg(due.sha256, ''::bytea ORDER BY due.id) INTO ids, hashes
    FROM (
      SELECT entry.id, entry.sha256
      FROM audit_unsealed AS waiting
        JOIN audit_entry AS entry ON entry.tenant_id = waiting.tenant_id AND entry.id = waiting.entry_id
      WHERE waiting.tenant_id = of_tenant
      ORDER BY waiting.entry_id
      LIMIT most
    ) AS due;
    IF ids IS NULL THEN
      RETURN 0;
    END IF;
    SELECT number + 1, sha256 INTO block_number, previous
    FROM audit_block WHERE tenant_id = of_tenant ORDER BY number DESC LIMIT 1;
    block_number := coalesce(block_number, 1);
    previous := coalesce(previous, decode(repeat('00', 32), 'hex'));
    INSERT INTO audit_block (tenant_id, number, sealed_at, previous_sha256, entry_ids, entry_hashes, sha256)
    VALUES (of_tenant, block_number, now_at, previous, ids, hashes, sha256(convert_to(concat_ws(E'\\n',
      'latarnik-audit-block-1', of_tenant, block_number, (extract(epoch FROM now_at) * 1000000)::bigint,
      encode(previous, 'hex'), array_to_string(ids, ','), encode(hashes, 'hex')), 'UTF8')));
    DELETE FROM audit_unsealed WHERE tenant_id = of_tenant AND entry_id = ANY (ids);
    RETURN cardinality(ids);
  END $$;

  CREATE FUNCTION audit_checkpoints() RETURNS TABLE (tenant_id uuid, number bigint, sha256 bytea) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT tenant.id, newest.number, newest.sha256
    FROM tenant CROSS JOIN LATERAL (
      SELECT block.number, block.sha256 FROM audit_block AS block
      WHERE block.tenant_id = tenant.id ORDER BY block.number DESC LIMIT 1
    ) AS newest
    ORDER BY tenant.id
  $$;`;

const BACKFILL = `
  ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_is_kept;
  UPDATE audit_entry SET sha256 = sha256(convert_to(audit_entry_text(audit_entry), 'UTF8'));
  ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_is_kept;
  ALTER TABLE audit_entry ALTER COLUMN sha256 SET NOT NULL;
  INSERT INTO audit_unsealed (tenant_id, entry_id) SELECT tenant_id, id FROM audit_entry;`;
