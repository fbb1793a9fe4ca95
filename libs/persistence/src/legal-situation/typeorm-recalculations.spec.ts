import { afterEach, describe, expect, it } from '@jest/globals';
import { required } from '../database/required.js';
import { Stage } from '../testing/stage.js';
import { until } from '../testing/test-database.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;

const pending = (tenant = stage.tenant) => inTenant(tenant, ({ recalculations }) => recalculations.pending());
const causes = async (tenant = stage.tenant) => (await pending(tenant))?.causes ?? [];
const request = (cause: string, tenant = stage.tenant) =>
  inTenant(tenant, ({ recalculations }) => recalculations.request(cause));
const requestForAll = (cause: string) =>
  stage.database.unitOfWork.inSystem(({ recalculations }) => recalculations.request(cause));
const claim = (tenant = stage.tenant) => inTenant(tenant, ({ recalculations }) => recalculations.claim());
const renew = (run: string) => inTenant(stage.tenant, ({ recalculations }) => recalculations.renew(run));
const newest = () => inTenant(stage.tenant, ({ recalculations }) => recalculations.newest());
/** A whole run, which found so much to do. */
const done = (tenant = stage.tenant) =>
  inTenant(tenant, async ({ recalculations }) => {
    const run = required(await recalculations.claim(), 'lease');
    await recalculations.done(run, (await recalculations.pending())?.upTo);
  });
const tenantsPending = () =>
  stage.database.unitOfWork.inSystem(({ recalculations }) => recalculations.tenantsPending());

afterEach(() => stage.database.passTime(0));

describe('requests to derive deadlines anew', () => {
  it('concern one tenant or all, and stand for five minutes after they were done, once a minute', async () => {
    const other = await stage.database.aTenant();
    expect(await pending()).toBeUndefined();
    expect(await tenantsPending()).toEqual([]);
    await request('policy saturday');
    expect(await tenantsPending()).toEqual([stage.tenant]);
    await requestForAll('K/1 version 2');
    expect([await causes(), await causes(other)]).toEqual([['policy saturday', 'K/1 version 2'], ['K/1 version 2']]);
    expect(await tenantsPending()).toEqual(expect.arrayContaining([stage.tenant, other]));
    await done();
    expect([await causes(), await tenantsPending()]).toEqual([[], [other]]);
    await stage.database.passTime(59);
    expect([await causes(), await tenantsPending()]).toEqual([[], [other]]);
    await stage.database.passTime(62);
    expect(await causes()).toEqual(['policy saturday', 'K/1 version 2']);
    expect(await tenantsPending()).toEqual(expect.arrayContaining([stage.tenant, other]));
    await done();
    await stage.database.passTime(120);
    expect(await causes()).toEqual([]);
    await stage.database.passTime(298);
    expect(await causes()).toEqual(['policy saturday', 'K/1 version 2']);
    await stage.database.passTime(302);
    expect([await pending(), await causes(other)]).toEqual([undefined, ['K/1 version 2']]);
    expect(await tenantsPending()).toEqual([other]);
    await done(other);
    expect(await tenantsPending()).toEqual([]);
  });

  it('that come while others rest are done at once', async () => {
    await request('first');
    await done();
    await request('second');
    expect([await causes(), await tenantsPending()]).toEqual([['second'], [stage.tenant]]);
  });

  it('have a newest one, done or not, which no other tenant raises', async () => {
    const before = await newest();
    await request('theirs', await stage.database.aTenant());
    expect(await newest()).toBe(before);
    await request('own');
    const own = await newest();
    expect(own).toBeGreaterThan(before);
    await requestForAll('of all');
    expect(await newest()).toBeGreaterThan(own);
    const last = await newest();
    await done();
    expect(await newest()).toBe(last);
  });

  it('commit in the order of their numbers: none is passed over by a run that saw a later one', async () => {
    const order: string[] = [];
    const second: { request?: Promise<void> } = {};
    await inTenant(stage.tenant, async ({ recalculations }) => {
      await recalculations.request('first');
      second.request = request('second').then(() => void order.push('second'));
      await until(async () => {
        const text = "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory'";
        return (await stage.database.sql(text)).length > 0;
      });
      order.push('first');
    });
    await second.request;
    expect(order).toEqual(['first', 'second']);
    expect((await causes()).slice(-2)).toEqual(['first', 'second']);
  });

  it('only grow', async () => {
    await request('kept');
    for (const change of ["UPDATE recalculation_request SET cause = 'x'", 'DELETE FROM recalculation_request']) {
      await expect(stage.database.sql(change)).rejects.toMatchObject({ code: 'LA001' });
    }
  });

  it('are gone with the change that failed', async () => {
    const failing = inTenant(stage.tenant, async ({ recalculations }) => {
      await recalculations.request('never');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await causes()).not.toContain('never');
  });
});

describe('the lease of a run', () => {
  it('is held by one run at a time, each tenant with its own', async () => {
    await request('first');
    const both = await Promise.all([claim(), claim()]);
    expect(both.filter((run) => run !== undefined)).toHaveLength(1);
    expect(await claim()).toBeUndefined();
    expect(await claim(await stage.database.aTenant())).toBeDefined();
    expect(await causes()).toContain('first');
    expect(await tenantsPending()).not.toContain(stage.tenant);
  });

  it('is not waited for while its run stores a chunk', async () => {
    const run = required(await claim(), 'lease');
    const meanwhile = await inTenant(stage.tenant, async ({ recalculations }) => {
      expect(await recalculations.renew(run)).toBe(true);
      return claim();
    });
    expect(meanwhile).toBeUndefined();
  });

  it('ends a minute after it was last renewed; then its run has lost it, and does nothing any more', async () => {
    await request('first');
    const run = required(await claim(), 'lease');
    await stage.database.passTime(50);
    expect(await renew(run)).toBe(true);
    await stage.database.passTime(100);
    expect(await claim()).toBeUndefined();
    await stage.database.passTime(111);
    const later = required(await claim(), 'lease');
    expect([await renew(run), await renew(later)]).toEqual([false, true]);
    await inTenant(stage.tenant, ({ recalculations }) => recalculations.done(run, 1_000_000));
    await inTenant(stage.tenant, ({ recalculations }) => recalculations.release(run));
    expect(await causes()).toContain('first');
    expect(await renew(later)).toBe(true);
  });

  it('is given back by a run that is done or was stopped, and by one whose claim was rolled back', async () => {
    await request('first');
    const stopped = required(await claim(), 'lease');
    await inTenant(stage.tenant, ({ recalculations }) => recalculations.release(stopped));
    expect(await tenantsPending()).toContain(stage.tenant);
    const failing = inTenant(stage.tenant, async ({ recalculations }) => {
      await recalculations.claim();
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await done();
    expect(await claim()).toBeDefined();
  });
});
