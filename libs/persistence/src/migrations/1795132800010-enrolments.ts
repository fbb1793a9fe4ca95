import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The life of certificates with KSeF: applications for them, what KSeF says of them, their revocation, and the warnings
 * of their end.
 */
export class Enrolments1795132800010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ENROLMENT);
    await runner.query(ENROLMENT_GUARD);
    await runner.query(CERTIFICATE_AT_KSEF);
    await runner.query(REVOCATION_GUARD);
    await runner.query(LOOKS_AND_WARNINGS);
  }

  /** Loses the enrolments with their keys, what KSeF said, wishes to revoke and warnings: they had no place before. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE certificate_warning, certificate_sync;
      DROP TRIGGER certificate_revocation_guard ON certificate;
      DROP FUNCTION certificate_revocation_guard();
      DROP INDEX certificate_revocation_due;
      ALTER TABLE certificate
        DROP CONSTRAINT certificate_remote,
        DROP CONSTRAINT certificate_revocation,
        DROP COLUMN remote_state,
        DROP COLUMN remote_type,
        DROP COLUMN remote_not_after,
        DROP COLUMN remote_synced_at,
        DROP COLUMN revocation_state,
        DROP COLUMN revocation_reason,
        DROP COLUMN revocation_person,
        DROP COLUMN revocation_requested_at,
        DROP COLUMN revocation_settled_at,
        DROP COLUMN revocation_refusal,
        DROP COLUMN revocation_look_after;
      DROP TABLE enrolment, enrolment_transition;
      DROP FUNCTION enrolment_guard();
    `);
  }
}

/** Each state has its own data. The key is gone once the certificate has it, or there will be none. */
const ENROLMENT = `
  CREATE TABLE enrolment (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    context_type text NOT NULL,
    context_value text NOT NULL,
    name text NOT NULL,
    type text NOT NULL CHECK (type IN ('offline', 'authentication')),
    key_algorithm text NOT NULL CHECK (key_algorithm IN ('rsa', 'ec-p256')),
    valid_from timestamptz,
    planned_at timestamptz NOT NULL,
    idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    fingerprint text NOT NULL,
    state text NOT NULL
      CHECK (state IN ('prepared', 'sending', 'submitted', 'issued', 'completed', 'refused')),
    sendings smallint NOT NULL CHECK (sendings >= 0),
    csr bytea,
    key_fingerprint text,
    sealed_key bytea,
    sent_at timestamptz,
    remaining_before integer,
    reference text,
    serial text CHECK (serial ~ '^[0-9A-F]{16}$'),
    refusal jsonb,
    version integer NOT NULL CHECK (version >= 0),
    look_after timestamptz NOT NULL DEFAULT app_now(),
    updated_at timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, idempotency_key),
    FOREIGN KEY (tenant_id, context_type, context_value) REFERENCES tenant_context (tenant_id, type, value),
    CONSTRAINT enrolment_key CHECK (
      num_nonnulls(csr, key_fingerprint, sealed_key) = CASE WHEN state IN ('completed', 'refused') THEN 0 ELSE 3 END),
    CONSTRAINT enrolment_sending CHECK (
      num_nonnulls(sent_at, remaining_before) = CASE WHEN state IN ('sending', 'submitted') THEN 2 ELSE 0 END
      AND (sendings > 0 OR state IN ('prepared', 'refused'))),
    CONSTRAINT enrolment_reference CHECK ((reference IS NOT NULL) = (state = 'submitted')),
    CONSTRAINT enrolment_serial CHECK ((serial IS NOT NULL) = (state IN ('issued', 'completed'))),
    CONSTRAINT enrolment_refusal CHECK ((refusal IS NOT NULL) = (state = 'refused'))
  );
  CREATE UNIQUE INDEX enrolment_under_way ON enrolment (tenant_id, context_type, context_value, type)
    WHERE state NOT IN ('completed', 'refused');
  CREATE INDEX enrolment_due ON enrolment (tenant_id, look_after) WHERE state NOT IN ('completed', 'refused');`;

const ENROLMENT_GUARD = `
  CREATE TABLE enrolment_transition (
    from_state text NOT NULL,
    to_state text NOT NULL,
    PRIMARY KEY (from_state, to_state)
  );
  INSERT INTO enrolment_transition (from_state, to_state) VALUES
    ('prepared', 'sending'), ('prepared', 'refused'),
    ('sending', 'prepared'), ('sending', 'submitted'), ('sending', 'issued'), ('sending', 'refused'),
    ('submitted', 'prepared'), ('submitted', 'sending'), ('submitted', 'issued'), ('submitted', 'refused'),
    ('issued', 'completed'), ('issued', 'refused');

  CREATE FUNCTION enrolment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      IF NEW.state <> 'prepared' THEN
        RAISE EXCEPTION 'enrolment %: begins in state %', NEW.id, NEW.state
          USING ERRCODE = 'LA002', TABLE = 'enrolment', CONSTRAINT = 'enrolment_transition';
      END IF;
      RETURN NEW;
    END IF;
    IF (NEW.tenant_id, NEW.id, NEW.context_type, NEW.context_value, NEW.name, NEW.type, NEW.key_algorithm,
        NEW.valid_from, NEW.planned_at, NEW.idempotency_key, NEW.fingerprint)
      IS DISTINCT FROM
       (OLD.tenant_id, OLD.id, OLD.context_type, OLD.context_value, OLD.name, OLD.type, OLD.key_algorithm,
        OLD.valid_from, OLD.planned_at, OLD.idempotency_key, OLD.fingerprint)
      OR (NEW.csr IS NOT NULL AND (NEW.csr, NEW.key_fingerprint) IS DISTINCT FROM (OLD.csr, OLD.key_fingerprint))
    THEN
      RAISE EXCEPTION 'enrolment %: what is applied for never changes', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'enrolment', CONSTRAINT = 'enrolment_identity';
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
      SELECT FROM enrolment_transition WHERE from_state = OLD.state AND to_state = NEW.state)
    THEN
      RAISE EXCEPTION 'enrolment %: no move from % to %', OLD.id, OLD.state, NEW.state
        USING ERRCODE = 'LA002', TABLE = 'enrolment', CONSTRAINT = 'enrolment_transition';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER enrolment_guard BEFORE INSERT OR UPDATE ON enrolment
    FOR EACH ROW EXECUTE FUNCTION enrolment_guard();
  CREATE TRIGGER enrolment_is_kept BEFORE DELETE ON enrolment
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER enrolment_stays BEFORE TRUNCATE ON enrolment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`;

/** `remote_not_after` may be before `not_after`. What was wished is kept when KSeF refuses, until it is wished again. */
const CERTIFICATE_AT_KSEF = `
  ALTER TABLE certificate
    ADD COLUMN remote_state text CHECK (remote_state IN ('active', 'blocked', 'revoked', 'expired', 'unknown')),
    ADD COLUMN remote_type text CHECK (remote_type IN ('offline', 'authentication')),
    ADD COLUMN remote_not_after timestamptz,
    ADD COLUMN remote_synced_at timestamptz,
    ADD COLUMN revocation_state text CHECK (revocation_state IN ('sending', 'done', 'refused')),
    ADD COLUMN revocation_reason text CHECK (revocation_reason IN ('unspecified', 'superseded', 'key-compromise')),
    ADD COLUMN revocation_person text CHECK (revocation_person <> ''),
    ADD COLUMN revocation_requested_at timestamptz,
    ADD COLUMN revocation_settled_at timestamptz,
    ADD COLUMN revocation_refusal jsonb,
    ADD COLUMN revocation_look_after timestamptz,
    ADD CONSTRAINT certificate_remote CHECK (
      (remote_state IS NULL) = (remote_synced_at IS NULL)
      AND num_nonnulls(remote_type, remote_not_after)
        = CASE WHEN remote_state IS NULL OR remote_state = 'unknown' THEN 0 ELSE 2 END),
    ADD CONSTRAINT certificate_revocation CHECK (
      num_nonnulls(revocation_reason, revocation_person, revocation_requested_at)
        = CASE WHEN revocation_state IS NULL THEN 0 ELSE 3 END
      AND (revocation_settled_at IS NOT NULL) = coalesce(revocation_state IN ('done', 'refused'), false)
      AND (revocation_refusal IS NOT NULL) = coalesce(revocation_state = 'refused', false)
      AND (revocation_look_after IS NOT NULL) = coalesce(revocation_state = 'sending', false));
  CREATE INDEX certificate_revocation_due ON certificate (tenant_id, revocation_look_after)
    WHERE revocation_state = 'sending';`;

/** The moves of a wish to revoke: one that was carried out stays. */
const REVOCATION_GUARD = `
  CREATE FUNCTION certificate_revocation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF (OLD.revocation_state, NEW.revocation_state) IN (('sending', 'done'), ('sending', 'refused'), ('refused', 'sending'))
      OR (OLD.revocation_state IS NULL AND NEW.revocation_state = 'sending')
    THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION 'certificate %: no revocation from % to %', OLD.id, OLD.revocation_state, NEW.revocation_state
      USING ERRCODE = 'LA002', TABLE = 'certificate', CONSTRAINT = 'certificate_revocation_transition';
  END $$;
  CREATE TRIGGER certificate_revocation_guard BEFORE UPDATE OF revocation_state ON certificate
    FOR EACH ROW WHEN (OLD.revocation_state IS DISTINCT FROM NEW.revocation_state)
    EXECUTE FUNCTION certificate_revocation_guard();`;

const LOOKS_AND_WARNINGS = `
  CREATE TABLE certificate_sync (
    tenant_id uuid NOT NULL,
    context_type text NOT NULL,
    context_value text NOT NULL,
    next_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, context_type, context_value),
    FOREIGN KEY (tenant_id, context_type, context_value) REFERENCES tenant_context (tenant_id, type, value)
  );

  CREATE TABLE certificate_warning (
    tenant_id uuid NOT NULL,
    certificate_id uuid NOT NULL,
    stage text NOT NULL
      CHECK (stage IN ('60d', '30d', '14d', '7d', '1d', 'before-deadline', 'open-deadline')),
    ends_at timestamptz NOT NULL,
    deadline_at timestamptz,
    raised_at timestamptz NOT NULL,
    arrival bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant_id, certificate_id, stage),
    FOREIGN KEY (tenant_id, certificate_id) REFERENCES certificate (tenant_id, id),
    CONSTRAINT certificate_warning_deadline CHECK ((deadline_at IS NOT NULL) = (stage = 'before-deadline'))
  );
  CREATE TRIGGER certificate_warning_is_kept BEFORE UPDATE OR DELETE ON certificate_warning
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER certificate_warning_stays BEFORE TRUNCATE ON certificate_warning
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`;
