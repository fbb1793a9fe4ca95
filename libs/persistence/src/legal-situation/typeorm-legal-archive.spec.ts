import {
  Temporal,
  type AvailabilityBulletin,
  type HousePolicyDecision,
  type LegalRecords,
  type PolicyChange,
  type TotalFailureConfirmation,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CONTEXT, NOON, OTHER_CONTEXT } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;
const read = (tenant = stage.tenant) => inTenant(tenant, ({ legal }) => legal.read());

const enteredBy = { person: 'Zażółć Gęślą', actor: 'api-key:lk_1', readAt: 'https://bip.example/1' };
const aNotice = (id: string, version = 1): AvailabilityBulletin => ({
  ...{
    id,
    version,
    eventId: `event of ${id}`,
    category: 'failure',
    type: 'start',
    title: 'Awaria',
    text: '"Nie" działa.',
  },
  start: NOON,
  publishedAt: NOON.add({ microseconds: 1 }),
  source: 'bip',
  fetchedAt: NOON.add({ milliseconds: 999 }),
  enteredBy,
});
const aChange = (reading: string, decidedAt = NOON): PolicyChange => ({
  ...{ policy: 'saturday', reading, author: 'A. Kowalska', decidedAt, reason: 'Opinion of the tax adviser' },
});
const aDecision = (hours: number, context = CONTEXT): HousePolicyDecision => ({
  ...{ context, author: 'A. Kowalska', decidedAt: NOON, reason: 'Board' },
  policies: [{ kind: 'hours-after-restoration', hours }],
});
const aWord = (person: string): TotalFailureConfirmation => ({
  ...{ ...enteredBy, person, eventId: 'E', bulletinId: 'B', version: 2, confirmedAt: NOON },
});
const NOTHING: Omit<LegalRecords, 'bulletins'> = { confirmations: [], policyChanges: [], housePolicyDecisions: [] };

describe('legal records', () => {
  it('join the messages of all, newest first, with what the tenant entered, in the order of entering', async () => {
    const other = await stage.database.aTenant();
    const message = ({ enteredBy: _, ...rest }: AvailabilityBulletin, publishedAt: string, end?: string) => ({
      ...rest,
      source: 'latarnia' as const,
      publishedAt: Temporal.Instant.from(publishedAt),
      ...(end === undefined ? {} : { end: Temporal.Instant.from(end) }),
    });
    const old = message(aNotice('M/1'), '2026-11-20T10:00:00.000001Z');
    const corrected = message(aNotice('M/1', 2), '2026-11-20T10:00:00.000002Z', '1900-01-01T00:00:00.5Z');
    const [first, second] = [aNotice('N/2'), { ...aNotice('N/1'), type: 'withdrawal' as const, end: NOON }];
    const { enteredBy: _, ...rehearsal } = { ...aNotice('S/1'), source: 'simulation' as const };
    await stage.database.unitOfWork.inSystem(({ bulletins }) => bulletins.add([old, corrected]));
    await inTenant(stage.tenant, async ({ legal }) => {
      for (const each of [first, second, rehearsal]) expect(await legal.addNotice(each)).toBe(true);
    });
    expect(await read()).toEqual({ bulletins: [corrected, old, first, second, rehearsal], ...NOTHING });
    expect(await read(other)).toEqual({ bulletins: [corrected, old], ...NOTHING });
    const all = await stage.database.unitOfWork.inSystem(({ bulletins }) => bulletins.all());
    expect(all).toEqual([corrected, old]);
    // Whoever comes after in this file reads them, too: of no tenant.
  });

  it('take a version of a notice once, each tenant for itself', async () => {
    const other = await stage.database.aTenant();
    const add = (notice: AvailabilityBulletin, tenant = stage.tenant) =>
      inTenant(tenant, ({ legal }) => legal.addNotice(notice));
    const notice = aNotice('notice:1');
    expect([await add(notice), await add({ ...notice, title: 'changed in place' })]).toEqual([true, false]);
    expect([await add({ ...notice, version: 2 }), await add({ ...notice, title: 'theirs' }, other)]).toEqual([
      true,
      true,
    ]);
    const own = async (tenant = stage.tenant) =>
      (await read(tenant)).bulletins.filter(({ source }) => source === 'bip');
    expect(await own()).toEqual([notice, { ...notice, version: 2 }]);
    expect(await own(other)).toEqual([{ ...notice, title: 'theirs' }]);
    expect((await Promise.all([add(aNotice('notice:2')), add(aNotice('notice:2'))])).sort()).toEqual([false, true]);
    const anonymous = "INSERT INTO notice SELECT tenant_id, 'x', 1 FROM notice";
    await expect(stage.database.sql(anonymous)).rejects.toMatchObject({ code: '23502' });
  });

  it('come back in the order they came, whatever their moments', async () => {
    const step = fc.constantFrom<keyof typeof steps>('confirmation', 'change', 'decision');
    const steps = {
      confirmation: (at: number) => aWord(`person ${String(at)}`),
      change: (at: number) => aChange(`reading ${String(at)}`, NOON.subtract({ microseconds: at % 2 })),
      decision: (at: number) => aDecision(at + 1, at % 2 === 0 ? CONTEXT : OTHER_CONTEXT),
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (history) => {
        const tenant = await stage.freshTenant();
        const expected = {
          confirmations: [] as TotalFailureConfirmation[],
          policyChanges: [] as PolicyChange[],
          housePolicyDecisions: [] as HousePolicyDecision[],
        };
        for (const [at, kind] of history.entries()) {
          await inTenant(tenant, async ({ legal }) => {
            if (kind === 'confirmation') {
              await legal.addConfirmation(steps.confirmation(at));
              expected.confirmations.push(steps.confirmation(at));
            } else if (kind === 'change') {
              await legal.addPolicyChange(steps.change(at));
              expected.policyChanges.push(steps.change(at));
            } else {
              await legal.addHousePolicyDecision(steps.decision(at));
              expected.housePolicyDecisions.push(steps.decision(at));
            }
          });
        }
        const { bulletins: _, ...decided } = await read(tenant);
        expect(decided).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  it('that were read before they were rolled back are nowhere afterwards', async () => {
    await read();
    const undone = inTenant(stage.tenant, async ({ legal }) => {
      await legal.addPolicyChange(aChange('never decided'));
      expect((await legal.read()).policyChanges).toEqual([aChange('never decided')]);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await inTenant(stage.tenant, ({ legal }) => legal.addPolicyChange(aChange('business-day')));
    expect((await read()).policyChanges).toEqual([aChange('business-day')]);
  });

  it('of two who decide at a time show each its own', async () => {
    await read();
    const [one, other] = ['one', 'other'].map((reading) => aChange(reading));
    await inTenant(stage.tenant, async ({ legal }) => {
      await legal.addPolicyChange(one!);
      expect((await legal.read()).policyChanges).toEqual([one]);
      await inTenant(stage.tenant, async ({ legal: theirs }) => {
        await theirs.addPolicyChange(other!);
        expect((await theirs.read()).policyChanges).toEqual([other]);
      });
    });
    expect((await read()).policyChanges).toHaveLength(2);
  });

  it('only grow', async () => {
    await inTenant(stage.tenant, async ({ legal }) => {
      await legal.addNotice(aNotice('N'));
      await legal.addConfirmation(aWord('A'));
      await legal.addPolicyChange(aChange('business-day'));
      await legal.addHousePolicyDecision(aDecision(72));
    });
    for (const table of ['notice', 'total_failure_confirmation', 'deadline_policy_change', 'house_policy_decision']) {
      for (const change of [`UPDATE ${table} SET tenant_id = tenant_id`, `DELETE FROM ${table}`, `TRUNCATE ${table}`]) {
        await expect(stage.database.sql(change)).rejects.toMatchObject({ code: 'LA001' });
      }
    }
  });
});
