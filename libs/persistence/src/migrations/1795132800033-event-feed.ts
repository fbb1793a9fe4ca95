import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Events get a place in an order that readers can follow (docs/adr/0030). An identity is taken when a row is written, and
 * becomes visible when its transaction commits: a reader that went by it would skip what commits late. The place is given
 * after the commit, one transaction at a time, in the order of the identities that are visible then.
 */
export class EventFeed1795132800033 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE outbox_event ADD COLUMN sequence bigint CHECK (sequence > 0),
        ADD CONSTRAINT outbox_event_place UNIQUE (tenant_id, sequence);
      CREATE INDEX outbox_event_unplaced ON outbox_event (tenant_id, id) WHERE sequence IS NULL;
      CREATE INDEX outbox_event_by_age ON outbox_event USING brin (at);

      -- Held while places are given: the next giver sees what this one committed.
      CREATE TABLE event_counter (
        tenant_id uuid PRIMARY KEY REFERENCES tenant,
        last bigint NOT NULL DEFAULT 0 CHECK (last >= 0),
        pruned_up_to bigint NOT NULL DEFAULT 0 CHECK (pruned_up_to BETWEEN 0 AND last)
      );

      CREATE FUNCTION outbox_event_guard() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'UPDATE' AND OLD.sequence IS NULL AND NEW.sequence IS NOT NULL
          AND (to_jsonb(NEW) - 'sequence') = (to_jsonb(OLD) - 'sequence') THEN
          RETURN NEW;
        END IF;
        -- The one that deletes for age has noted so before, in this transaction.
        IF TG_OP = 'DELETE' AND EXISTS (
          SELECT FROM event_counter WHERE tenant_id = OLD.tenant_id AND pruned_up_to >= OLD.sequence
        ) THEN
          RETURN OLD;
        END IF;
        RAISE EXCEPTION 'event % is written once; % refused', OLD.id, TG_OP
          USING ERRCODE = 'LA001', TABLE = 'outbox_event', CONSTRAINT = 'outbox_event_is_kept';
      END $$;
      DROP TRIGGER outbox_event_is_kept ON outbox_event;
      CREATE TRIGGER outbox_event_is_kept BEFORE UPDATE OR DELETE ON outbox_event
        FOR EACH ROW EXECUTE FUNCTION outbox_event_guard();

      CREATE FUNCTION event_counter_guard() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'UPDATE' AND NEW.last >= OLD.last AND NEW.pruned_up_to >= OLD.pruned_up_to THEN
          RETURN NEW;
        END IF;
        RAISE EXCEPTION 'places of events only grow; % refused', TG_OP
          USING ERRCODE = 'LA001', TABLE = 'event_counter', CONSTRAINT = 'event_counter_grows';
      END $$;
      CREATE TRIGGER event_counter_grows BEFORE UPDATE OR DELETE ON event_counter
        FOR EACH ROW EXECUTE FUNCTION event_counter_guard();
      CREATE TRIGGER event_counter_stays BEFORE TRUNCATE ON event_counter
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

      -- Questions of the worker across tenants; the answers are ids.
      CREATE FUNCTION tenants_with_old_events(days integer) RETURNS SETOF uuid
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
        BEGIN ATOMIC
          SELECT DISTINCT tenant_id FROM outbox_event
          WHERE at < (SELECT app_now()) - make_interval(days => days);
        END;
    `);
  }

  /** Loses the places, and with them where streams and webhooks stood. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION tenants_with_old_events(integer);
      DROP TRIGGER outbox_event_is_kept ON outbox_event;
      CREATE TRIGGER outbox_event_is_kept BEFORE UPDATE OR DELETE ON outbox_event
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
      DROP FUNCTION outbox_event_guard();
      DROP TABLE event_counter;
      DROP FUNCTION event_counter_guard();
      DROP INDEX outbox_event_by_age, outbox_event_unplaced;
      ALTER TABLE outbox_event DROP COLUMN sequence;
    `);
  }
}
