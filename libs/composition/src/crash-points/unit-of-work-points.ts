import type { SystemStores, TenantId, TenantStores, UnitOfWork } from '@latarnik/domain';
import type { CrashHook } from './crash-hook.js';
import type { CrashPoint } from './names.js';
import { watched } from './watched.js';

/** A call of a store, and the points that hang on it. */
interface StoreRule {
  readonly store: RegExp;
  readonly method: RegExp;
  /** Whether this call counts. @default every one */
  readonly if?: (args: readonly unknown[], result: unknown) => boolean;
  /** Passed right before the call, whatever it is about. */
  readonly ahead?: CrashPoint;
  /** Passed right after the call, inside the transaction. */
  readonly within?: CrashPoint;
  /** Passed when all is written, before COMMIT. */
  readonly beforeCommit?: CrashPoint;
  /** Passed after COMMIT. */
  readonly afterCommit?: CrashPoint;
}

const inState =
  (state: string) =>
  ([first]: readonly unknown[]): boolean =>
    (Array.isArray(first) ? first : [first]).some((each) => (each as { state?: unknown } | null)?.state === state);
const notEmpty = (_args: readonly unknown[], result: unknown): boolean => Array.isArray(result) && result.length > 0;
const given = (_args: readonly unknown[], result: unknown): boolean => result !== undefined && result !== false;

/** What a transaction is about is told by what it writes: no step of the domain says so. */
const RULES: readonly StoreRule[] = [
  { store: /^idempotency$/, method: /^add$/, if: given, within: 'A.afterKeyRow' },
  {
    ...{ store: /^invoices$/, method: /^add$/, ahead: 'A.afterSeal' },
    ...{ beforeCommit: 'A.beforeCommit', afterCommit: 'A.afterCommit' },
  },
  { store: /^bulletins$/, method: /^add$/, if: notEmpty, afterCommit: 'B.afterMessageStore' },
  { store: /^terms$/, method: /^move$/, afterCommit: 'B.midRecompute' },
  { store: /^recalculations$/, method: /^done$/, afterCommit: 'B.afterRecompute' },
  { store: /^batches$/, method: /^add$/, afterCommit: 'C.afterPlanCommit' },
  { store: /^batches$/, method: /^save$/, if: inState('packed'), afterCommit: 'C.afterPartsCommit' },
  { store: /^invoices$/, method: /^saveAll$/, if: inState('accepted'), afterCommit: 'C.afterPageCommit' },
  { store: /^tracking\.rows$/, method: /^record$/, afterCommit: 'C.afterPageCommit' },
  {
    ...{ store: /^(invoices|tracking\.upos)$/, method: /Upo$|^addPage$|^completeByPage$/ },
    ...{ ahead: 'C.beforeUpoStore', afterCommit: 'C.afterUpoStore' },
  },
  { store: /^corrections$/, method: /^save/, if: inState('approved'), afterCommit: 'D.afterApprove' },
  {
    ...{ store: /^corrections$/, method: /^save/, if: inState('accepted') },
    ...{ beforeCommit: 'D.beforeLink', afterCommit: 'D.afterLink' },
  },
  { store: /^batches$/, method: /^lease$/, if: given, within: 'X.fenceBump' },
  { store: /^batches$/, method: /^renew$/, within: 'X.leaseRenew' },
  { store: /^audit$/, method: /^append$/, within: 'X.journalAppend' },
];

const rulesOf = (store: string, method: string): readonly StoreRule[] =>
  RULES.filter((rule) => rule.store.test(store) && rule.method.test(method));

/** A store has methods; what has none, but objects only, is a group of stores. */
function isGroup(store: object): boolean {
  const members = Object.values(store) as readonly unknown[];
  const hasMethods = Object.getOwnPropertyNames(Object.getPrototypeOf(store)).some((name) => name !== 'constructor');
  const isPlain = Object.getPrototypeOf(store) === Object.prototype;
  const allObjects = members.length > 0 && members.every((member) => typeof member === 'object' && member !== null);
  return (isPlain || !hasMethods) && allObjects;
}

/** Transactions whose every stage may be the last. */
export class PointedUnitOfWork implements UnitOfWork {
  constructor(
    private readonly inner: UnitOfWork,
    private readonly hook: CrashHook,
  ) {}

  inTenant<T>(tenant: TenantId, work: (stores: TenantStores) => Promise<T>): Promise<T> {
    return this.through<TenantStores, T>((wrapped) => this.inner.inTenant(tenant, wrapped), work);
  }

  inSystem<T>(work: (stores: SystemStores) => Promise<T>): Promise<T> {
    return this.through<SystemStores, T>((wrapped) => this.inner.inSystem(wrapped), work);
  }

  private async through<S extends TenantStores | SystemStores, T>(
    run: (work: (stores: S) => Promise<T>) => Promise<T>,
    work: (stores: S) => Promise<T>,
  ): Promise<T> {
    let met: StoreRule[] = [];
    const result = await run(async (stores) => {
      met = [];
      const value = await work(this.storesOf(stores, (rule) => met.push(rule)));
      this.passAll(met.map(({ beforeCommit }) => beforeCommit));
      return value;
    });
    this.passAll(met.map(({ afterCommit }) => afterCommit));
    return result;
  }

  /** Stores are made anew for each transaction, so their watches are too. Some are groups of stores. */
  private storesOf<S extends object>(stores: S, meet: (rule: StoreRule) => void, path = ''): S {
    const entries = Object.entries(stores).map(([name, store]: [string, unknown]) => {
      if (name === 'dueBatches') return [name, this.sweeping(store as SystemStores['dueBatches'])];
      if (typeof store !== 'object' || store === null) return [name, store];
      if (isGroup(store)) return [name, this.storesOf(store, meet, `${path}${name}.`)];
      return [name, watched(store, (method) => this.watchOf(rulesOf(`${path}${name}`, method), meet))];
    });
    return Object.fromEntries(entries) as S;
  }

  private watchOf(rules: readonly StoreRule[], meet: (rule: StoreRule) => void) {
    if (rules.length === 0) return undefined;
    return {
      before: () => {
        this.passAll(rules.map(({ ahead }) => ahead));
      },
      after: (result: unknown, args: readonly unknown[]) => {
        for (const rule of rules) {
          if (rule.if?.(args, result) === false) continue;
          meet(rule);
          this.passAll([rule.within]);
        }
      },
    };
  }

  private sweeping(dueBatches: SystemStores['dueBatches']): SystemStores['dueBatches'] {
    return async (limit) => {
      const due = await dueBatches(limit);
      this.hook.pass('X.sweeperPass');
      return due;
    };
  }

  private passAll(points: readonly (CrashPoint | undefined)[]): void {
    for (const point of new Set(points)) if (point !== undefined) this.hook.pass(point);
  }
}
