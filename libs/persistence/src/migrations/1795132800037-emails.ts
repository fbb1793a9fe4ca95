import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * E-mails to buyers, and how each context sends them. One is `sending`, with the digest of what leaves, before the call, under
 * a lease with a fence; what nobody saw the end of waits for a person (docs/adr/0033).
 */
export class Emails1795132800037 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SETTINGS);
    await runner.query(EMAILS);
    await runner.query(GUARD);
    await runner.query(QUESTION);
  }

  /** Loses the settings and what waits to be sent; what was handed over stays recorded. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION tenants_with_emails();
      DROP TABLE email, email_decided, email_settings;
      DROP FUNCTION email_guard();
    `);
  }
}

const SETTINGS = `
  CREATE TABLE email_settings (
    tenant_id uuid NOT NULL,
    context_type text NOT NULL,
    context_value text NOT NULL,
    sender text NOT NULL CHECK (length(sender) <= 254),
    sender_name text CHECK (length(sender_name) <= 100),
    reply_to text CHECK (length(reply_to) <= 254),
    language text NOT NULL CHECK (language IN ('pl', 'en')),
    sending text NOT NULL CHECK (sending IN ('automatic', 'on-demand')),
    confirmations boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    PRIMARY KEY (tenant_id, context_type, context_value),
    FOREIGN KEY (tenant_id, context_type, context_value) REFERENCES tenant_context (tenant_id, type, value)
      ON DELETE CASCADE
  );

  -- Up to which event it was decided what goes by itself.
  CREATE TABLE email_decided (
    tenant_id uuid PRIMARY KEY REFERENCES tenant,
    up_to bigint NOT NULL CHECK (up_to >= 0)
  );`;

const EMAILS = `
  CREATE TABLE email (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    recipient text NOT NULL CHECK (length(recipient) <= 254),
    language text NOT NULL CHECK (language IN ('pl', 'en')),
    cause text NOT NULL CHECK (cause IN ('automatic', 'demand')),
    requested_at timestamptz NOT NULL,
    requested_by text NOT NULL,
    state text NOT NULL CHECK (state IN
      ('pending', 'preparing', 'sending', 'delivered', 'unknown', 'failed', 'withdrawn')),
    attempts integer NOT NULL CHECK (attempts >= 0),
    version integer NOT NULL CHECK (version >= 0),
    next_attempt_at timestamptz,
    lease_owner text,
    lease_until timestamptz,
    fence bigint NOT NULL DEFAULT 0,
    -- The file that left last, or may have.
    document text CHECK (document IN
      ('invoice-with-number', 'invoice-with-two-codes', 'transaction-confirmation', 'invoice-without-codes')),
    sha256 bytea CHECK (length(sha256) = 32),
    delivered_at timestamptz,
    failure_cause text CHECK (length(failure_cause) <= 300),
    failure_status integer,
    withdrawn_reason text,
    idempotency_key text,
    fingerprint text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id),
    CONSTRAINT email_key UNIQUE (tenant_id, idempotency_key),
    CONSTRAINT email_claim CHECK ((idempotency_key IS NULL) = (fingerprint IS NULL)),
    CONSTRAINT email_lease CHECK ((lease_until IS NOT NULL) = (state IN ('preparing', 'sending'))
      AND (lease_owner IS NULL) = (lease_until IS NULL)),
    CONSTRAINT email_due CHECK ((next_attempt_at IS NOT NULL) = (state = 'pending')),
    CONSTRAINT email_file CHECK ((document IS NULL) = (sha256 IS NULL)
      AND (state NOT IN ('sending', 'delivered', 'unknown') OR document IS NOT NULL)),
    CONSTRAINT email_delivered CHECK ((delivered_at IS NOT NULL) = (state = 'delivered')),
    CONSTRAINT email_failure CHECK (state NOT IN ('unknown', 'failed') OR failure_cause IS NOT NULL),
    CONSTRAINT email_withdrawn CHECK ((withdrawn_reason IS NOT NULL) = (state = 'withdrawn'))
  );
  CREATE INDEX email_of_invoice ON email (tenant_id, invoice_id, id);
  CREATE INDEX email_due ON email (next_attempt_at) WHERE state = 'pending';
  CREATE INDEX email_held ON email (lease_until) WHERE state IN ('preparing', 'sending');
  -- One at a time goes to an address by itself.
  CREATE UNIQUE INDEX email_by_itself ON email (tenant_id, invoice_id, recipient)
    WHERE cause = 'automatic' AND state IN ('pending', 'preparing', 'sending', 'unknown');`;

const GUARD = `
  CREATE FUNCTION email_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      IF NEW.state <> 'pending' OR NEW.version <> 0 THEN
        RAISE EXCEPTION 'e-mail %: begins in state %', NEW.id, NEW.state
          USING ERRCODE = 'LA002', TABLE = 'email', CONSTRAINT = 'email_transition';
      END IF;
      RETURN NEW;
    END IF;
    IF (OLD.state, NEW.state) NOT IN (
      ('pending', 'preparing'),
      ('preparing', 'preparing'), ('preparing', 'pending'), ('preparing', 'sending'), ('preparing', 'failed'),
      ('preparing', 'withdrawn'),
      ('sending', 'pending'), ('sending', 'delivered'), ('sending', 'unknown'), ('sending', 'failed'),
      ('unknown', 'pending'), ('unknown', 'delivered'), ('unknown', 'failed'),
      ('failed', 'pending')) THEN
      RAISE EXCEPTION 'e-mail %: no move from % to %', OLD.id, OLD.state, NEW.state
        USING ERRCODE = 'LA002', TABLE = 'email', CONSTRAINT = 'email_transition';
    END IF;
    IF NEW.fence < OLD.fence OR (NEW.state = 'preparing' AND NEW.fence <= OLD.fence) THEN
      RAISE EXCEPTION 'e-mail %: a lease is taken with a new fence', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'email', CONSTRAINT = 'email_fence';
    END IF;
    IF (NEW.tenant_id, NEW.id, NEW.invoice_id, NEW.recipient, NEW.language, NEW.cause, NEW.requested_at,
        NEW.requested_by, NEW.idempotency_key, NEW.fingerprint)
      IS DISTINCT FROM
       (OLD.tenant_id, OLD.id, OLD.invoice_id, OLD.recipient, OLD.language, OLD.cause, OLD.requested_at,
        OLD.requested_by, OLD.idempotency_key, OLD.fingerprint) THEN
      RAISE EXCEPTION 'e-mail %: what was wanted stays', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'email', CONSTRAINT = 'email_identity';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER email_guard BEFORE INSERT OR UPDATE ON email FOR EACH ROW EXECUTE FUNCTION email_guard();
  CREATE TRIGGER email_is_kept BEFORE DELETE ON email FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER email_stays BEFORE TRUNCATE ON email FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`;

const QUESTION = `
  CREATE FUNCTION tenants_with_emails() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    BEGIN ATOMIC
      SELECT tenant_id FROM email WHERE state = 'pending' AND next_attempt_at <= (SELECT app_now())
      UNION
      SELECT tenant_id FROM email WHERE state IN ('preparing', 'sending') AND lease_until < (SELECT app_now())
      UNION
      SELECT decided.tenant_id
      FROM email_decided AS decided LEFT JOIN event_counter AS counter USING (tenant_id)
      WHERE EXISTS (SELECT FROM email_settings AS settings
          WHERE settings.tenant_id = decided.tenant_id AND settings.sending = 'automatic')
        AND (decided.up_to < coalesce(counter.last, 0) OR EXISTS (SELECT FROM outbox_event AS event
          WHERE event.tenant_id = decided.tenant_id AND event.sequence IS NULL));
    END;`;
