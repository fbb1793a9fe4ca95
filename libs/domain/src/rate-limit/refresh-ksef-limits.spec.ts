import { describe, expect, it } from '@jest/globals';

import { contextLabel, type ContextIdentifier } from '../party/context-identifier.js';
import { KsefUnreachableError, type KsefAccess } from '../session/ksef-access.js';
import { Temporal } from '../shared/instant.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { batchLimitsWithin, PUBLISHED_CONTEXT_LIMITS, publishedContextLimits } from './context-limits.port.js';
import type { KsefLimits, KsefLimitsBook } from './ksef-limits.port.js';
import { PUBLISHED_RATE_LIMITS } from './rate-limit.js';
import { RefreshKsefLimits } from './refresh-ksef-limits.js';

const TENANT = 'tenant' as TenantId;
const contexts = ['5265877635', '7762811692'].map((value): ContextIdentifier => ({
  type: 'Nip',
  value: value as ContextIdentifier['value'],
}));
const LIMITS: KsefLimits = { rates: PUBLISHED_RATE_LIMITS.value, context: PUBLISHED_CONTEXT_LIMITS, subject: {} };

/** Only the contexts of a tenant are looked up. */
const unitOfWork = {
  inTenant: (_tenant: TenantId, work: (stores: TenantStores) => Promise<unknown>) =>
    work({
      contexts: { all: () => Promise.resolve(contexts.map((identifier) => ({ id: '', identifier, name: '' }))) },
    } as unknown as TenantStores),
} as unknown as UnitOfWork;

class Book implements KsefLimitsBook {
  readonly saved: string[] = [];
  readonly asked: number[] = [];
  constructor(private readonly due: readonly string[]) {}

  find() {
    return Promise.resolve({ limits: LIMITS, readAt: Temporal.Instant.from('2026-11-20T10:00:00Z') });
  }
  save(context: ContextIdentifier) {
    this.saved.push(contextLabel(context));
    return Promise.resolve();
  }
  claim(context: ContextIdentifier, { olderThanSeconds }: { olderThanSeconds: number }) {
    this.asked.push(olderThanSeconds);
    return Promise.resolve(this.due.includes(contextLabel(context)));
  }
}

const use = (book: Book, read: (access: KsefAccess) => Promise<KsefLimits> = () => Promise.resolve(LIMITS)) =>
  new RefreshKsefLimits(unitOfWork, book, { read });

describe("KSeF's limits", () => {
  it('are read for the contexts whose turn it is, and kept', async () => {
    const book = new Book(['Nip:7762811692']);
    const outcome = await use(book).execute(TENANT, 'running');

    expect(outcome).toEqual({ read: ['Nip:7762811692'], failed: [] });
    expect(book.saved).toEqual(['Nip:7762811692']);
    expect(book.asked).toEqual([86_400, 86_400]);
  });

  it('are read again by a process that starts when they are an hour old', async () => {
    const book = new Book([]);
    await use(book).execute(TENANT, 'starting');
    expect(book.asked).toEqual([3_600, 3_600]);
  });

  it('that cannot be read leave what was known, and hold up no other context', async () => {
    const book = new Book(['Nip:5265877635', 'Nip:7762811692']);
    const outcome = await use(book, ({ context }) =>
      context.value === '5265877635' ? Promise.reject(new KsefUnreachableError('away')) : Promise.resolve(LIMITS),
    ).execute(TENANT, 'running');

    expect(outcome).toEqual({ read: ['Nip:7762811692'], failed: [{ context: 'Nip:5265877635', reason: 'away' }] });
    expect(book.saved).toEqual(['Nip:7762811692']);
  });

  it('are left for another time when the process is to stop, and a fault of ours is not hidden', async () => {
    const all = ['Nip:5265877635', 'Nip:7762811692'];
    expect(await use(new Book(all)).execute(TENANT, 'running', { aborted: true })).toEqual({ read: [], failed: [] });
    const broken = use(new Book(all), () => Promise.reject(new Error('a bug'))).execute(TENANT, 'running');
    await expect(broken).rejects.toThrow('a bug');
  });
});

describe('the limits of a batch', () => {
  it('are what this version can send, or less when KSeF allows less', async () => {
    const access = { tenant: TENANT, context: contexts[0] } as KsefAccess;
    const published = await publishedContextLimits.contextLimits(access);
    const with_ = (invoices: number) => batchLimitsWithin({ ...published, batch: { ...published.batch, invoices } });

    expect(batchLimitsWithin(published)).toEqual({ invoices: 10_000, bytes: 5_000_000_000 });
    expect(with_(500).invoices).toBe(500);
    expect(with_(100_000).invoices).toBe(10_000);
    expect(with_(0).invoices).toBe(0);
  });
});
