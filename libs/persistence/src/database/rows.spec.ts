import { afterAll, describe, expect, it } from '@jest/globals';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;
const TABLES = ['certificate', 'connection', 'invoice'];

describe('what every issue reads', () => {
  afterAll(async () => {
    for (const table of TABLES)
      await stage.database.sql(`ALTER TABLE ${table} DROP COLUMN IF EXISTS of_a_later_version`);
  });

  it('is still read on the same connection when a later version of the program has added columns', async () => {
    const { invoice } = await stage.issued();
    const { sellerNip, kind, number } = invoice.facts;
    const read = () =>
      inTenant(stage.tenant, async ({ invoices, certificates, connection }) => ({
        certificates: await certificates.all(),
        connection: await connection.read(),
        invoice: (await invoices.findByNumber(sellerNip, kind, number))?.id,
      }));
    const before = await read();
    for (const table of TABLES) await stage.database.sql(`ALTER TABLE ${table} ADD COLUMN of_a_later_version text`);
    expect(await read()).toEqual(before);
    expect(before.invoice).toBe(invoice.id);
  });
});
