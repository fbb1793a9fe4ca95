import { describe, expect, it } from '@jest/globals';
import type { BatchId } from '../batch/batch.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { TENANT } from '../testing/builders.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import type { CertificateId } from './certificate.js';
import { RotateKeys } from './rotate-keys.js';
import type { BoxRewrapper, SealedBoxes, StoredBox } from './sealed-boxes.port.js';
import { SecretBoxError } from './secret-box.port.js';

const certificate = (id: string, box: string): StoredBox => ({
  ...{ kind: 'certificate', tenant: TENANT, id: id as CertificateId, purpose: 'offline' },
  box: bytes(box),
});
const sessionKey = (id: string, box: string): StoredBox => ({
  ...{ kind: 'session-key', tenant: TENANT, id: id as BatchId },
  declared: { sha256: '', initializationVector: new Uint8Array() },
  box: bytes(box),
});
const webhookSecret = (id: string, box: string): StoredBox => ({
  ...{ kind: 'webhook-secret', tenant: TENANT, id },
  box: bytes(box),
});
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (box: Uint8Array): string => new TextDecoder().decode(box);

/** Boxes in memory; those named busy are so for a while. */
class BoxesInMemory implements SealedBoxes {
  readonly rows: StoredBox[];
  readonly pages: number[] = [];
  readonly busyFor = new Map<string, number>();
  constructor(...rows: readonly StoredBox[]) {
    this.rows = [...rows];
  }

  page(kind: StoredBox['kind'], after: StoredBox | undefined, limit: number) {
    const rows = this.rows.filter((row) => row.kind === kind && (after === undefined || row.id > after.id));
    const page = rows.slice(0, limit);
    this.pages.push(page.length);
    return Promise.resolve(page);
  }

  newest(kind: StoredBox['kind'], _version: number, limit: number) {
    return Promise.resolve(this.rows.filter((row) => row.kind === kind).slice(-limit));
  }

  replace(stored: StoredBox, box: Uint8Array) {
    const busy = this.busyFor.get(stored.id) ?? 0;
    this.busyFor.set(stored.id, busy - 1);
    if (busy > 0) return Promise.resolve('busy' as const);
    const at = this.rows.findIndex((row) => row.id === stored.id && text(row.box) === text(stored.box));
    if (at < 0) return Promise.resolve('gone' as const);
    this.rows[at] = { ...stored, box };
    return Promise.resolve('replaced' as const);
  }
}

/** Boxes are texts: `2:` is current and opens, `1:` can be opened, anything else cannot. The label must be the row's. */
const rewrapper: BoxRewrapper = {
  rewrap: (box, label) => {
    const [version, owner] = text(box).split(':');
    if (version === '2' && owner === label) return Promise.resolve(undefined);
    return version === '1' && owner === label
      ? Promise.resolve(bytes(`2:${label}`))
      : Promise.reject(new SecretBoxError('key-encryption key 9 is missing'));
  },
};

type Boxes = Pick<SealedBoxes, 'page' | 'replace'>;

function rotating(boxes: Boxes, busyAttempts = 3) {
  const pauses: number[] = [];
  const pause = () => Promise.resolve(void pauses.push(1));
  const { database, clock } = new IssuingWorld();
  /** The database in memory has one tenant. */
  const tenants: TenantId[] = [];
  const unitOfWork: Pick<UnitOfWork, 'inTenant'> = {
    inTenant: (tenant, work) => {
      tenants.push(tenant);
      return database.inTenant(TENANT, work);
    },
  };
  const ports = { unitOfWork, clock, boxes, rewrapper };
  const rotation = new RotateKeys(ports, ({ id }) => id, { pageSize: 2, busyAttempts, pause }).execute();
  const audit = () => database.audit.entries.map((entry, at) => ({ tenant: tenants[at], ...entry }));
  return { rotation, pauses, audit, now: clock.now() };
}

const NONE = { current: 0, rewrapped: 0, busy: 0, unreadable: [] };

describe('RotateKeys', () => {
  it('moves every box of every kind to the current key, page by page, and leaves current ones alone', async () => {
    const boxes = new BoxesInMemory(
      ...['a', 'b', 'c', 'd', 'e'].map((id) => certificate(id, `1:${id}`)),
      certificate('f', '2:f'),
      sessionKey('s', '1:s'),
      webhookSecret('w', '1:w'),
    );

    expect(await rotating(boxes).rotation).toEqual({
      certificate: { ...NONE, current: 1, rewrapped: 5 },
      'session-key': { ...NONE, rewrapped: 1 },
      'webhook-secret': { ...NONE, rewrapped: 1 },
    });
    expect(boxes.rows.map(({ box }) => text(box))).toEqual(['2:a', '2:b', '2:c', '2:d', '2:e', '2:f', '2:s', '2:w']);
    expect(boxes.pages).toEqual([2, 2, 2, 0, 1, 1]);
  });

  it('does nothing when it is repeated', async () => {
    const boxes = new BoxesInMemory(certificate('a', '1:a'), sessionKey('s', '1:s'));
    await rotating(boxes).rotation;

    expect(await rotating(boxes).rotation).toEqual({
      certificate: { ...NONE, current: 1 },
      'session-key': { ...NONE, current: 1 },
      'webhook-secret': NONE,
    });
  });

  it('waits for a row that a worker holds, and says when it never came free', async () => {
    const boxes = new BoxesInMemory(sessionKey('s', '1:s'), sessionKey('t', '1:t'));
    boxes.busyFor.set('s', 2).set('t', 99);
    const { rotation, pauses } = rotating(boxes);

    expect(await rotation).toEqual({
      certificate: NONE,
      'session-key': { ...NONE, rewrapped: 1, busy: 1 },
      'webhook-secret': NONE,
    });
    expect(pauses).toHaveLength(4);
    expect(boxes.rows.map(({ box }) => text(box))).toEqual(['2:s', '1:t']);
  });

  it('names the boxes that no key opens, and goes on', async () => {
    const boxes = new BoxesInMemory(certificate('a', '1:another'), certificate('b', '9:b'), certificate('c', '1:c'));

    expect((await rotating(boxes).rotation).certificate).toEqual({
      ...{ current: 0, rewrapped: 1, busy: 0 },
      unreadable: [
        { id: 'a', reason: 'key-encryption key 9 is missing' },
        { id: 'b', reason: 'key-encryption key 9 is missing' },
      ],
    });
    expect(boxes.rows.map(({ box }) => text(box))).toEqual(['1:another', '9:b', '2:c']);
  });

  it('does not count a box under the current version as current when it does not open', async () => {
    const boxes = new BoxesInMemory(certificate('a', '2:another'), sessionKey('s', '2:s'));

    expect(await rotating(boxes).rotation).toMatchObject({
      certificate: { current: 0, rewrapped: 0, unreadable: [{ id: 'a' }] },
      'session-key': { current: 1, unreadable: [] },
    });
  });

  it('leaves one audit row for each tenant of which a box was moved, also when it ends early', async () => {
    const other = 'tenant-2' as TenantId;
    const boxes = new BoxesInMemory(
      certificate('a', '1:a'),
      certificate('b', '1:b'),
      certificate('c', '9:c'),
      { ...certificate('d', '1:d'), tenant: other },
      { ...certificate('e', '2:e'), tenant: 'tenant-3' as TenantId },
      sessionKey('s', '1:s'),
      sessionKey('t', '1:t'),
    );
    boxes.busyFor.set('s', 99);
    const run = rotating(boxes);
    await run.rotation;
    const row = { at: run.now, actor: 'operator', action: 'certificate.rewrapped' };
    const subject = { kind: 'certificate', id: 'all' };

    expect(run.audit()).toEqual([
      {
        ...row,
        tenant: TENANT,
        subject,
        facts: { certificates: 2, sessionKeys: 1, webhookSecrets: 0, busy: 1, unreadable: 1 },
      },
      {
        ...row,
        tenant: other,
        subject,
        facts: { certificates: 1, sessionKeys: 0, webhookSecrets: 0, busy: 0, unreadable: 0 },
      },
    ]);
    const repeated = rotating(new BoxesInMemory(certificate('a', '2:a')));
    await repeated.rotation;
    expect(repeated.audit()).toEqual([]);

    const some = new BoxesInMemory(certificate('a', '1:a'), certificate('b', '1:b'));
    const ending: Boxes = {
      page: some.page.bind(some),
      replace: (stored, box) =>
        stored.id === 'b' ? Promise.reject(new Error('the database is gone')) : some.replace(stored, box),
    };
    const early = rotating(ending);
    await expect(early.rotation).rejects.toThrow('the database is gone');
    expect(early.audit()).toMatchObject([{ tenant: TENANT, facts: { certificates: 1 } }]);
  });

  it('does not count a box that somebody else wrote again meanwhile', async () => {
    const boxes = new BoxesInMemory(certificate('a', '1:a'));
    const racing: Boxes = { page: boxes.page.bind(boxes), replace: () => Promise.resolve('gone') };

    expect((await rotating(racing).rotation).certificate).toEqual(NONE);
  });

  it('does not hide what is not about a key', async () => {
    const boxes = new BoxesInMemory(certificate('a', '1:a'));
    const broken: Boxes = {
      page: boxes.page.bind(boxes),
      replace: () => Promise.reject(new Error('the database is gone')),
    };

    await expect(rotating(broken).rotation).rejects.toThrow('the database is gone');
  });
});
