import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Certificates can be taken out of use; they stay, because invoices carry codes that they signed. Of those in use a tenant
 * has each serial number once: the later ones of a number that was taken in twice at the same moment are retired.
 */
export class RetiredCertificates1795132800009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE certificate ADD COLUMN retired_at timestamptz;
      UPDATE certificate AS later SET retired_at = app_now()
        WHERE EXISTS (SELECT FROM certificate AS earlier
          WHERE (earlier.tenant_id, earlier.serial) = (later.tenant_id, later.serial) AND earlier.id < later.id);
      CREATE UNIQUE INDEX certificate_in_use ON certificate (tenant_id, serial) WHERE retired_at IS NULL;
    `);
  }

  /** Retired certificates would be used again: they are taken away with what cannot be said of them any more. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM certificate WHERE retired_at IS NOT NULL;
      ALTER TABLE certificate DROP COLUMN retired_at;
    `);
  }
}
