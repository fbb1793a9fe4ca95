import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every state in which an invoice waits for a person has its ways out: what reading finds in KSeF is taken over (accepted,
 * refused, a clash of numbers), and a clash is settled: an online attempt was not issued, an offline invoice is `closed`.
 */
export class ReviewsEnd1795132800027 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE invoice
        DROP CONSTRAINT invoice_state_check,
        ADD CONSTRAINT invoice_state_check CHECK (state IN (${STATES}, 'closed')),
        DROP CONSTRAINT invoice_refusal,
        ADD CONSTRAINT invoice_refusal CHECK (
          CASE WHEN state IN (${REFUSED}, 'closed') THEN refusal IS NOT NULL
               ELSE refusal IS NULL OR state = 'not-issued' END),
        ADD CONSTRAINT invoice_closed CHECK (state <> 'closed' OR kod_ii IS NOT NULL);
      INSERT INTO invoice_transition (from_state, to_state) VALUES ${TRANSITIONS};
      ${waitsFor("state IN ('accepted', 'complete', 'closed')")}
    `);
  }

  /** Refused while an invoice is closed. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM invoice_transition WHERE (from_state, to_state) IN (VALUES ${TRANSITIONS});
      ALTER TABLE invoice
        DROP CONSTRAINT invoice_closed,
        DROP CONSTRAINT invoice_refusal,
        ADD CONSTRAINT invoice_refusal CHECK (
          CASE WHEN state IN (${REFUSED}) THEN refusal IS NOT NULL
               ELSE refusal IS NULL OR state = 'not-issued' END),
        DROP CONSTRAINT invoice_state_check,
        ADD CONSTRAINT invoice_state_check CHECK (state IN (${STATES}));
      ${waitsFor("state IN ('accepted', 'complete')")}
    `);
  }
}

const STATES = `'received', 'not-issued', 'issued', 'planned', 'in-session', 'accepted', 'complete', 'rejected',
  'correcting', 'blocked', 'conflict', 'needs-review'`;
const REFUSED = "'rejected', 'correcting', 'blocked', 'conflict', 'needs-review'";

const TRANSITIONS = `
  ('conflict', 'in-session'), ('conflict', 'accepted'), ('conflict', 'needs-review'), ('conflict', 'not-issued'),
  ('conflict', 'closed'),
  ('needs-review', 'rejected'), ('needs-review', 'blocked'), ('needs-review', 'conflict'),
  ('needs-review', 'needs-review'), ('needs-review', 'closed')`;

/** Nothing is due for a closed invoice any more: its deadline raises no alerts. */
const waitsFor = (isOver: string): string => `
  CREATE OR REPLACE FUNCTION invoice_waits_for(kod_ii text, state text) RETURNS text LANGUAGE sql IMMUTABLE
    PARALLEL SAFE
    RETURN CASE WHEN kod_ii IS NULL OR ${isOver} THEN NULL
                WHEN state = 'issued' THEN 'sending' ELSE 'acceptance' END;`;
