import 'reflect-metadata';
import { mkdtemp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PORTS, type BatchPackager, type InteractiveSession, type TenantId, type UnitOfWork } from '@latarnik/domain';
import { Container } from 'inversify';
import { crashHookFrom } from './crash-hook.js';
import { crashPointModule } from './crash-point-module.js';
import { CRASH_POINTS, RESERVED_CRASH_POINTS, type CrashPoint } from './names.js';

const TENANT = 'b7b0b1c4-0000-4000-8000-000000000001' as TenantId;
type Call = (...args: unknown[]) => Promise<unknown>;

/** A port that says yes to everything, with the answers given. */
const yes = (answers: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, Call>> =>
  new Proxy(
    {},
    { get: (_target, name) => (name === 'then' ? undefined : () => Promise.resolve(answers[String(name)])) },
  );

class Upos {
  addPage(): Promise<void> {
    return Promise.resolve();
  }
}

let spool: string;
let passed: CrashPoint[];
let container: Container;

beforeEach(async () => {
  spool = await mkdtemp(join(tmpdir(), 'crash-points-'));
  passed = [];
  container = new Container();
  const bind = (port: symbol, value: object) => container.bind(port).toConstantValue(value);
  const stores = {
    idempotency: yes({ add: true }),
    invoices: yes(),
    audit: yes(),
    bulletins: yes({ add: ['K/1'] }),
    terms: yes(),
    recalculations: yes(),
    corrections: yes(),
    tracking: { upos: new Upos() },
    batches: yes({ lease: { fence: 1n } }),
    dueBatches: () => Promise.resolve([]),
  };
  const run = (work: (given: unknown) => Promise<unknown>) => work(stores);
  bind(PORTS.unitOfWork, { inTenant: (_tenant: TenantId, work: typeof run) => run(work as never), inSystem: run });
  bind(PORTS.invoiceDocuments, yes());
  bind(PORTS.offlineSigner, yes());
  bind(PORTS.loginCertificates, yes());
  bind(PORTS.loginSigner, yes());
  bind(PORTS.sealedBoxes, yes());
  bind(PORTS.webhookSender, yes());
  bind(PORTS.batchSessions, {
    open: yes()['open'],
    close: yes()['close'],
    uploadPart: () => new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve)))),
  });
  bind(PORTS.sessionReader, yes({ status: { code: 150 }, invoices: { invoices: [] } }));
  bind(PORTS.interactiveSessions, yes({ open: { outcome: 'done', value: yes() } }));
  bind(PORTS.batchPackager, {
    seal: async (id: string, entries: AsyncIterable<unknown>) => {
      const folder = join(spool, id);
      await mkdir(folder, { recursive: true });
      for await (const _entry of entries);
      await writeFile(join(folder, 'archive.tmp'), '1');
      await writeFile(join(folder, 'part.tmp'), '2');
      await rename(join(folder, 'part.tmp'), join(folder, '01-aa.part'));
      await untilPassed('C.afterRename');
    },
  });
  container.load(crashPointModule({ pass: (point) => passed.push(point) }, spool));
});
afterEach(() => rm(spool, { recursive: true, force: true }));

async function untilPassed(point: CrashPoint): Promise<void> {
  while (!passed.includes(point)) await new Promise((resolve) => setImmediate(resolve));
}

/** The stages of a transaction, in the order in which they were passed. */
async function within(work: (stores: Record<string, Record<string, Call>>) => Promise<unknown>): Promise<CrashPoint[]> {
  passed.length = 0;
  await container
    .get<UnitOfWork>(PORTS.unitOfWork)
    .inTenant(TENANT, (stores) => work(stores as unknown as Record<string, Record<string, Call>>));
  return [...passed];
}

const entries = async function* () {
  yield await Promise.resolve({});
};

describe('crash points', () => {
  it('are 46, and each lies somewhere unless it is reserved with a reason', async () => {
    const port = (name: symbol) => container.get<Readonly<Record<string, Call>>>(name);
    const all: CrashPoint[] = [];
    const note = async (work: () => Promise<unknown>) => {
      passed.length = 0;
      await work();
      all.push(...passed);
    };
    const transaction = (work: Parameters<typeof within>[0]) =>
      note(() => within(work).then((own) => all.push(...own)));
    await transaction((stores) => stores['idempotency']!['add']!());
    await transaction((stores) => stores['invoices']!['add']!());
    await transaction((stores) => stores['bulletins']!['add']!());
    await transaction((stores) => stores['terms']!['move']!());
    await transaction((stores) => stores['recalculations']!['done']!());
    await transaction((stores) => stores['batches']!['add']!());
    await transaction((stores) => stores['batches']!['save']!({ state: 'packed' }));
    await transaction((stores) => stores['invoices']!['saveAll']!([{ state: 'accepted' }]));
    await transaction((stores) => stores['invoices']!['addUpo']!());
    await transaction((stores) => stores['corrections']!['save']!({ state: 'approved' }));
    await transaction((stores) => stores['corrections']!['saveHeld']!({ state: 'accepted' }));
    await transaction((stores) => stores['batches']!['lease']!());
    await transaction((stores) => stores['batches']!['renew']!());
    await transaction((stores) => stores['audit']!['append']!());
    await note(() => container.get<UnitOfWork>(PORTS.unitOfWork).inSystem((stores) => stores.dueBatches(1)));
    await note(() => port(PORTS.invoiceDocuments)['read']!());
    const signer = port(PORTS.offlineSigner);
    await note(() => signer['signEvidence']!());
    await note(() => signer['signKodII']!());
    await note(() => port(PORTS.loginCertificates)['find']!());
    await note(() => port(PORTS.loginSigner)['signAuthTokenRequest']!());
    const sessions = port(PORTS.batchSessions);
    for (const call of ['open', 'uploadPart', 'close']) await note(() => sessions[call]!());
    const reader = port(PORTS.sessionReader);
    for (const call of ['status', 'invoices']) await note(() => reader[call]!());
    const interactive = port(PORTS.interactiveSessions);
    await note(async () => {
      const { value } = (await interactive['open']!()) as { value: InteractiveSession };
      await (value as unknown as Record<string, Call>)['post']!();
    });
    await note(() => container.get<BatchPackager>(PORTS.batchPackager).seal('b1' as never, entries() as never));
    await note(() => port(PORTS.sealedBoxes)['replace']!());
    await note(() => port(PORTS.webhookSender)['send']!());
    all.push('X.sigterm'); // main.ts of API and worker; tools/chaos sees it hit

    const named = Object.keys(CRASH_POINTS) as CrashPoint[];
    expect(named).toHaveLength(46);
    expect([...new Set(all), ...RESERVED_CRASH_POINTS.keys()].sort()).toEqual([...named].sort());
  });

  it('lie around an issue in the order of its stages', async () => {
    const issue = await within(async ({ invoices, idempotency, audit }) => {
      await invoices!['add']!();
      await idempotency!['add']!();
      await audit!['append']!();
    });

    expect(issue).toEqual(['A.afterSeal', 'A.afterKeyRow', 'X.journalAppend', 'A.beforeCommit', 'A.afterCommit']);
  });

  it('lie in groups of stores too', async () => {
    const proof = await within(({ tracking }) => (tracking as unknown as { upos: Upos }).upos.addPage());

    expect(proof).toEqual(['C.beforeUpoStore', 'C.afterUpoStore']);
  });

  it('forget a transaction that was rolled back: what was not committed has no "after commit"', async () => {
    const failing = within(async ({ invoices }) => {
      await invoices!['add']!();
      throw new Error('rolled back');
    });

    await expect(failing).rejects.toThrow('rolled back');
    expect(passed).toEqual(['A.afterSeal']);
  });
});

describe('LATARNIK_CRASH_POINT', () => {
  const read = (given: string | undefined, environment = 'test') => {
    const events: Readonly<Record<string, unknown>>[] = [];
    let kills = 0;
    const hook = crashHookFrom(given, {
      environment,
      log: (event) => void events.push(event),
      kill: () => (kills += 1),
    });
    return { hook, events, kills: () => kills };
  };

  it('installs nothing when it is not set', () => {
    expect(read(undefined).hook).toBeUndefined();
    expect(read('').hook).toBeUndefined();
  });

  it('kills at the n-th pass of its point, and at no other', () => {
    const { hook, events, kills } = read('C.beforeClose:2');
    hook?.pass('C.beforeClose');
    hook?.pass('C.beforeOpen');
    expect(kills()).toBe(0);
    hook?.pass('C.beforeClose');

    expect(kills()).toBe(1);
    expect(events).toEqual([{ event: 'crash-point.killed', point: 'C.beforeClose', pass: 2 }]);
  });

  it('writes each point down once in a census, and kills nobody', () => {
    const { hook, events, kills } = read('census');
    for (const point of ['C.midPack', 'C.midPack', 'C.midPage'] as const) hook?.pass(point);

    expect(kills()).toBe(0);
    expect(events.map(({ point }) => point)).toEqual(['C.midPack', 'C.midPage']);
  });

  it.each(['nowhere', 'C.beforeClose:0', 'C.beforeClose:x', '__proto__'])('refuses %s', (given) => {
    expect(() => read(given)).toThrow('LATARNIK_CRASH_POINT');
  });

  it('is refused on production', () => {
    expect(() => read('census', 'production')).toThrow('must not be set on production');
  });
});
