/**
 * What the judge adds to a database of its own: a history of every change of an invoice and a batch and of every audit row
 * and event, with the transaction and the process that made it, and a clock that can be moved. The product neither sees
 * nor needs it.
 */
export const INSTRUMENTS = `
  CREATE SCHEMA chaos;
  CREATE TABLE chaos.shift (seconds double precision NOT NULL);
  INSERT INTO chaos.shift VALUES (0);
  CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
    AS 'SELECT clock_timestamp() + make_interval(secs => seconds) FROM chaos.shift';

  CREATE TABLE chaos.change (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    process text NOT NULL DEFAULT current_setting('application_name'),
    relation text NOT NULL,
    id text NOT NULL,
    before jsonb,
    after jsonb NOT NULL
  );

  -- Codes by their digest: a large run has many of them, and only a change matters.
  CREATE FUNCTION chaos.of_invoice(row_ public.invoice) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('state', row_.state, 'channel', row_.channel, 'session_reference', row_.session_reference,
      'mode', row_.mode, 'mode_evidence', row_.mode_evidence, 'issued_at', row_.issued_at, 'kod_i', md5(row_.kod_i),
      'kod_ii', md5(row_.kod_ii), 'certificate_serial', row_.certificate_serial)
  $$;
  CREATE FUNCTION chaos.of_batch(row_ public.batch) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('state', row_.state, 'version', row_.version, 'fence', row_.fence,
      'lease_owner', row_.lease_owner, 'session_reference', row_.session_reference)
  $$;

  CREATE FUNCTION chaos.note_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO chaos.change (relation, id, before, after)
    VALUES ('invoice', NEW.id, CASE TG_OP WHEN 'UPDATE' THEN chaos.of_invoice(OLD) END, chaos.of_invoice(NEW));
    RETURN NULL;
  END $$;
  CREATE TRIGGER chaos_note AFTER INSERT OR UPDATE ON invoice FOR EACH ROW EXECUTE FUNCTION chaos.note_invoice();

  CREATE FUNCTION chaos.note_batch() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO chaos.change (relation, id, before, after)
    VALUES ('batch', NEW.id, CASE TG_OP WHEN 'UPDATE' THEN chaos.of_batch(OLD) END, chaos.of_batch(NEW));
    RETURN NULL;
  END $$;
  CREATE TRIGGER chaos_note AFTER INSERT OR UPDATE ON batch FOR EACH ROW EXECUTE FUNCTION chaos.note_batch();

  CREATE FUNCTION chaos.note_audit() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO chaos.change (relation, id, after)
    VALUES ('audit', NEW.subject_id, jsonb_build_object('action', NEW.action, 'kind', NEW.subject_kind));
    RETURN NULL;
  END $$;
  CREATE TRIGGER chaos_note AFTER INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION chaos.note_audit();

  CREATE FUNCTION chaos.note_event() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO chaos.change (relation, id, after)
    VALUES ('event', NEW.subject, jsonb_build_object('type', NEW.type));
    RETURN NULL;
  END $$;
  CREATE TRIGGER chaos_note AFTER INSERT ON outbox_event FOR EACH ROW EXECUTE FUNCTION chaos.note_event();
  CREATE INDEX ON chaos.change (relation, seq);

  -- Whoever changes a row notes it.
  GRANT USAGE ON SCHEMA chaos TO PUBLIC;
  GRANT SELECT ON chaos.shift TO PUBLIC;
  GRANT INSERT ON chaos.change TO PUBLIC;
`;
