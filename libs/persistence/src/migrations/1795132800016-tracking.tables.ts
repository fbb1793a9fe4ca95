export const DISPUTES = `
  ALTER TABLE batch
    DROP CONSTRAINT batch_state_check,
    ADD CONSTRAINT batch_state_check CHECK (state IN ('planned', 'packed', 'opening', 'open', 'closing', 'processing',
      'reconciling', 'disputed', 'done', 'dead')),
    DROP CONSTRAINT batch_session_key,
    ADD CONSTRAINT batch_session_key CHECK (
      (sealed_session_key IS NOT NULL) = (state NOT IN ('planned', 'disputed', 'done', 'dead'))
      AND (initialization_vector IS NULL) = (sealed_session_key IS NULL));
  INSERT INTO batch_transition (from_state, to_state) VALUES
    ('reconciling', 'reconciling'), ('reconciling', 'disputed'), ('disputed', 'done');
  -- KSeF refused the package twice before it got anything (reliability C14).
  INSERT INTO invoice_transition (from_state, to_state) VALUES ('planned', 'needs-review');`;

/** Rank: which of several rows with one hash speaks for it; rowRank in the domain says the same. */
export const ROWS = `
  CREATE TABLE session_row (
    tenant_id uuid NOT NULL REFERENCES tenant,
    session_reference text NOT NULL,
    invoice_reference text NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    code integer NOT NULL,
    rank smallint NOT NULL GENERATED ALWAYS AS
      (CASE WHEN code = 200 THEN 0 WHEN code = 440 THEN 1 WHEN code >= 200 THEN 2 ELSE 3 END) STORED,
    description text NOT NULL,
    details jsonb NOT NULL,
    ksef_number text,
    invoicing_date timestamptz NOT NULL,
    acquisition_date timestamptz,
    invoicing_mode text CHECK (invoicing_mode IN ('online', 'offline')),
    original_ksef_number text,
    original_session_reference text,
    read_at timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (tenant_id, session_reference, invoice_reference)
  );
  CREATE INDEX session_row_of_hash ON session_row (tenant_id, sha256);`;

export const PROOFS = `
  CREATE TABLE upo_page (
    tenant_id uuid NOT NULL REFERENCES tenant,
    session_reference text NOT NULL,
    page_reference text NOT NULL,
    sha256 bytea NOT NULL,
    bytes bytea NOT NULL,
    -- What is known of its signature: verdict, signer or reason.
    signature jsonb NOT NULL CHECK (signature ->> 'verdict' IN ('valid', 'not-checked')),
    added_at timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (tenant_id, session_reference, page_reference),
    CONSTRAINT upo_page_hash CHECK (sha256(bytes) = sha256)
  );
  CREATE TABLE invoice_upo_page (
    tenant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    session_reference text NOT NULL,
    page_reference text NOT NULL,
    PRIMARY KEY (tenant_id, invoice_id),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id),
    FOREIGN KEY (tenant_id, session_reference, page_reference)
      REFERENCES upo_page (tenant_id, session_reference, page_reference)
  );
  -- Null: nobody looked at it.
  ALTER TABLE invoice_upo ADD COLUMN signature jsonb CHECK (signature ->> 'verdict' IN ('valid', 'not-checked'));
  CREATE INDEX invoice_of_ksef_number ON invoice (tenant_id, ksef_number, sha256) WHERE ksef_number IS NOT NULL;

  CREATE TRIGGER upo_page_is_kept BEFORE UPDATE OR DELETE ON upo_page
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER upo_page_stays BEFORE TRUNCATE ON upo_page
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER invoice_upo_page_is_kept BEFORE UPDATE OR DELETE ON invoice_upo_page
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER invoice_upo_page_stays BEFORE TRUNCATE ON invoice_upo_page
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

  CREATE OR REPLACE FUNCTION invoice_needs_upo() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NOT EXISTS (SELECT FROM invoice_upo_page WHERE tenant_id = NEW.tenant_id AND invoice_id = NEW.id)
      AND NOT EXISTS (SELECT FROM invoice_upo WHERE tenant_id = NEW.tenant_id AND invoice_id = NEW.id)
    THEN
      RAISE EXCEPTION 'invoice %: complete without a UPO', NEW.id
        USING ERRCODE = 'LA003', TABLE = 'invoice', CONSTRAINT = 'invoice_needs_upo';
    END IF;
    RETURN NULL;
  END $$;`;

export const ATTEMPTS = `
  CREATE TABLE call_attempt_transition (
    from_state text NOT NULL,
    to_state text NOT NULL,
    PRIMARY KEY (from_state, to_state)
  );
  INSERT INTO call_attempt_transition (from_state, to_state) VALUES
    ('pending', 'done'), ('pending', 'failed'), ('pending', 'unknown'), ('unknown', 'resolved');
  CREATE TABLE call_attempt (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    batch_id uuid NOT NULL,
    call text NOT NULL CHECK (call IN ('open', 'close')),
    state text NOT NULL CHECK (state IN ('pending', 'done', 'failed', 'unknown', 'resolved')),
    made_at timestamptz NOT NULL,
    fence bigint NOT NULL,
    ended_at timestamptz,
    session_reference text,
    cause text,
    resolution text,
    orphans text[] NOT NULL DEFAULT '{}',
    arrival bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, batch_id) REFERENCES batch (tenant_id, id),
    CONSTRAINT call_attempt_end CHECK ((ended_at IS NULL) = (state = 'pending')),
    CONSTRAINT call_attempt_session CHECK ((session_reference IS NOT NULL) = (state = 'done')),
    CONSTRAINT call_attempt_cause CHECK ((cause IS NOT NULL) = (state IN ('failed', 'unknown', 'resolved'))),
    CONSTRAINT call_attempt_resolution CHECK (
      (resolution IS NOT NULL) = (state = 'resolved') AND (orphans = '{}' OR state = 'resolved'))
  );
  CREATE INDEX call_attempt_of_batch ON call_attempt (tenant_id, batch_id, arrival);
  CREATE FUNCTION call_attempt_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      IF NEW.state <> 'pending' THEN
        RAISE EXCEPTION 'call %: begins in state %', NEW.id, NEW.state
          USING ERRCODE = 'LA002', TABLE = 'call_attempt', CONSTRAINT = 'call_attempt_transition';
      END IF;
      RETURN NEW;
    END IF;
    IF (NEW.tenant_id, NEW.id, NEW.batch_id, NEW.call, NEW.made_at, NEW.fence)
      IS DISTINCT FROM (OLD.tenant_id, OLD.id, OLD.batch_id, OLD.call, OLD.made_at, OLD.fence)
    THEN
      RAISE EXCEPTION 'call %: what was made never changes', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'call_attempt', CONSTRAINT = 'call_attempt_made';
    END IF;
    IF NOT EXISTS (SELECT FROM call_attempt_transition WHERE from_state = OLD.state AND to_state = NEW.state) THEN
      RAISE EXCEPTION 'call %: no move from % to %', OLD.id, OLD.state, NEW.state
        USING ERRCODE = 'LA002', TABLE = 'call_attempt', CONSTRAINT = 'call_attempt_transition';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER call_attempt_guard BEFORE INSERT OR UPDATE ON call_attempt
    FOR EACH ROW EXECUTE FUNCTION call_attempt_guard();
  CREATE TRIGGER call_attempt_is_kept BEFORE DELETE ON call_attempt FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER call_attempt_stays BEFORE TRUNCATE ON call_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

  CREATE TABLE batch_alarm (
    tenant_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('unclosed-1h', 'unclosed-4h', 'processing-1h', 'processing-4h', 'counts', 'no-upo',
      'second-delivery-due', 'disputed')),
    detail text NOT NULL CHECK (detail <> ''),
    raised_at timestamptz NOT NULL,
    arrival bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant_id, batch_id, kind),
    FOREIGN KEY (tenant_id, batch_id) REFERENCES batch (tenant_id, id)
  );
  CREATE TRIGGER batch_alarm_is_kept BEFORE UPDATE OR DELETE ON batch_alarm
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER batch_alarm_stays BEFORE TRUNCATE ON batch_alarm
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`;

/** Two persons have two names and two credentials (reliability S8); the names are compared further in the domain. */
export const SECOND_DELIVERIES = `
  ALTER TABLE invoice
    ADD COLUMN earlier_batch_id uuid,
    ADD COLUMN earlier_session_reference text,
    ADD CONSTRAINT invoice_earlier CHECK (
      (earlier_batch_id IS NULL) = (earlier_session_reference IS NULL)
      AND (earlier_batch_id IS NULL OR (state = 'in-session' AND channel = 'batch' AND earlier_batch_id <> batch_id))),
    ADD CONSTRAINT invoice_in_earlier_batch
      FOREIGN KEY (tenant_id, earlier_batch_id) REFERENCES batch (tenant_id, id);
  CREATE INDEX invoice_of_earlier_batch ON invoice (tenant_id, earlier_batch_id, id) WHERE earlier_batch_id IS NOT NULL;

  CREATE TABLE second_delivery_transition (
    from_state text NOT NULL,
    to_state text NOT NULL,
    PRIMARY KEY (from_state, to_state)
  );
  INSERT INTO second_delivery_transition (from_state, to_state) VALUES
    ('proposed', 'approved'), ('proposed', 'withdrawn'), ('withdrawn', 'proposed');
  CREATE TABLE second_delivery (
    tenant_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('proposed', 'approved', 'withdrawn')),
    session_reference text NOT NULL,
    asked_by_actor text NOT NULL CHECK (asked_by_actor <> ''),
    asked_by_person text NOT NULL CHECK (asked_by_person <> ''),
    asked_at timestamptz NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    approved_by_actor text,
    approved_by_person text,
    approved_at timestamptz,
    second_batch_id uuid,
    invoices integer,
    withdrawn_at timestamptz,
    why text,
    PRIMARY KEY (tenant_id, batch_id),
    FOREIGN KEY (tenant_id, batch_id) REFERENCES batch (tenant_id, id),
    FOREIGN KEY (tenant_id, second_batch_id) REFERENCES batch (tenant_id, id),
    CONSTRAINT second_delivery_approval CHECK (
      num_nonnulls(approved_by_actor, approved_by_person, approved_at, second_batch_id, invoices)
        = CASE WHEN state = 'approved' THEN 5 ELSE 0 END),
    CONSTRAINT second_delivery_two_persons CHECK (
      approved_by_actor IS NULL OR (approved_by_actor <> asked_by_actor AND approved_by_person <> asked_by_person)),
    CONSTRAINT second_delivery_withdrawal CHECK (
      num_nonnulls(withdrawn_at, why) = CASE WHEN state = 'withdrawn' THEN 2 ELSE 0 END)
  );
  CREATE FUNCTION second_delivery_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF (TG_OP = 'INSERT' AND NEW.state <> 'proposed')
      OR (TG_OP = 'UPDATE' AND NOT EXISTS (
        SELECT FROM second_delivery_transition WHERE from_state = OLD.state AND to_state = NEW.state))
    THEN
      RAISE EXCEPTION 'second delivery of batch %: no move to %', NEW.batch_id, NEW.state
        USING ERRCODE = 'LA002', TABLE = 'second_delivery', CONSTRAINT = 'second_delivery_transition';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER second_delivery_guard BEFORE INSERT OR UPDATE ON second_delivery
    FOR EACH ROW EXECUTE FUNCTION second_delivery_guard();
  CREATE TRIGGER second_delivery_is_kept BEFORE DELETE ON second_delivery
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER second_delivery_stays BEFORE TRUNCATE ON second_delivery
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`;
