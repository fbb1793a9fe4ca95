import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The record of what is on its way compares the rows before a statement with those after it by hashing. The policies of
 * row-level security give both sides the tenant of the transaction, so that a planner, which knows nothing of such rows,
 * expected one and compared each with each: a batch of 10,000 took longer than a statement may.
 */
export class AttemptsByHash1795132800045 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(follows(BY_HASH));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(follows(AS_PLANNED));
  }
}

const COLUMNS = `tenant_id, id, new_row.state, new_row.channel, new_row.batch_id, new_row.earlier_batch_id,
        old_row.state AS old_state, old_row.batch_id AS old_batch_id, old_row.earlier_batch_id AS old_earlier_batch_id`;

/**
 * A full join is made by hashing or merging, never row by row; every row has its partner. Behind OFFSET nothing of the
 * query around it, such as the tenant, comes in.
 */
const BY_HASH = {
  moved: `(SELECT ${COLUMNS} FROM new_row FULL JOIN old_row USING (tenant_id, id) OFFSET 0) AS moved`,
  live: `CROSS JOIN LATERAL (
      SELECT ctid AS place FROM delivery_attempt AS known
      WHERE known.tenant_id = moved.tenant_id AND known.invoice_id = moved.id AND known.ended_at IS NULL OFFSET 0
    ) AS live`,
  isLive: 'attempt.ctid = live.place',
};

const AS_PLANNED: typeof BY_HASH = {
  moved: `(SELECT ${COLUMNS} FROM new_row JOIN old_row USING (tenant_id, id)) AS moved`,
  live: '',
  isLive: 'attempt.tenant_id = moved.tenant_id AND attempt.invoice_id = moved.id AND attempt.ended_at IS NULL',
};

/** `moved`: each row as it is and as it was; `live` and `isLive`: its attempts that have no end. */
const follows = ({ moved, live, isLive }: typeof BY_HASH): string => `
  CREATE OR REPLACE FUNCTION delivery_attempt_follows() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    UPDATE delivery_attempt AS attempt SET ended_at = app_now(), ended_as = moved.state
    FROM ${moved} ${live}
    WHERE old_state IN ('planned', 'in-session') AND moved.state NOT IN ('planned', 'in-session') AND ${isLive};
    UPDATE delivery_attempt AS attempt SET ended_at = app_now(), ended_as = 'dropped'
    FROM ${moved} ${live}
    WHERE old_earlier_batch_id IS NOT NULL AND moved.earlier_batch_id IS NULL AND moved.state = 'in-session'
      AND ${isLive} AND attempt.batch_id IS DISTINCT FROM moved.batch_id;
    -- What is left is the only attempt: people may allow one more again.
    UPDATE delivery_attempt AS attempt SET by_decision = false
    FROM ${moved} ${live}
    WHERE old_earlier_batch_id IS NOT NULL AND moved.earlier_batch_id IS NULL AND moved.state = 'in-session'
      AND ${isLive};
    INSERT INTO delivery_attempt (tenant_id, invoice_id, channel, batch_id, by_decision)
    SELECT moved.tenant_id, moved.id, moved.channel, moved.batch_id, moved.earlier_batch_id IS NOT NULL
    FROM ${moved}
    WHERE moved.state IN ('planned', 'in-session') AND old_earlier_batch_id IS NULL
      AND (old_state NOT IN ('planned', 'in-session') OR old_batch_id IS DISTINCT FROM moved.batch_id);
    RETURN NULL;
  END $$;`;
