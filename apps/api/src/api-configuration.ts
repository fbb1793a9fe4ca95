import { VariableReader } from '@latarnik/composition';

/** What the API alone is told. */
export interface ApiConfiguration {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
}

/** @throws ConfigurationError */
export function readApiConfiguration(variables: Readonly<Record<string, string | undefined>>): ApiConfiguration {
  const reader = new VariableReader(variables);
  const configuration = {
    host: variables['LATARNIK_API_HOST'] ?? '127.0.0.1',
    port: reader.integer('LATARNIK_API_PORT', 8080, 0, 65_535),
  };
  reader.finish();
  return configuration;
}
