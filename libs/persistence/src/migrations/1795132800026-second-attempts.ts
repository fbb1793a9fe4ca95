import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The record of what is on its way knows second deliveries: `by_decision` is the attempt that two persons allowed while the
 * first one stays open (reliability C40). What a batch ever carried is found by its id.
 */
export class SecondAttempts1795132800026 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX delivery_attempt_of_batch ON delivery_attempt (tenant_id, batch_id, invoice_id)
        WHERE batch_id IS NOT NULL;
      -- Of batches under way, what has been answered already: their counts must add up as well.
      INSERT INTO delivery_attempt (tenant_id, invoice_id, channel, batch_id, ended_at, ended_as)
      SELECT invoice.tenant_id, invoice.id, 'batch', invoice.batch_id, invoice.updated_at, invoice.state
      FROM invoice JOIN batch ON batch.tenant_id = invoice.tenant_id AND batch.id = invoice.batch_id
      WHERE batch.state NOT IN ('done', 'dead') AND invoice.state NOT IN ('planned', 'in-session')
        AND NOT EXISTS (SELECT FROM delivery_attempt AS known
          WHERE known.tenant_id = invoice.tenant_id AND known.invoice_id = invoice.id
            AND known.batch_id = invoice.batch_id);
      ${follows(`
        UPDATE delivery_attempt AS attempt SET ended_at = app_now(), ended_as = 'dropped'
        FROM new_row JOIN old_row USING (tenant_id, id)
        WHERE old_row.earlier_batch_id IS NOT NULL AND new_row.earlier_batch_id IS NULL
          AND new_row.state = 'in-session' AND attempt.tenant_id = new_row.tenant_id
          AND attempt.invoice_id = new_row.id AND attempt.ended_at IS NULL
          AND attempt.batch_id IS DISTINCT FROM new_row.batch_id;
        -- What is left is the only attempt: people may allow one more again.
        UPDATE delivery_attempt AS attempt SET by_decision = false
        FROM new_row JOIN old_row USING (tenant_id, id)
        WHERE old_row.earlier_batch_id IS NOT NULL AND new_row.earlier_batch_id IS NULL
          AND new_row.state = 'in-session' AND attempt.tenant_id = new_row.tenant_id
          AND attempt.invoice_id = new_row.id AND attempt.ended_at IS NULL;
        INSERT INTO delivery_attempt (tenant_id, invoice_id, channel, batch_id, by_decision)
        SELECT new_row.tenant_id, new_row.id, new_row.channel, new_row.batch_id, new_row.earlier_batch_id IS NOT NULL
        FROM new_row JOIN old_row USING (tenant_id, id)
        WHERE new_row.state IN ('planned', 'in-session') AND old_row.earlier_batch_id IS NULL
          AND (old_row.state NOT IN ('planned', 'in-session') OR old_row.batch_id IS DISTINCT FROM new_row.batch_id);`)}
      CREATE FUNCTION ksef_number_stays() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'invoice %: a KSeF number stays with its invoice', OLD.id USING ERRCODE = 'check_violation';
      END $$;
      CREATE TRIGGER ksef_number_stays BEFORE UPDATE ON invoice FOR EACH ROW
        -- Other moves that could lose it are refused by the lifecycle.
        WHEN (OLD.ksef_number IS NOT NULL AND NEW.ksef_number IS DISTINCT FROM OLD.ksef_number
          AND OLD.state IN (NEW.state, 'needs-review'))
        EXECUTE FUNCTION ksef_number_stays();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER ksef_number_stays ON invoice;
      DROP FUNCTION ksef_number_stays();
      DROP INDEX delivery_attempt_of_batch;
      ${follows(`
        INSERT INTO delivery_attempt (tenant_id, invoice_id, channel, batch_id)
        SELECT new_row.tenant_id, new_row.id, new_row.channel, new_row.batch_id
        FROM new_row JOIN old_row USING (tenant_id, id)
        WHERE new_row.state IN ('planned', 'in-session')
          AND (old_row.state NOT IN ('planned', 'in-session') OR old_row.batch_id IS DISTINCT FROM new_row.batch_id);`)}
    `);
  }
}

const follows = (begins: string): string => `
  CREATE OR REPLACE FUNCTION delivery_attempt_follows() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    UPDATE delivery_attempt AS attempt SET ended_at = app_now(), ended_as = new_row.state
    FROM new_row JOIN old_row USING (tenant_id, id)
    WHERE old_row.state IN ('planned', 'in-session') AND new_row.state NOT IN ('planned', 'in-session')
      AND attempt.tenant_id = new_row.tenant_id AND attempt.invoice_id = new_row.id AND attempt.ended_at IS NULL;
    ${begins}
    RETURN NULL;
  END $$;`;
