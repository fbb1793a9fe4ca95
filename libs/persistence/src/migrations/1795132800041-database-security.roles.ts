/**
 * Roles belong to the server, not to the database: another database's migration may make them at the same moment, and an
 * administrator may have made them before. None of them logs in; logins are granted them.
 */
export const ROLES = `
  DO $$
  DECLARE
    wanted name;
    knows_set boolean := current_setting('server_version_num')::integer >= 160000;
  BEGIN
    FOREACH wanted IN ARRAY ARRAY['latarnik_api', 'latarnik_worker', 'latarnik_auditor', 'latarnik_across'] LOOP
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
        BEGIN
          EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', wanted);
        EXCEPTION
          WHEN duplicate_object OR unique_violation THEN NULL;
          WHEN insufficient_privilege THEN
            RAISE EXCEPTION USING ERRCODE = 'LA010', MESSAGE = format(
              'role %s does not exist and %s may not create it: give it CREATEROLE, or let an administrator run '
              'CREATE ROLE latarnik_api; CREATE ROLE latarnik_worker; CREATE ROLE latarnik_auditor; '
              'CREATE ROLE latarnik_across; GRANT latarnik_across TO %I', wanted, current_user, current_user);
        END;
      END IF;
      IF EXISTS (SELECT FROM pg_roles WHERE rolname = wanted AND (rolsuper OR rolbypassrls OR rolcreaterole)) THEN
        RAISE EXCEPTION USING ERRCODE = 'LA010', MESSAGE = format(
          'role %s has more rights than it may have: ALTER ROLE %s NOSUPERUSER NOBYPASSRLS NOCREATEROLE', wanted, wanted);
      END IF;
    END LOOP;
    IF NOT pg_has_role(current_user, 'latarnik_across', CASE WHEN knows_set THEN 'SET' ELSE 'MEMBER' END) THEN
      -- To hand functions over to it; without inheriting that it sees all tenants, where the server can say so.
      BEGIN
        EXECUTE format('GRANT latarnik_across TO %I', current_user)
          || CASE WHEN knows_set THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
      EXCEPTION
        WHEN unique_violation THEN NULL;
        WHEN insufficient_privilege THEN
          RAISE EXCEPTION USING ERRCODE = 'LA010', MESSAGE = format(
            '%s may not hand functions to latarnik_across: an administrator runs GRANT latarnik_across TO %I',
            current_user, current_user);
      END;
    END IF;
  END $$;`;

/** `current_tenant` is null when no tenant is set, and null equals nothing. */
export const PROTECTION = `
  CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('latarnik.tenant_id', true), '')::uuid $$;

  -- Reads, and what the guards of the table do not refuse anyway. Moves between states are read only; auditors read all
  -- but secrets.
  CREATE FUNCTION grant_by_need(relation regclass) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    refused integer := coalesce((
      SELECT bit_or(tgtype::integer) FROM pg_trigger
      WHERE tgrelid = relation AND tgfoid = 'refuse_change()'::regprocedure AND tgtype & 1 = 1 AND tgqual IS NULL), 0);
    rights text := 'SELECT';
    readable text;
  BEGIN
    IF relation::text !~ '_transition$' THEN
      rights := rights || ', INSERT' || CASE WHEN refused & 16 = 0 THEN ', UPDATE' ELSE '' END
        || CASE WHEN refused & 8 = 0 THEN ', DELETE' ELSE '' END;
    END IF;
    EXECUTE format('GRANT %s ON %s TO latarnik_api, latarnik_worker', rights, relation);
    EXECUTE format('GRANT SELECT ON %s TO latarnik_across', relation);
    SELECT CASE WHEN bool_or(is_secret)
      THEN '(' || string_agg(quote_ident(attname), ', ') FILTER (WHERE NOT is_secret) || ')' ELSE '' END INTO readable
    FROM (
      SELECT attname, attname ~ '^sealed_(.*_)?key$|secret' OR relation = 'api_key'::regclass AND attname ~ '(sha256|hash)' AS is_secret
      FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
    ) AS columns;
    EXECUTE format('GRANT SELECT %s ON %s TO latarnik_auditor', readable, relation);
  END $$;

  -- A row without a tenant, where there may be any, is read by all and written by what belongs to no tenant.
  CREATE FUNCTION protect_tenant_table(relation regclass, tenant_column name DEFAULT 'tenant_id') RETURNS void
    LANGUAGE plpgsql AS $$
  DECLARE
    may_be_shared boolean := (
      SELECT NOT attnotnull FROM pg_attribute WHERE attrelid = relation AND attname = tenant_column);
  BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', relation);
    EXECUTE format('DROP POLICY IF EXISTS own_tenant ON %s', relation);
    EXECUTE format('DROP POLICY IF EXISTS across_tenants ON %s', relation);
    EXECUTE format(
      CASE WHEN may_be_shared THEN 'CREATE POLICY own_tenant ON %1$s USING (%2$I = current_tenant() OR %2$I IS NULL)
        WITH CHECK (%2$I IS NOT DISTINCT FROM current_tenant())'
      ELSE 'CREATE POLICY own_tenant ON %1$s USING (%2$I = current_tenant()) WITH CHECK (%2$I = current_tenant())' END,
      relation, tenant_column);
    EXECUTE format('CREATE POLICY across_tenants ON %s TO latarnik_across USING (true) WITH CHECK (true)', relation);
    PERFORM grant_by_need(relation);
  END $$;

  -- Runs as latarnik_across, which no login is granted; may be called by the roles that are named, and by nobody else.
  CREATE FUNCTION protect_system_function(definer regprocedure, VARIADIC callers name[]) RETURNS void
    LANGUAGE plpgsql AS $$
  DECLARE
    caller name;
    may_create boolean := has_schema_privilege('latarnik_across', 'public', 'CREATE');
  BEGIN
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp', definer);
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', definer);
    FOREACH caller IN ARRAY callers LOOP
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', definer, caller);
    END LOOP;
    GRANT CREATE ON SCHEMA public TO latarnik_across;
    EXECUTE format('ALTER FUNCTION %s OWNER TO latarnik_across', definer);
    IF NOT may_create THEN
      REVOKE CREATE ON SCHEMA public FROM latarnik_across;
    END IF;
  END $$;
  REVOKE ALL ON FUNCTION grant_by_need(regclass), protect_tenant_table(regclass, name),
    protect_system_function(regprocedure, name[]) FROM PUBLIC;`;

export const WITHOUT_PROTECTION = `
  DROP FUNCTION protect_system_function(regprocedure, name[]);
  DROP FUNCTION protect_tenant_table(regclass, name);
  DROP FUNCTION grant_by_need(regclass);
  DROP FUNCTION current_tenant();`;
