import { describe, expect, it } from '@jest/globals';
import { FA3 } from '../invoice/invoice-facts.js';
import { anAuthenticationCertificate, anOfflineCertificate, TENANT } from '../testing/builders.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import { LiftStopOfIssuing } from './stop-of-issuing.js';
import { WarnOfMassRejection } from './warn-of-mass-rejection.js';

const ANNA = { actor: 'api-key:a', person: 'Anna' };

/** KSeF refused so many files of FA(3) within the hour, and it was warned of. */
async function refused(invoices: number) {
  const world = new IssuingWorld();
  await world.has(anOfflineCertificate(), anAuthenticationCertificate());
  await world.looked(true);
  world.database.massRejections.rejected = [{ formCode: FA3, invoices }];
  await new WarnOfMassRejection(world.database, world.clock).execute(TENANT);
  const issue = (number: string) => world.issue({ number }, { mode: 'offline24' });
  const lift = new LiftStopOfIssuing(world.database, world.clock);
  return { world, issue, lift: (by = ANNA, reason = 'the rate was wrong') => lift.execute(TENANT, by, reason) };
}

describe('files that KSeF refuses in masses (reliability D8)', () => {
  it('stop the issuing with their schema for an hour, and nothing is stored', async () => {
    const { world, issue } = await refused(101);
    expect(await issue('FV/1')).toEqual({
      ok: false,
      error: {
        code: 'SCHEMA_REFUSED_IN_MASSES',
        stop: { formCode: FA3, invoices: 101, until: world.clock.now().add({ hours: 1 }) },
      },
    });
    expect(world.invoices).toEqual([]);
    world.clock.advance(3601);
    expect(await issue('FV/1')).toMatchObject({ ok: true });
  });

  it('do not while they are few', async () => {
    const { issue } = await refused(100);
    expect(await issue('FV/1')).toMatchObject({ ok: true });
  });

  it('stop nothing that was issued: its first answer is given again', async () => {
    const { world, issue } = await refused(100);
    await issue('FV/1');
    world.database.massRejections.rejected = [{ formCode: FA3, invoices: 200 }];
    await new WarnOfMassRejection(world.database, world.clock).execute(TENANT);
    expect(await issue('FV/1')).toMatchObject({ ok: true, value: { replayed: true } });
    expect(await issue('FV/2')).toMatchObject({ ok: false });
  });

  it('no longer stop it when a person says what was wrong; the next warning does again', async () => {
    const { world, issue, lift } = await refused(101);
    expect(await lift({ ...ANNA, person: ' ' })).toMatchObject({ error: { code: 'PERSON_MISSING' } });
    expect(await lift(ANNA, ' ')).toMatchObject({ error: { code: 'REASON_MISSING' } });
    expect(await lift()).toMatchObject({ ok: true, value: [{ formCode: FA3, invoices: 101 }] });
    expect(await issue('FV/1')).toMatchObject({ ok: true });
    expect(await lift()).toMatchObject({ error: { code: 'NOT_STOPPED' } });
    expect(world.database.audit.entries.at(-2)).toBeDefined();
    expect(world.database.audit.entries.map(({ action }) => action)).toContain('issuing.stop-lifted');
    world.clock.advance(3601);
    await new WarnOfMassRejection(world.database, world.clock).execute(TENANT);
    expect(await issue('FV/2')).toMatchObject({ error: { code: 'SCHEMA_REFUSED_IN_MASSES' } });
  });
});
