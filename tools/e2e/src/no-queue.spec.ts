import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';
import { call, eventually, issue, today } from './testing/client.js';
import { runningSystem } from './testing/running-system.js';

describe('with the queue switched off', () => {
  let system: System;
  beforeAll(async () => {
    system = await runningSystem({ env: { LATARNIK_QUEUE: 'off', LATARNIK_BATCH_LINGER_SECONDS: '0' } });
  });
  afterAll(() => system.stop());

  it('the sweeper alone plans, sends and proves everything', async () => {
    const examples = (await exampleInvoices(10, today())).slice(0, 6);
    for (const example of examples) expect((await issue(system, example, '?mode=offline24')).status).toBe(201);

    await eventually('every invoice is sent', async () => {
      const { items } = (await call(system, { path: '/v1/invoices' })).json as { items: readonly { status: string }[] };
      return items.length === examples.length && items.every(({ status }) => status === 'sent');
    });
    expect((await system.control.ledger()).accepted).toHaveLength(examples.length);
  });
});
