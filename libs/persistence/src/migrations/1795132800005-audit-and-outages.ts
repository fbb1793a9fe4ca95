import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit trail of each tenant; the Ministry's messages and the connection, which are the same for all. */
export class AuditAndOutages1795132800005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_entry (
        tenant_id uuid NOT NULL REFERENCES tenant,
        id bigint GENERATED ALWAYS AS IDENTITY,
        at timestamptz NOT NULL,
        actor text NOT NULL,
        action text NOT NULL,
        subject_kind text NOT NULL CHECK (subject_kind IN ('invoice', 'batch', 'certificate', 'outage')),
        subject_id text NOT NULL,
        facts jsonb NOT NULL,
        PRIMARY KEY (tenant_id, id)
      );
      CREATE INDEX audit_entry_of_subject ON audit_entry (tenant_id, subject_kind, subject_id, id);
      CREATE TRIGGER audit_entry_is_kept BEFORE UPDATE OR DELETE ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
      CREATE TRIGGER audit_entry_stays BEFORE TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

      CREATE TABLE bulletin (
        id text NOT NULL,
        version integer NOT NULL,
        event_id text NOT NULL,
        category text NOT NULL CHECK (category IN ('failure', 'total-failure', 'maintenance', 'unknown')),
        type text NOT NULL CHECK (type IN ('start', 'end', 'announcement', 'unknown')),
        title text NOT NULL,
        text text NOT NULL,
        start_at timestamptz NOT NULL,
        end_at timestamptz,
        published_at timestamptz NOT NULL,
        source text NOT NULL CHECK (source IN ('latarnia', 'bip')),
        fetched_at timestamptz NOT NULL,
        PRIMARY KEY (id, version)
      );
      CREATE INDEX bulletin_by_publication ON bulletin (published_at DESC, id, version);
      CREATE TRIGGER bulletin_is_kept BEFORE UPDATE OR DELETE ON bulletin
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
      CREATE TRIGGER bulletin_stays BEFORE TRUNCATE ON bulletin
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

      CREATE TABLE connection (
        id smallint PRIMARY KEY CHECK (id = 1),
        ksef_reachable boolean,
        ksef_detail text,
        ksef_checked_at timestamptz,
        latarnia text CHECK (latarnia IN ('available', 'maintenance', 'failure', 'total-failure', 'unknown')),
        latarnia_checked_at timestamptz,
        CHECK ((ksef_reachable IS NULL) = (ksef_checked_at IS NULL)),
        CHECK ((ksef_detail IS NULL) = (ksef_checked_at IS NULL)),
        CHECK ((latarnia IS NULL) = (latarnia_checked_at IS NULL))
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE connection, bulletin, audit_entry;');
  }
}
