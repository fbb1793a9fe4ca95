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
    const books = await balanceBooks(system, api, [...all, ...all.slice(0, 1)]);

    expect(books.find(({ what }) => what === 'issued = sent')).toMatchObject({ agrees: false });
  });
});
