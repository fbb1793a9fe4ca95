import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient, balanceBooks, runDemo } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';
import { runningSystem } from './testing/running-system.js';

describe('the main job', () => {
  let system: System;
  beforeAll(async () => {
    system = await runningSystem();
  });
  afterAll(() => system.stop());

  it('brings every invoice issued during a failure into KSeF, once, with number and UPO', async () => {
    expect(await runDemo(system)).toBe(true);
  });

  it('keeps books that notice a missing invoice', async () => {
    const api = new ApiClient(system);
    const all = await api.allInvoices();
    const [first] = all;
    if (first === undefined) throw new Error('nothing was issued');
    const books = await balanceBooks(system, api, [...all, { ...first, id: crypto.randomUUID() }].slice(1));

    expect(books.some(({ agrees }) => !agrees)).toBe(true);
  }, 60_000);
});
