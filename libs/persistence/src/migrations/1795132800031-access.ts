import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * API keys get a client, scopes, limits and an end (reliability S1); the platform gets keys of its own, which belong to no
 * tenant; refusals, keys and contexts appear in the audit trail. The three questions that come before a tenant is known are
 * functions of the owner, so that the roles of the applications need no look across tenants.
 */
export class Access1795132800031 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(AUDIT_KINDS(", 'access', 'api-key', 'approval', 'context', 'tenant'"));
    await runner.query(TABLES);
    await runner.query(AUTHENTICATION);
    await runner.query(TENANTS);
    await runner.query(APPROVALS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE approval;
      DROP FUNCTION approval_moves();
      DROP FUNCTION tenant_of_request(text);
      DROP FUNCTION tenants_page(integer, uuid);
      DROP FUNCTION tenant_exists(uuid);
      DROP FUNCTION authenticate_api_key(bytea);
      DROP TABLE platform_key;
      DROP TRIGGER api_key_only_ends ON api_key;
      DROP FUNCTION api_key_only_ends();
      DROP INDEX api_key_of_request;
      ALTER TABLE tenant DROP COLUMN idempotency_key, DROP COLUMN fingerprint;
      ALTER TABLE api_key DROP COLUMN client, DROP COLUMN scopes, DROP COLUMN contexts, DROP COLUMN ip_ranges,
        DROP COLUMN created_by, DROP COLUMN expires_at, DROP COLUMN last_used_at, DROP COLUMN idempotency_key,
        DROP COLUMN fingerprint;
    `);
    // Entries of the new kinds stay: an audit trail only grows.
    await runner.query(AUDIT_KINDS('', 'NOT VALID'));
  }
}

const AUDIT_KINDS = (more: string, validity = ''): string => `
  ALTER TABLE audit_entry
    DROP CONSTRAINT audit_entry_subject_kind_check,
    ADD CONSTRAINT audit_entry_subject_kind_check
      CHECK (subject_kind IN ('invoice', 'batch', 'certificate', 'outage', 'policy'${more})) ${validity};`;

const EVERYTHING = `ARRAY['read', 'issue', 'resend', 'correct', 'keys', 'audit', 'administer']`;

const TABLES = `
  ALTER TABLE api_key
    ADD COLUMN client text,
    ADD COLUMN scopes text[] NOT NULL DEFAULT ${EVERYTHING}
      CHECK (cardinality(scopes) > 0 AND scopes <@ ${EVERYTHING}),
    ADD COLUMN contexts text[] CHECK (cardinality(contexts) > 0),
    ADD COLUMN ip_ranges text[] CHECK (cardinality(ip_ranges) > 0),
    ADD COLUMN created_by text NOT NULL DEFAULT 'installation',
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN idempotency_key text,
    ADD COLUMN fingerprint text,
    ADD CHECK ((idempotency_key IS NULL) = (fingerprint IS NULL));
  -- Keys from before last a year from their making. A key without a client is its own.
  UPDATE api_key SET expires_at = created_at + interval '365 days';
  ALTER TABLE api_key
    ALTER COLUMN expires_at SET NOT NULL,
    ALTER COLUMN expires_at SET DEFAULT app_now() + interval '365 days',
    ADD CHECK (expires_at > created_at AND expires_at <= created_at + interval '366 days');
  CREATE UNIQUE INDEX api_key_of_request ON api_key (tenant_id, idempotency_key);

  -- A key is never given more than it was made with: it is used, and it ends.
  CREATE FUNCTION api_key_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF to_jsonb(OLD) - 'revoked_at' - 'last_used_at' <> to_jsonb(NEW) - 'revoked_at' - 'last_used_at'
      OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
    THEN
      RAISE EXCEPTION 'an API key is used and ends, and changes in no other way' USING ERRCODE = 'LA001',
        TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER api_key_only_ends BEFORE UPDATE ON api_key FOR EACH ROW EXECUTE FUNCTION api_key_only_ends();

  CREATE TABLE platform_key (
    id text PRIMARY KEY,
    sha256 bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
    created_at timestamptz NOT NULL DEFAULT app_now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    last_used_at timestamptz,
    CHECK (expires_at > created_at AND expires_at <= created_at + interval '366 days')
  );

  ALTER TABLE tenant
    ADD COLUMN idempotency_key text UNIQUE,
    ADD COLUMN fingerprint text,
    ADD CHECK ((idempotency_key IS NULL) = (fingerprint IS NULL));`;

/** Finds a key by its hash, alive or not, and notes its use, to the minute; who waits for nobody notes nothing. */
const AUTHENTICATION = `
  CREATE FUNCTION authenticate_api_key(hash bytea)
    RETURNS TABLE (tenant_id uuid, id text, client text, permissions text[], contexts text[], ip_ranges text[],
      expires_at timestamptz, revoked_at timestamptz)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  #variable_conflict use_column
  BEGIN
    UPDATE api_key SET last_used_at = app_now()
    WHERE (tenant_id, id) = (
      SELECT tenant_id, id FROM api_key
      WHERE sha256 = hash AND revoked_at IS NULL AND expires_at > app_now()
        AND (last_used_at IS NULL OR last_used_at < app_now() - interval '1 minute')
      FOR UPDATE SKIP LOCKED);
    RETURN QUERY
      SELECT tenant_id, id, coalesce(client, id), scopes, contexts, ip_ranges, expires_at, revoked_at
      FROM api_key WHERE sha256 = hash;
    IF FOUND THEN RETURN; END IF;
    UPDATE platform_key SET last_used_at = app_now()
    WHERE sha256 = hash AND revoked_at IS NULL AND expires_at > app_now()
      AND (last_used_at IS NULL OR last_used_at < app_now() - interval '1 minute');
    RETURN QUERY
      SELECT NULL::uuid, id, id, ARRAY['platform'], NULL::text[], NULL::text[], expires_at, revoked_at
      FROM platform_key WHERE sha256 = hash;
  END $$;`;

/** What the platform admin may see of tenants: that they are there. */
const TENANTS = `
  CREATE FUNCTION tenant_exists(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT EXISTS (SELECT FROM tenant WHERE id = wanted);
  $$;
  CREATE FUNCTION tenants_page(most integer, beyond uuid)
    RETURNS TABLE (id uuid, name text, created_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT tenant.id, tenant.name, tenant.created_at FROM tenant
    WHERE beyond IS NULL OR tenant.id > beyond ORDER BY tenant.id LIMIT most;
  $$;
  CREATE FUNCTION tenant_of_request(wanted text)
    RETURNS TABLE (id uuid, name text, created_at timestamptz, fingerprint text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT tenant.id, tenant.name, tenant.created_at, tenant.fingerprint FROM tenant WHERE idempotency_key = wanted;
  $$;`;

/** What takes two persons: asked for, let happen by another one, done. The table of moves is the domain's. */
const APPROVALS = `
  CREATE TABLE approval (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    action jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('proposed', 'rejected', 'approved', 'done', 'refused')),
    proposed_by text NOT NULL,
    proposed_person text NOT NULL,
    proposed_at timestamptz NOT NULL,
    decided_by text,
    decided_person text,
    decided_at timestamptz,
    reason text,
    code text,
    PRIMARY KEY (tenant_id, id),
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK ((decided_by IS NULL) = (decided_person IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
    CHECK ((state = 'rejected') = (reason IS NOT NULL)),
    CHECK ((state = 'refused') = (code IS NOT NULL)),
    CHECK (state IN ('proposed', 'rejected') OR decided_by <> proposed_by)
  );
  CREATE INDEX approval_by_time ON approval (tenant_id, proposed_at DESC, id DESC);
  CREATE UNIQUE INDEX approval_open ON approval (tenant_id, md5(action::text)) WHERE state = 'proposed';

  CREATE FUNCTION approval_moves() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      IF NEW.state = 'proposed' THEN RETURN NEW; END IF;
    ELSIF (NEW.tenant_id, NEW.id, NEW.action, NEW.proposed_by, NEW.proposed_person, NEW.proposed_at)
        = (OLD.tenant_id, OLD.id, OLD.action, OLD.proposed_by, OLD.proposed_person, OLD.proposed_at)
      AND (OLD.state, NEW.state) IN (('proposed', 'rejected'), ('proposed', 'approved'), ('approved', 'done'),
        ('approved', 'refused'))
      AND (OLD.decided_by IS NULL OR NEW.decided_by = OLD.decided_by)
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an approval does not move so' USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME,
      CONSTRAINT = TG_NAME;
  END $$;
  CREATE TRIGGER approval_moves BEFORE INSERT OR UPDATE ON approval FOR EACH ROW EXECUTE FUNCTION approval_moves();`;
