import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A technical correction under review can be looked up in KSeF once more: its invoice is on its way again meanwhile, and
 * whatever file of the lineage KSeF holds is adopted (reliability D5, D6).
 */
export class CorrectionsReadAgain1795132800028 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      INSERT INTO technical_correction_transition (from_state, to_state) VALUES ('needs-review', 'resolving');
      ${guard("state IN ('approved', 'resolving')")}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM technical_correction_transition WHERE from_state = 'needs-review' AND to_state = 'resolving';
      ${guard("state = 'approved'")}
    `);
  }
}

const guard = (mayBegin: string): string => `
  CREATE OR REPLACE FUNCTION invoice_correction_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.state = 'correcting' AND OLD.state <> 'correcting' AND NOT EXISTS (
      SELECT FROM technical_correction
      WHERE tenant_id = NEW.tenant_id AND id = NEW.correction_id AND ${mayBegin})
    THEN
      RAISE EXCEPTION 'invoice %: no correction of it was approved', OLD.id
        USING ERRCODE = 'LA003', TABLE = 'invoice', CONSTRAINT = 'invoice_correction_is_approved';
    END IF;
    IF NEW.state IN ('issued', 'planned') AND NEW.state <> OLD.state AND EXISTS (
      SELECT FROM technical_correction
      WHERE tenant_id = NEW.tenant_id AND invoice_id = NEW.id AND cardinality(sessions) > 0)
    THEN
      RAISE EXCEPTION 'invoice %: a correction of it was sent, its own file is not sent again', OLD.id
        USING ERRCODE = 'LA002', TABLE = 'invoice', CONSTRAINT = 'invoice_corrected_is_not_resent';
    END IF;
    IF OLD.corrected_sha256 IS NOT NULL AND (NEW.correction_id, NEW.corrected_sha256)
      IS DISTINCT FROM (OLD.correction_id, OLD.corrected_sha256)
    THEN
      RAISE EXCEPTION 'invoice %: the file that KSeF holds never changes', OLD.id
        USING ERRCODE = 'LA001', TABLE = 'invoice', CONSTRAINT = 'invoice_corrected_is_final';
    END IF;
    RETURN NEW;
  END $$;`;
