import { VariableReader } from '@latarnik/composition';
import type { AccessOptions } from './access/access-options.js';
import { readAccess } from './access/read-access.js';
import { DEFAULT_API_LIMITS, type ApiLimits } from './http/api-limits.js';

const MEGABYTE = 1_000_000;
const DEFAULT_BULK_MEGABYTES = DEFAULT_API_LIMITS.bulk.mostBytesEach / MEGABYTE;

/** What the API alone is told. */
export interface ApiConfiguration {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly limits: ApiLimits;
  readonly access: AccessOptions;
}

/** @throws ConfigurationError */
export function readApiConfiguration(variables: Readonly<Record<string, string | undefined>>): ApiConfiguration {
  const reader = new VariableReader(variables);
  const access = readAccess(reader, variables);
  const configuration = {
    access,
    host: variables['LATARNIK_API_HOST'] ?? '127.0.0.1',
    port: reader.integer('LATARNIK_API_PORT', 8080, 0, 65_535),
    limits: {
      ...DEFAULT_API_LIMITS,
      mostRequests: reader.integer('LATARNIK_API_REQUESTS', DEFAULT_API_LIMITS.mostRequests, 1, 10_000),
      bulk: {
        mostBodies: reader.integer('LATARNIK_BULK_REQUESTS', DEFAULT_API_LIMITS.bulk.mostBodies, 1, 100),
        mostBytesEach: MEGABYTE * reader.integer('LATARNIK_BULK_MEGABYTES', DEFAULT_BULK_MEGABYTES, 1, 100_000),
      },
    },
  };
  reader.finish();
  return configuration;
}
