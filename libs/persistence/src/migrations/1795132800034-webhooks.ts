import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Receivers of events, their sealed secrets, and each event on its way to each of them. A delivery is `sending` before the
 * call, under a lease with a fence; what nobody saw the end of is sent again with the same id (docs/adr/0031).
 */
export class Webhooks1795132800034 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(WEBHOOKS);
    await runner.query(DELIVERIES);
    await runner.query(QUESTIONS);
    await runner.query(auditKind("'policy'::text", "'policy'::text, 'webhook'::text", ''));
  }

  /** Loses the webhooks; audit rows about them stay. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(auditKind(", 'webhook'::text", '', 'NOT VALID'));
    await runner.query(`
      DROP FUNCTION webhooks_due(integer), tenants_with_new_events();
      DROP TABLE webhook_delivery, webhook_secret, webhook;
      DROP FUNCTION webhook_guard(), webhook_delivery_guard();
    `);
  }
}

const WEBHOOKS = `
  CREATE TABLE webhook (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('enabled', 'disabled', 'deleted')),
    url text NOT NULL CHECK (url ~ '^https?://' AND length(url) <= 2000),
    filter text[] NOT NULL,
    description text NOT NULL CHECK (length(description) <= 200),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    version integer NOT NULL CHECK (version >= 0),
    disabled_cause text CHECK (disabled_cause IN ('person', 'gone', 'failing')),
    disabled_at timestamptz,
    deleted_at timestamptz,
    -- Events up to this place were looked at: each that it wants has its delivery.
    fanned_out_to bigint NOT NULL CHECK (fanned_out_to >= 0),
    -- How the receiver stands; beside the state, as a lease is.
    failures_in_a_row integer NOT NULL DEFAULT 0 CHECK (failures_in_a_row >= 0),
    failing_since timestamptz,
    rests_until timestamptz,
    idempotency_key text NOT NULL,
    fingerprint text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_key UNIQUE (tenant_id, idempotency_key),
    CONSTRAINT webhook_disabled CHECK
      ((state = 'disabled') = (disabled_cause IS NOT NULL) AND (state = 'disabled') = (disabled_at IS NOT NULL)),
    CONSTRAINT webhook_deleted CHECK ((state = 'deleted') = (deleted_at IS NOT NULL))
  );

  CREATE FUNCTION webhook_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'DELETE' THEN
      RAISE EXCEPTION 'webhook %: its row stays', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'webhook', CONSTRAINT = 'webhook_is_kept';
    END IF;
    IF OLD.state = 'deleted'
      OR (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('enabled', 'disabled'), ('enabled', 'deleted'), ('disabled', 'enabled'), ('disabled', 'deleted'))) THEN
      RAISE EXCEPTION 'webhook %: % to % is no move of its lifecycle', OLD.id, OLD.state, NEW.state
        USING ERRCODE = 'check_violation', TABLE = 'webhook', CONSTRAINT = 'webhook_lifecycle';
    END IF;
    IF (NEW.url, NEW.created_at, NEW.created_by, NEW.idempotency_key, NEW.fingerprint)
      IS DISTINCT FROM (OLD.url, OLD.created_at, OLD.created_by, OLD.idempotency_key, OLD.fingerprint) THEN
      RAISE EXCEPTION 'webhook %: what it was registered as stays', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'webhook', CONSTRAINT = 'webhook_identity';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER webhook_guard BEFORE UPDATE OR DELETE ON webhook FOR EACH ROW EXECUTE FUNCTION webhook_guard();
  CREATE TRIGGER webhook_stays BEFORE TRUNCATE ON webhook FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

  CREATE TABLE webhook_secret (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    sealed_secret bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT app_now(),
    -- Signs until then; null: until it is replaced.
    signs_until timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, webhook_id) REFERENCES webhook (tenant_id, id)
  );
  CREATE UNIQUE INDEX webhook_secret_newest ON webhook_secret (tenant_id, webhook_id) WHERE signs_until IS NULL;`;

const DELIVERIES = `
  CREATE TABLE webhook_delivery (
    tenant_id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    sequence bigint NOT NULL,
    subject text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'delivered')),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at timestamptz NOT NULL DEFAULT app_now(),
    lease_owner text,
    lease_until timestamptz,
    fence bigint NOT NULL DEFAULT 0,
    failure_outcome text CHECK (failure_outcome IN ('failed', 'unknown')),
    failure_cause text CHECK (length(failure_cause) <= 200),
    failure_status smallint,
    delivered_at timestamptz,
    PRIMARY KEY (tenant_id, webhook_id, sequence),
    FOREIGN KEY (tenant_id, webhook_id) REFERENCES webhook (tenant_id, id),
    -- An event goes with its deliveries, which are all over by then.
    FOREIGN KEY (tenant_id, sequence) REFERENCES outbox_event (tenant_id, sequence) ON DELETE CASCADE,
    CONSTRAINT webhook_delivery_lease CHECK ((state = 'sending') = (lease_until IS NOT NULL)
      AND (lease_owner IS NULL) = (lease_until IS NULL)),
    CONSTRAINT webhook_delivery_end CHECK ((state = 'delivered') = (delivered_at IS NOT NULL))
  );
  CREATE INDEX webhook_delivery_of_event ON webhook_delivery (tenant_id, sequence);
  CREATE INDEX webhook_delivery_due ON webhook_delivery (tenant_id, webhook_id, next_attempt_at, sequence)
    WHERE state <> 'delivered';
  CREATE INDEX webhook_delivery_turn ON webhook_delivery (tenant_id, webhook_id, subject, sequence)
    WHERE state <> 'delivered';

  CREATE FUNCTION webhook_delivery_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF (OLD.state, NEW.state) NOT IN (
      ('pending', 'pending'), ('pending', 'sending'),
      ('sending', 'sending'), ('sending', 'pending'), ('sending', 'delivered'), ('delivered', 'pending')) THEN
      RAISE EXCEPTION 'delivery of event %: % to % is no move of its lifecycle', OLD.sequence, OLD.state, NEW.state
        USING ERRCODE = 'check_violation', TABLE = 'webhook_delivery', CONSTRAINT = 'webhook_delivery_lifecycle';
    END IF;
    IF NEW.fence < OLD.fence OR (NEW.state = 'sending' AND NEW.fence <= OLD.fence) THEN
      RAISE EXCEPTION 'delivery of event %: a lease is taken with a new fence', OLD.sequence
        USING ERRCODE = 'check_violation', TABLE = 'webhook_delivery', CONSTRAINT = 'webhook_delivery_fence';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER webhook_delivery_guard BEFORE UPDATE ON webhook_delivery
    FOR EACH ROW EXECUTE FUNCTION webhook_delivery_guard();`;

const QUESTIONS = `
  CREATE FUNCTION tenants_with_new_events() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    BEGIN ATOMIC
      SELECT webhook.tenant_id FROM webhook LEFT JOIN event_counter AS counter USING (tenant_id)
      WHERE state = 'enabled' AND (fanned_out_to < coalesce(last, 0)
        OR EXISTS (SELECT FROM outbox_event AS event
          WHERE event.tenant_id = webhook.tenant_id AND event.sequence IS NULL))
      GROUP BY webhook.tenant_id ORDER BY webhook.tenant_id;
    END;

  -- One webhook of each tenant in turn.
  CREATE FUNCTION webhooks_due(most integer) RETURNS TABLE (tenant_id uuid, webhook_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    BEGIN ATOMIC
      SELECT due.tenant_id, due.id
      FROM (
        SELECT webhook.tenant_id, webhook.id, first.next_attempt_at,
          row_number() OVER (PARTITION BY webhook.tenant_id ORDER BY first.next_attempt_at, webhook.id) AS turn
        FROM webhook CROSS JOIN LATERAL (
          SELECT delivery.next_attempt_at FROM webhook_delivery AS delivery
          WHERE delivery.tenant_id = webhook.tenant_id AND delivery.webhook_id = webhook.id
            AND delivery.state <> 'delivered' AND delivery.next_attempt_at <= (SELECT app_now())
            AND (delivery.lease_until IS NULL OR delivery.lease_until < (SELECT app_now()))
          ORDER BY delivery.next_attempt_at, delivery.sequence LIMIT 1
        ) AS first
        WHERE webhook.state = 'enabled'
          AND (webhook.rests_until IS NULL OR webhook.rests_until <= (SELECT app_now()))
      ) AS due
      ORDER BY turn, next_attempt_at, due.id
      LIMIT most;
    END;`;

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The kinds are a list that other migrations add to: what it has now is kept. */
const auditKind = (from: string, to: string, validity: string): string => `
  DO $$
  DECLARE known text;
  BEGIN
    SELECT pg_get_constraintdef(oid) INTO STRICT known FROM pg_constraint
    WHERE conrelid = 'audit_entry'::regclass AND conname = 'audit_entry_subject_kind_check';
    known := regexp_replace(replace(known, ${quoted(from)}, ${quoted(to)}), ' NOT VALID$', '');
    ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_subject_kind_check;
    EXECUTE 'ALTER TABLE audit_entry ADD CONSTRAINT audit_entry_subject_kind_check ' || known || ' ${validity}';
  END $$;`;
