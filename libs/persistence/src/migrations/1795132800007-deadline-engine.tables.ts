const writtenOnce = (table: string): string => `
  CREATE TRIGGER ${table}_is_kept BEFORE UPDATE OR DELETE ON ${table}
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER ${table}_stays BEFORE TRUNCATE ON ${table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`;

/** `id` and `arrival` give the order in which people entered and decided; two moments may be the same. */
export const LEGAL_RECORDS = `
  CREATE TABLE notice (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id text NOT NULL,
    version integer NOT NULL,
    arrival bigint GENERATED ALWAYS AS IDENTITY,
    event_id text NOT NULL,
    category text NOT NULL CHECK (category IN ('failure', 'total-failure', 'maintenance', 'unknown')),
    type text NOT NULL CHECK (type IN ('start', 'end', 'announcement', 'withdrawal', 'unknown')),
    title text NOT NULL,
    text text NOT NULL,
    start_at timestamptz NOT NULL,
    end_at timestamptz,
    published_at timestamptz NOT NULL,
    source text NOT NULL CHECK (source IN ('bip', 'simulation')),
    fetched_at timestamptz NOT NULL,
    person text,
    actor text,
    read_at text,
    PRIMARY KEY (tenant_id, id, version),
    CONSTRAINT notice_entered_by CHECK ((person IS NULL) = (actor IS NULL) AND (person IS NULL) = (read_at IS NULL)
      AND (person IS NOT NULL OR source <> 'bip'))
  );${writtenOnce('notice')}

  CREATE TABLE total_failure_confirmation (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    event_id text NOT NULL,
    bulletin_id text NOT NULL,
    version integer NOT NULL,
    person text NOT NULL,
    actor text NOT NULL,
    read_at text NOT NULL,
    confirmed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
  );${writtenOnce('total_failure_confirmation')}

  CREATE TABLE deadline_policy_change (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    policy text NOT NULL,
    reading text NOT NULL,
    author text NOT NULL CHECK (author <> ''),
    decided_at timestamptz NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (tenant_id, id)
  );${writtenOnce('deadline_policy_change')}

  CREATE TABLE house_policy_decision (
    tenant_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    context_type text NOT NULL,
    context_value text NOT NULL,
    policies jsonb NOT NULL CHECK (jsonb_typeof(policies) = 'array'),
    author text NOT NULL CHECK (author <> ''),
    decided_at timestamptz NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, context_type, context_value) REFERENCES tenant_context (tenant_id, type, value)
  );${writtenOnce('house_policy_decision')}`;

/** A request without a tenant concerns all of them. */
export const RECALCULATIONS = `
  CREATE TABLE recalculation_request (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid REFERENCES tenant,
    cause text NOT NULL,
    at timestamptz NOT NULL DEFAULT app_now()
  );
  CREATE INDEX recalculation_request_of_tenant ON recalculation_request (tenant_id, id);
  CREATE INDEX recalculation_request_by_moment ON recalculation_request (at);${writtenOnce('recalculation_request')}

  CREATE TABLE recalculation_done (
    tenant_id uuid PRIMARY KEY REFERENCES tenant,
    up_to bigint NOT NULL DEFAULT 0,
    ran_at timestamptz,
    run uuid,
    lease_until timestamptz,
    CONSTRAINT recalculation_lease CHECK ((run IS NULL) = (lease_until IS NULL))
  );`;

export const NOTIFICATIONS = `
  CREATE TABLE alert (
    tenant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    stage text NOT NULL,
    due_at timestamptz NOT NULL,
    raised_at timestamptz NOT NULL,
    arrival bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant_id, stage, due_at, invoice_id),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id)
  );
  CREATE INDEX alert_by_arrival ON alert (tenant_id, arrival);
  CREATE INDEX alert_of_invoice ON alert (tenant_id, invoice_id, arrival);${writtenOnce('alert')}

  CREATE TABLE outbox_event (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    facts jsonb NOT NULL,
    PRIMARY KEY (tenant_id, id)
  );${writtenOnce('outbox_event')}`;
