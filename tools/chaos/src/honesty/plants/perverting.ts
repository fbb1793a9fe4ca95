import type { SystemStores, TenantStores, UnitOfWork } from '@latarnik/domain';
import { ContainerModule } from 'inversify';
import pg from 'pg';

type Method = (...args: never[]) => unknown;
/** New bodies of some methods; each gets the method it replaces, bound to its object. */
export type Perversion<T> = {
  readonly [K in keyof T]?: T[K] extends Method ? (original: T[K]) => T[K] : never;
};

/** The same object but for these methods. */
export function perverted<T extends object>(port: T, perversion: Perversion<T>): T {
  return new Proxy(port, {
    get: (target, name): unknown => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const bound: unknown = member.bind(target);
      const pervert = (perversion as Readonly<Record<string | symbol, ((original: unknown) => unknown) | undefined>>)[
        name
      ];
      return pervert === undefined ? bound : pervert(bound);
    },
  });
}

/** An extension that puts something else in the place of ports, whoever made them. */
export function plant(ports: readonly (readonly [symbol, (inner: never) => object])[]): ContainerModule {
  return new ContainerModule(({ onActivation }) => {
    for (const [port, pervert] of ports) {
      onActivation<object>(port, (_context, inner) => (pervert as (inner: object) => object)(inner));
    }
  });
}

/** Those of a tenant or those of the system: which, is seen by what is there. */
type Stores = Partial<TenantStores & SystemStores>;

/** Transactions whose stores are others. */
export function withStores(inner: UnitOfWork, replace: (stores: Stores) => Stores): UnitOfWork {
  const replaced = <S>(stores: S): S => ({ ...stores, ...replace(stores as Stores) });
  return {
    inTenant: (tenant, work) => inner.inTenant(tenant, (stores) => work(replaced(stores))),
    inSystem: (work) => inner.inSystem((stores) => work(replaced(stores))),
  };
}

let pool: pg.Pool | undefined;

/** Past all ports and all roles, as a bug would not need to: what a plant must know to go wrong in the right place. */
export async function sql<R extends pg.QueryResultRow>(
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly R[]> {
  pool ??= new pg.Pool({ connectionString: process.env['CHAOS_DATABASE_URL'], max: 2, allowExitOnIdle: true });
  return (await pool.query<R>(text, [...values])).rows;
}
