import type { MigrationInterface, QueryRunner } from 'typeorm';
import { PROTECTION, ROLES, WITHOUT_PROTECTION } from './1795132800041-database-security.roles.js';
import { SYSTEM_READS, WITHOUT_SYSTEM_READS } from './1795132800041-database-security.reads.js';

/**
 * Row-level security in every table that knows tenants, rights by role, and functions for the few questions that concern
 * all tenants (docs/adr/0025; reliability S6, S26). A later migration calls `protect_tenant_table`, `grant_by_need` or
 * `protect_system_function` for what it adds; a test finds what was forgotten.
 */
export class DatabaseSecurity1795132800041 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ROLES);
    await runner.query(PROTECTION);
    await runner.query(SYSTEM_READS);
    await runner.query(EVERYTHING);
    await runner.query(EXCEPTIONS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(NOTHING);
    await runner.query(WITHOUT_SYSTEM_READS);
    await runner.query(WITHOUT_PROTECTION);
  }
}

/** What the API asks before it knows a tenant, and of tenants as such; the worker never does. */
const OF_THE_API = [
  ...['authenticate_api_key', 'tenant_exists', 'tenants_page', 'tenant_of_request'],
  ...['take_requests', 'forget_full_buckets'],
];

const CALLERS = `CASE
  WHEN definer.proname = ANY ('{${OF_THE_API.join(',')}}') THEN '{latarnik_api}'
  WHEN definer.proname = 'sealed_ids_of_version' THEN '{latarnik_api,latarnik_worker}'
  WHEN definer.proname = 'all_tenants' THEN '{latarnik_worker,latarnik_auditor}'
  ELSE '{latarnik_worker}' END::name[]`;

/** Also what migrations before this one made: functions that run with the rights of their owner get the owner they need. */
const EVERYTHING = `
  GRANT USAGE ON SCHEMA public TO latarnik_api, latarnik_worker, latarnik_auditor, latarnik_across;
  REVOKE CREATE ON SCHEMA public FROM PUBLIC;
  DO $$
  DECLARE
    relation regclass;
    definer record;
  BEGIN
    FOR relation IN
      SELECT oid FROM pg_class
      WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname <> 'migration' ORDER BY relname
    LOOP
      IF relation = 'tenant'::regclass THEN
        PERFORM protect_tenant_table(relation, 'id');
      ELSIF EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation AND attname = 'tenant_id' AND NOT attisdropped) THEN
        PERFORM protect_tenant_table(relation);
      ELSE
        PERFORM grant_by_need(relation);
      END IF;
    END LOOP;
    FOR definer IN
      SELECT oid, proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY proname
    LOOP
      PERFORM protect_system_function(definer.oid, VARIADIC ${CALLERS});
    END LOOP;
  END $$;`;

/**
 * Keys are the API's alone; the audit chain is written by its own functions. What runs in a function of all tenants may
 * read, and write only what it is for.
 */
const EXCEPTIONS = `
  REVOKE ALL ON api_key FROM latarnik_worker;
  REVOKE INSERT, UPDATE, DELETE ON tenant FROM latarnik_worker;
  REVOKE DELETE ON tenant FROM latarnik_api;
  REVOKE ALL ON platform_key, request_bucket FROM latarnik_api, latarnik_worker, latarnik_auditor;
  REVOKE ALL ON audit_unsealed FROM latarnik_api, latarnik_worker;
  REVOKE INSERT, UPDATE, DELETE ON audit_block FROM latarnik_api, latarnik_worker;
  GRANT INSERT, DELETE ON audit_unsealed TO latarnik_across;
  GRANT INSERT ON audit_block TO latarnik_across;
  GRANT UPDATE ON batch, api_key, platform_key TO latarnik_across;
  GRANT INSERT, UPDATE, DELETE ON request_bucket TO latarnik_across;`;

/**
 * The roles stay: they belong to the server, and other databases may use them. To take functions back, who undoes this
 * inherits the rights of latarnik_across meanwhile, which it may have to be given by an administrator.
 */
const NOTHING = `
  DO $$
  DECLARE
    relation regclass;
    definer regprocedure;
    is_across boolean := pg_has_role(current_user, 'latarnik_across', 'USAGE');
  BEGIN
    IF NOT is_across THEN
      EXECUTE format('GRANT latarnik_across TO %I WITH INHERIT TRUE', current_user);
    END IF;
    FOR relation IN
      SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY relname
    LOOP
      EXECUTE format('DROP POLICY IF EXISTS own_tenant ON %s', relation);
      EXECUTE format('DROP POLICY IF EXISTS across_tenants ON %s', relation);
      EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY', relation);
      EXECUTE format('REVOKE ALL ON %s FROM latarnik_api, latarnik_worker, latarnik_auditor, latarnik_across', relation);
    END LOOP;
    FOR definer IN SELECT oid FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace LOOP
      EXECUTE format('ALTER FUNCTION %s OWNER TO CURRENT_USER', definer);
      EXECUTE format('REVOKE ALL ON FUNCTION %s FROM latarnik_api, latarnik_worker, latarnik_auditor', definer);
    END LOOP;
    IF NOT is_across THEN
      EXECUTE format('GRANT latarnik_across TO %I WITH INHERIT FALSE', current_user);
    END IF;
  END $$;
  REVOKE ALL ON SCHEMA public FROM latarnik_api, latarnik_worker, latarnik_auditor, latarnik_across;`;
