import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Ways out of deliveries that did not come to an end: a session that KSeF does not know, uploads that may have arrived, a
 * right that is missing, a second delivery that came to nothing; and numbers that no row of a session told.
 */
export class WaysOut1795132800029 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      INSERT INTO batch_transition (from_state, to_state) VALUES
        ('open', 'processing'), ('closing', 'closing'), ('processing', 'processing');
      INSERT INTO invoice_transition (from_state, to_state) VALUES ('planned', 'blocked');
      INSERT INTO second_delivery_transition (from_state, to_state) VALUES ('approved', 'proposed');
      ${alarmKinds(KINDS)}
      ${acceptance('(accepted_invoice_reference IS NULL OR ksef_number IS NOT NULL)')}
    `);
  }

  /** Refused while something is told or known that had no place before. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM batch_transition
        WHERE (from_state, to_state) IN (('open', 'processing'), ('closing', 'closing'), ('processing', 'processing'));
      DELETE FROM invoice_transition WHERE (from_state, to_state) = ('planned', 'blocked');
      DELETE FROM second_delivery_transition WHERE (from_state, to_state) = ('approved', 'proposed');
      ${alarmKinds(KINDS_BEFORE)}
      ${acceptance('(ksef_number IS NULL) = (accepted_invoice_reference IS NULL)')}
    `);
  }
}

const KINDS_BEFORE = [
  ...['unclosed-1h', 'unclosed-4h', 'processing-1h', 'processing-4h', 'counts', 'no-upo'],
  ...['second-delivery-due', 'disputed'],
];
const KINDS = [
  ...KINDS_BEFORE,
  ...['session-unknown', 'uploads-unknown', 'upload-host', 'access-refused', 'login', 'open-exhausted'],
];

const alarmKinds = (kinds: readonly string[]): string => `
  ALTER TABLE batch_alarm
    DROP CONSTRAINT batch_alarm_kind_check,
    ADD CONSTRAINT batch_alarm_kind_check CHECK (kind IN (${kinds.map((kind) => `'${kind}'`).join(', ')}));`;

/** @param reference what holds of KSeF's reference, SQL */
const acceptance = (reference: string): string => `
  ALTER TABLE invoice DROP CONSTRAINT invoice_acceptance;
  ALTER TABLE invoice ADD CONSTRAINT invoice_acceptance CHECK (
    CASE WHEN state IN ('accepted', 'complete') THEN ksef_number IS NOT NULL
         WHEN state = 'needs-review' THEN true
         ELSE ksef_number IS NULL END
    AND (ksef_number IS NULL) = (accepted_session_reference IS NULL)
    AND ${reference}
    AND (ksef_number IS NULL) = (invoicing_date IS NULL)
    AND (acquisition_date IS NULL OR ksef_number IS NOT NULL));`;
