import { KSEF_ENVIRONMENTS, type KsefEnvironment } from '@latarnik/domain';

/** Everything a process of Latarnik is told; read once, in main.ts. README lists the variables. */
export interface Configuration {
  readonly environment: KsefEnvironment;
  readonly databaseUrl: string;
  /** Database connections of this process. */
  readonly poolSize: number;
  /** `false` leaves all work to the sweeper (reliability R7). */
  readonly queue: boolean;
  readonly ksefUrl: string;
  readonly latarniaUrl: string;
  /** Longest wait for one call to KSeF; someone waits for the API, nobody for the worker. */
  readonly ksefTimeoutSeconds: number;
  /** Disposable files: archives and encrypted parts. */
  readonly spoolDirectory: string;
  /** File with the 32-byte key that private keys and session keys are sealed with; absent: nothing can be signed. */
  readonly keyEncryptionKeyFile?: string;
  /** Of this process, in leases; unique among workers. */
  readonly processName: string;
  /**
   * How long the oldest waiting invoice waits for others to share its batch. KSeF allows 60 batch sessions an hour in a
   * context (KSeF request limits), so a short time suits tests only.
   */
  readonly batchLingerSeconds: number;
  /** Files with an extension module each (docs/extending.md). */
  readonly extensions: readonly string[];
  readonly saturdayIsBusinessDay: boolean;
}

/** The configuration cannot be used: names every variable that is wrong, never its value. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigurationError */
export function readConfiguration(
  variables: Environment,
  processName: string,
  defaults: { readonly ksefTimeoutSeconds: number } = { ksefTimeoutSeconds: 30 },
): Configuration {
  const reader = new VariableReader(variables);
  const keyEncryptionKeyFile = variables['LATARNIK_KEY_ENCRYPTION_KEY_FILE'];
  const configuration: Configuration = {
    environment: reader.oneOf('LATARNIK_ENVIRONMENT', KSEF_ENVIRONMENTS),
    databaseUrl: reader.required('DATABASE_URL'),
    poolSize: reader.integer('LATARNIK_DATABASE_POOL', 10, 1, 200),
    queue: reader.oneOf('LATARNIK_QUEUE', ['on', 'off'], 'on') === 'on',
    ksefUrl: reader.required('LATARNIK_KSEF_URL'),
    latarniaUrl: reader.required('LATARNIK_LATARNIA_URL'),
    ksefTimeoutSeconds: reader.integer('LATARNIK_KSEF_TIMEOUT_SECONDS', defaults.ksefTimeoutSeconds, 1, 600),
    spoolDirectory: reader.required('LATARNIK_SPOOL_DIRECTORY'),
    ...(keyEncryptionKeyFile === undefined ? {} : { keyEncryptionKeyFile }),
    processName,
    batchLingerSeconds: reader.integer('LATARNIK_BATCH_LINGER_SECONDS', 120, 0, 3600),
    extensions: (variables['LATARNIK_EXTENSIONS'] ?? '').split(',').filter((file) => file !== ''),
    saturdayIsBusinessDay: reader.oneOf('LATARNIK_SATURDAY_IS_BUSINESS_DAY', ['yes', 'no'], 'no') === 'yes',
  };
  reader.finish();
  return configuration;
}

/** Reads variables and collects what is wrong with them, to say it all at once. */
export class VariableReader {
  readonly #problems: string[] = [];

  constructor(private readonly variables: Environment) {}

  required(name: string): string {
    const value = this.variables[name];
    if (value === undefined || value === '') this.#problems.push(`${name} is not set`);
    return value ?? '';
  }

  oneOf<const T extends string>(name: string, allowed: readonly T[], fallback?: T): T {
    const value = this.variables[name] ?? fallback;
    const known = allowed.find((candidate) => candidate === value);
    if (known === undefined) this.#problems.push(`${name} must be one of ${allowed.join(', ')}`);
    return known ?? (value as T);
  }

  integer(name: string, fallback: number, least: number, most: number): number {
    const value = Number(this.variables[name] ?? fallback);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    this.#problems.push(`${name} must be a whole number from ${String(least)} to ${String(most)}`);
    return fallback;
  }

  /** @throws ConfigurationError when anything was wrong */
  finish(): void {
    if (this.#problems.length > 0) throw new ConfigurationError(this.#problems.join('; '));
  }
}
