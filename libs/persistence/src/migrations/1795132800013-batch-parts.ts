import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A row for each part of a package, with how far its upload is; until now the uploaded ones were a list in the batch. */
export class BatchParts1795132800013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TRANSITIONS);
    await runner.query(BATCH_PART);
    await runner.query(FROM_BATCHES);
    await runner.query(GUARD);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(INTO_BATCHES);
    await runner.query('DROP TABLE batch_part, batch_part_transition; DROP FUNCTION batch_part_guard();');
  }
}

const TRANSITIONS = `
  CREATE TABLE batch_part_transition (
    from_state text NOT NULL,
    to_state text NOT NULL,
    PRIMARY KEY (from_state, to_state)
  );
  INSERT INTO batch_part_transition (from_state, to_state) VALUES
    ('pending', 'sending'),
    ('sending', 'uploaded'), ('sending', 'unknown'), ('sending', 'refused'),
    ('unknown', 'sending');`;

const BATCH_PART = `
  CREATE TABLE batch_part (
    tenant_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    ordinal smallint NOT NULL CHECK (ordinal BETWEEN 1 AND 50),
    -- Encrypted, as declared to KSeF.
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    state text NOT NULL CHECK (state IN ('pending', 'sending', 'uploaded', 'unknown', 'refused')),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    sent_at timestamptz,
    uploaded_at timestamptz,
    last_error text,
    updated_at timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (tenant_id, batch_id, ordinal),
    FOREIGN KEY (tenant_id, batch_id) REFERENCES batch (tenant_id, id),
    CONSTRAINT batch_part_state CHECK (
      (attempts = 0) = (state = 'pending')
      AND (sent_at IS NULL) = (state = 'pending')
      AND (uploaded_at IS NOT NULL) = (state = 'uploaded')
      AND (last_error IS NOT NULL) = (state IN ('unknown', 'refused')))
  );`;

/** Batches that were packed before: when a part was uploaded is not known any more, only that it was. */
const FROM_BATCHES = `
  INSERT INTO batch_part (tenant_id, batch_id, ordinal, size_bytes, sha256, state, attempts, sent_at, uploaded_at)
  SELECT batch.tenant_id, batch.id, part.ordinal, part."sizeBytes", decode(part.sha256, 'base64'),
    CASE WHEN there.arrived THEN 'uploaded' ELSE 'pending' END,
    CASE WHEN there.arrived THEN 1 ELSE 0 END,
    CASE WHEN there.arrived THEN batch.updated_at END,
    CASE WHEN there.arrived THEN batch.updated_at END
  FROM batch
  CROSS JOIN LATERAL jsonb_to_recordset(batch.body -> 'sealed' -> 'parts')
    AS part (ordinal smallint, "sizeBytes" bigint, sha256 text)
  CROSS JOIN LATERAL (SELECT CASE batch.state
    WHEN 'packed' THEN false
    WHEN 'opening' THEN false
    WHEN 'open' THEN coalesce(batch.body -> 'uploaded' @> to_jsonb(part.ordinal::int), false)
    ELSE true END) AS there (arrived)
  WHERE batch.body ? 'sealed';
  UPDATE batch SET body = body - 'uploaded' WHERE body ? 'uploaded';`;

const INTO_BATCHES = `
  UPDATE batch SET body = body || jsonb_build_object('uploaded', (
    SELECT coalesce(jsonb_agg(part.ordinal ORDER BY part.ordinal), '[]')
    FROM batch_part AS part
    WHERE part.tenant_id = batch.tenant_id AND part.batch_id = batch.id AND part.state = 'uploaded'))
  WHERE state = 'open';`;

const GUARD = `
  CREATE FUNCTION batch_part_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'DELETE' THEN
      -- A package that was never sent may be made anew.
      IF OLD.state = 'pending' THEN RETURN OLD; END IF;
      RAISE EXCEPTION 'part % of batch %: it was sent and is kept', OLD.ordinal, OLD.batch_id
        USING ERRCODE = 'LA001', TABLE = 'batch_part', CONSTRAINT = 'batch_part_kept';
    END IF;
    IF TG_OP = 'INSERT' THEN
      IF NEW.state <> 'pending' THEN
        RAISE EXCEPTION 'part % of batch %: begins in state %', NEW.ordinal, NEW.batch_id, NEW.state
          USING ERRCODE = 'LA002', TABLE = 'batch_part', CONSTRAINT = 'batch_part_transition';
      END IF;
      RETURN NEW;
    END IF;
    IF (NEW.tenant_id, NEW.batch_id, NEW.ordinal, NEW.size_bytes, NEW.sha256)
      IS DISTINCT FROM (OLD.tenant_id, OLD.batch_id, OLD.ordinal, OLD.size_bytes, OLD.sha256)
    THEN
      RAISE EXCEPTION 'part % of batch %: what was declared never changes', OLD.ordinal, OLD.batch_id
        USING ERRCODE = 'LA001', TABLE = 'batch_part', CONSTRAINT = 'batch_part_declared';
    END IF;
    IF NOT EXISTS (SELECT FROM batch_part_transition WHERE from_state = OLD.state AND to_state = NEW.state) THEN
      RAISE EXCEPTION 'part % of batch %: no move from % to %', OLD.ordinal, OLD.batch_id, OLD.state, NEW.state
        USING ERRCODE = 'LA002', TABLE = 'batch_part', CONSTRAINT = 'batch_part_transition';
    END IF;
    IF NEW.attempts <> OLD.attempts + (NEW.state = 'sending')::int THEN
      RAISE EXCEPTION 'part % of batch %: an attempt is counted when it begins', OLD.ordinal, OLD.batch_id
        USING ERRCODE = 'LA001', TABLE = 'batch_part', CONSTRAINT = 'batch_part_attempts';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER batch_part_guard BEFORE INSERT OR UPDATE OR DELETE ON batch_part
    FOR EACH ROW EXECUTE FUNCTION batch_part_guard();`;
