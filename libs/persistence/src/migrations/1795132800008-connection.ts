import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the last look at KSeF went by, what a call met since, and the gate of sending that all workers share. */
export class Connection1795132800008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE connection
        -- Probe, traffic and network of the last look; for people to read, no query looks inside.
        ADD COLUMN last_look jsonb,
        ADD COLUMN last_look_at timestamptz,
        ADD COLUMN failed_call_cause text,
        ADD COLUMN failed_call_at timestamptz,
        ADD COLUMN gate text CHECK (gate IN ('open', 'closed')),
        ADD COLUMN gate_since timestamptz,
        ADD COLUMN gate_looked_at timestamptz,
        ADD COLUMN gate_against smallint CHECK (gate_against BETWEEN 0 AND 1),
        ADD COLUMN gate_against_at timestamptz,
        ADD CONSTRAINT connection_last_look CHECK ((last_look IS NULL) = (last_look_at IS NULL)),
        ADD CONSTRAINT connection_failed_call CHECK ((failed_call_cause IS NULL) = (failed_call_at IS NULL)),
        ADD CONSTRAINT connection_gate CHECK (
          CASE WHEN gate IS NULL THEN num_nonnulls(gate_since, gate_looked_at, gate_against, gate_against_at) = 0
               ELSE num_nonnulls(gate_since, gate_looked_at, gate_against) = 3
                    AND (gate_against_at IS NULL) = (gate_against = 0) END);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE connection
        DROP COLUMN last_look,
        DROP COLUMN last_look_at,
        DROP COLUMN failed_call_cause,
        DROP COLUMN failed_call_at,
        DROP COLUMN gate,
        DROP COLUMN gate_since,
        DROP COLUMN gate_looked_at,
        DROP COLUMN gate_against,
        DROP COLUMN gate_against_at;
    `);
  }
}
