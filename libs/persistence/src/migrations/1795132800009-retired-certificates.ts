import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Certificates can be taken out of use; they stay, because invoices carry codes that they signed. */
export class RetiredCertificates1795132800009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE certificate ADD COLUMN retired_at timestamptz');
  }

  /** Retired certificates would be used again: they are taken away with what cannot be said of them any more. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM certificate WHERE retired_at IS NOT NULL;
      ALTER TABLE certificate DROP COLUMN retired_at;
    `);
  }
}
