import 'reflect-metadata';
import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { SnakeCaseColumns } from './column-types.js';
import { RECORDS } from './records.js';

export interface DataSourceOptions {
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly applicationName: string;
  /** Longest wait for a free connection or a new one. */
  readonly connectTimeoutMs: number;
  /** Longest wait for an answer before the connection is given up; absent for migrations. */
  readonly answerTimeoutMs?: number;
  readonly onIdleConnectionError: (error: Error) => void;
  readonly migrations?: (new () => MigrationInterface)[];
}

/** Types that this pool leaves as text: date, timestamp, timestamptz. The parsers of `pg` itself stay as they are. */
const AS_TEXT: ReadonlySet<number> = new Set([1082, 1114, 1184]);

const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): unknown =>
    AS_TEXT.has(oid)
      ? (text: string) => text
      : (pg.types.getTypeParser as (...args: unknown[]) => unknown)(oid, format),
};

/** A pool that is bounded, keeps connections alive, logs nothing, and never alters the schema by itself. */
export function createDataSource(options: DataSourceOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    driver: pg,
    url: options.databaseUrl,
    poolSize: options.poolSize,
    applicationName: options.applicationName,
    connectTimeoutMS: options.connectTimeoutMs,
    poolErrorHandler: options.onIdleConnectionError,
    installExtensions: false,
    synchronize: false,
    logging: false,
    entities: RECORDS,
    migrations: options.migrations ?? [],
    migrationsTableName: 'migration',
    namingStrategy: new SnakeCaseColumns(),
    extra: {
      types,
      keepAlive: true,
      // Statements that do not wait for one another's answers are sent together.
      pipeline: true,
      ...(options.answerTimeoutMs === undefined ? {} : { query_timeout: options.answerTimeoutMs }),
    },
  });
}
