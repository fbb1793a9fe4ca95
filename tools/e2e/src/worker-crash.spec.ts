import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices } from '@latarnik/demo';
import { SupervisedProcess, entryOf, type System } from '@latarnik/launcher';
import { join } from 'node:path';
import { call, eventually, issue, today } from './testing/client.js';
import { runningSystem } from './testing/running-system.js';

const INVOICES = 120;

interface Row {
  readonly id: string;
  readonly status: string;
  readonly sha256: string;
  readonly ksefNumber: string | null;
}

describe('a worker that is killed in the middle of a batch', () => {
  let system: System;
  beforeAll(async () => {
    system = await runningSystem({ restart: true, env: { LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
  });
  afterAll(() => system.stop());

  const rows = async (): Promise<readonly Row[]> =>
    (await call(system, { path: '/v1/invoices?limit=500' })).json['items'] as Row[];
  const batchStates = async (): Promise<readonly string[]> => {
    const { items } = (await call(system, { path: '/v1/batches' })).json as { items: readonly { state: string }[] };
    return items.map(({ state }) => state);
  };

  it('loses nothing and sends nothing twice, wherever it is killed', async () => {
    for (const example of await exampleInvoices(INVOICES, today())) {
      const issued = await issue(system, example, '?mode=offline24');
      expect(issued.status).toBe(201);
      const { sellerNip } = issued.json as { sellerNip: string };
      if (sellerNip !== system.contextNip) await system.control.allowIssuing(system.contextNip, sellerNip);
    }
    await system.control.settings({ processingDelayMs: 3000 });
    expect((await call(system, { method: 'POST', path: '/v1/batches' })).status).toBe(202);

    const killedIn = new Set<string>();
    await eventually('every invoice is sent', async () => {
      const [state = ''] = await batchStates();
      if (state !== 'done' && !killedIn.has(state)) {
        killedIn.add(state);
        await system.worker.kill();
      }
      return (await rows()).every(({ status }) => status === 'sent');
    });

    const { accepted, counters } = await system.control.ledger();
    const sent = await rows();
    expect(killedIn.size).toBeGreaterThanOrEqual(2);
    expect(sent).toHaveLength(INVOICES);
    expect(new Map(accepted.map(({ ksefNumber, invoiceHash }) => [ksefNumber, invoiceHash]))).toEqual(
      new Map(sent.map(({ ksefNumber, sha256 }) => [ksefNumber, sha256])),
    );
    expect(counters).toMatchObject({ accepted: INVOICES, duplicates: 0, rejected: 0 });
  });

  it('shares the work with another worker without sending anything twice', async () => {
    const second = new SupervisedProcess({
      name: 'second worker',
      file: entryOf('@latarnik/worker'),
      env: { ...system.env, PATH: process.env['PATH'] ?? '', LATARNIK_WORKER_PORT: '0' },
      logFile: join(system.directory, 'logs', 'second-worker.log'),
      restart: false,
    });
    await second.start();
    try {
      const before = (await system.control.ledger()).accepted.length;
      const examples = await exampleInvoices(24, today());
      for (const { body, contentType, number } of examples) {
        const renumbered = new TextDecoder().decode(body).replaceAll(number, `TWO/${number}`);
        const issued = await issue(
          system,
          { body: new TextEncoder().encode(renumbered), contentType },
          '?mode=offline24',
        );
        expect(issued.status).toBe(201);
      }
      await Promise.all([1, 2, 3].map(() => call(system, { method: 'POST', path: '/v1/batches' })));
      await eventually('every invoice is sent', async () => (await rows()).every(({ status }) => status === 'sent'));

      const { accepted, counters } = await system.control.ledger();
      expect(accepted.length - before).toBe(examples.length);
      expect(counters).toMatchObject({ duplicates: 0, rejected: 0 });
    } finally {
      await second.stop();
    }
  });
});
