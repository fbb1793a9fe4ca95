import { join } from 'node:path';
import {
  DEFAULT_ALERT_HOURS,
  KSEF_ENVIRONMENTS,
  Temporal,
  type ApprovalPolicy,
  type CorrectionApprovalPolicy,
  type KsefEnvironment,
} from '@latarnik/domain';
import { readEventConfiguration, type EventConfiguration } from './event-use-cases.js';
import { readSigning, type SigningConfiguration } from './signing.js';
import { readSmtp, type SmtpConfiguration } from './smtp.js';
import { readUpoTrust, type UpoConfiguration } from './upo-trust.js';

/** Everything a process of Latarnik is told; read once, in main.ts. README lists the variables. */
export interface Configuration extends SigningConfiguration, SmtpConfiguration, UpoConfiguration, EventConfiguration {
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
  /**
   * Whose limits of calls are kept to: KSeF's; `none` only against a simulator, in the environment `test`, that was told to
   * have none.
   */
  readonly callLimits: 'ksef' | 'none';
  /** Disposable files: archives and encrypted parts. */
  readonly spoolDirectory: string;
  /** Kind of package that batches are packed into from now on; tar.gz is far smaller (ADR 0017). */
  readonly packageCompression: 'tar.gz' | 'zip';
  /** Refresh tokens of KSeF logins outlive the process here; absent when they shall not (docs/keys.md). */
  readonly loginDirectory?: string;
  /** Key of this machine that seals them, made at the first use. */
  readonly loginKeyFile?: string;
  /** Of this process, in leases; unique among workers. */
  readonly processName: string;
  /**
   * How long the oldest waiting invoice waits for others to share its batch. KSeF allows 60 batch sessions an hour in a
   * context (KSeF request limits), so a short time suits tests only.
   */
  readonly batchLingerSeconds: number;
  /**
   * An interactive session without an invoice for so long is closed. KSeF allows 120 openings an hour in a context, and an
   * invoice now and then opens at most 3600 / this many in each process (docs/adr/0019).
   */
  readonly onlineIdleSeconds: number;
  /** What one call waits for KSeF altogether to issue online; then it issues offline24. */
  readonly onlineBudgetSeconds: number;
  /** So long before midnight in Warsaw, codes and evidence are made before an invoice is posted online. */
  readonly endOfDaySeconds: number;
  /** Controls of the simulator that plays KSeF, where one does: a drill takes it down through them. Never on production. */
  readonly simulatorControlUrl?: string;
  /** Files with an extension module each (docs/extending.md). */
  readonly extensions: readonly string[];
  readonly saturdayIsBusinessDay: boolean;
  /** Persons that a technical correction needs; one only where the business has no second (docs/adr/0018). */
  readonly correctionApproval: CorrectionApprovalPolicy;
  /** Persons that another reading of the law, and the end of a certificate, need (reliability S8). */
  readonly approvals: ApprovalPolicy;
  /** Days that Parliament made free once (`YYYY-MM-DD`); part of the version of the calendar. */
  readonly oneOffHolidays: readonly string[];
  /** Hours before the statutory end at which people are warned, the longest first. */
  readonly alertHours: readonly number[];
  /** Addresses that tell our own lost network from KSeF's; asked only when neither KSeF nor Latarnia gives any sign. */
  readonly networkCheckUrls: readonly string[];
}

/** The configuration cannot be used: names every variable that is wrong, never its value. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const MOST_NETWORK_CHECK_URLS = 5;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigurationError */
export function readConfiguration(
  variables: Environment,
  processName: string,
  defaults: { readonly ksefTimeoutSeconds: number } = { ksefTimeoutSeconds: 30 },
): Configuration {
  const reader = new VariableReader(variables);
  const configuration: Configuration = {
    environment: reader.oneOf('LATARNIK_ENVIRONMENT', KSEF_ENVIRONMENTS),
    databaseUrl: reader.required('DATABASE_URL'),
    poolSize: reader.integer('LATARNIK_DATABASE_POOL', 10, 1, 200),
    queue: reader.oneOf('LATARNIK_QUEUE', ['on', 'off'], 'on') === 'on',
    ksefUrl: reader.required('LATARNIK_KSEF_URL'),
    latarniaUrl: reader.required('LATARNIK_LATARNIA_URL'),
    ksefTimeoutSeconds: reader.integer('LATARNIK_KSEF_TIMEOUT_SECONDS', defaults.ksefTimeoutSeconds, 1, 600),
    callLimits: reader.callLimits(),
    spoolDirectory: reader.required('LATARNIK_SPOOL_DIRECTORY'),
    packageCompression: reader.oneOf('LATARNIK_PACKAGE_COMPRESSION', ['tar.gz', 'zip'], 'tar.gz'),
    ...reader.keptLogins(),
    ...reader.signing(),
    ...reader.upoTrust(),
    ...reader.smtp(),
    ...readEventConfiguration(reader, variables['LATARNIK_ENVIRONMENT']),
    processName,
    batchLingerSeconds: reader.integer('LATARNIK_BATCH_LINGER_SECONDS', 120, 0, 3600),
    onlineIdleSeconds: reader.integer('LATARNIK_ONLINE_IDLE_SECONDS', 300, 5, 3600),
    onlineBudgetSeconds: reader.integer('LATARNIK_ONLINE_BUDGET_SECONDS', 15, 1, 120),
    endOfDaySeconds: reader.integer('LATARNIK_END_OF_DAY_SECONDS', 600, 0, 3600),
    ...reader.simulatorControl(),
    extensions: reader.list('LATARNIK_EXTENSIONS'),
    networkCheckUrls: reader.addresses('LATARNIK_NETWORK_CHECK_URLS', MOST_NETWORK_CHECK_URLS),
    alertHours: reader.hours('LATARNIK_ALERT_HOURS', DEFAULT_ALERT_HOURS),
    oneOffHolidays: reader.days('LATARNIK_ONE_OFF_HOLIDAYS'),
    approvals: reader.approvals(),
    correctionApproval: reader.oneOf('LATARNIK_CORRECTION_APPROVAL', ['two-persons', 'one-person'], 'two-persons'),
    saturdayIsBusinessDay: reader.oneOf('LATARNIK_SATURDAY_IS_BUSINESS_DAY', ['yes', 'no'], 'no') === 'yes',
  };
  reader.finish();
  return configuration;
}

/** Reads variables and collects what is wrong with them, to say it all at once. */
export class VariableReader {
  readonly #problems: string[] = [];

  constructor(private readonly variables: Environment) {}

  /** For what an application checks itself. Never names a value. */
  refuse(problem: string): void {
    this.#problems.push(problem);
  }

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

  /** Comma-separated. */
  list(name: string): readonly string[] {
    return (this.variables[name] ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }

  /** https, but http to this machine; without user, query or fragment. */
  addresses(name: string, most: number): readonly string[] {
    const addresses = this.list(name);
    if (addresses.length > most) this.#problems.push(`${name} may name ${String(most)} addresses at most`);
    if (!addresses.every(isPlainAddress)) {
      this.#problems.push(`${name} must be https addresses without user, query or fragment, separated by commas`);
    }
    return addresses;
  }

  /** Calendar days, `YYYY-MM-DD`, separated by commas. */
  days(name: string): readonly string[] {
    const given = this.list(name);
    if (!given.every(isCalendarDay)) this.#problems.push(`${name} must be days as YYYY-MM-DD, separated by commas`);
    return given;
  }

  /** Whole hours from 1 to 168, separated by commas. @returns each once, the longest first */
  hours(name: string, fallback: readonly number[]): readonly number[] {
    const given = this.list(name);
    if (given.length === 0) return fallback;
    if (!given.every((text) => /^[1-9]\d{0,2}$/.test(text) && Number(text) <= 168)) {
      this.#problems.push(`${name} must be whole hours from 1 to 168, separated by commas`);
    }
    return [...new Set(given.map(Number))].sort((a, b) => b - a);
  }

  integer(name: string, fallback: number, least: number, most: number): number {
    const value = Number(this.variables[name] ?? fallback);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    this.#problems.push(`${name} must be a whole number from ${String(least)} to ${String(most)}`);
    return fallback;
  }

  /**
   * Beside the spool unless told otherwise; `off` keeps none. Nor is any kept by default where keys are in a token: a disk
   * must not give what the token guards (docs/adr/0015).
   */
  keptLogins(): Pick<Configuration, 'loginDirectory' | 'loginKeyFile'> {
    const spool = this.variables['LATARNIK_SPOOL_DIRECTORY'] ?? '';
    const byDefault = this.#given('LATARNIK_PKCS11_MODULE') === undefined ? join(spool, '.logins') : 'off';
    const directory = this.#given('LATARNIK_LOGIN_DIRECTORY') ?? byDefault;
    if (directory === 'off') return {};
    return {
      loginDirectory: directory,
      loginKeyFile: this.#given('LATARNIK_LOGIN_KEY_FILE') ?? join(directory, 'machine.key'),
    };
  }

  /** An empty variable is as good as none. */
  #given(name: string): string | undefined {
    const value = this.variables[name];
    return value === '' ? undefined : value;
  }

  /** Two where real invoices are at stake, one elsewhere, unless told otherwise. */
  approvals(): ApprovalPolicy {
    const isProduction = this.variables['LATARNIK_ENVIRONMENT'] === 'production';
    const byDefault = isProduction ? 'two-persons' : 'one-person';
    return this.oneOf('LATARNIK_APPROVALS', ['two-persons', 'one-person'], byDefault);
  }

  /** Outside the environment `test` there is no choice. */
  callLimits(): Configuration['callLimits'] {
    const limits = this.oneOf('LATARNIK_CALL_LIMITS', ['ksef', 'none'], 'ksef');
    if (limits === 'none' && this.variables['LATARNIK_ENVIRONMENT'] !== 'test') {
      this.#problems.push('LATARNIK_CALL_LIMITS may be none in the environment test only');
    }
    return limits;
  }

  /** https, but http to this machine; refused on production. */
  simulatorControl(): Pick<Configuration, 'simulatorControlUrl'> {
    const name = 'LATARNIK_SIMULATOR_CONTROL_URL';
    const [simulatorControlUrl] = this.addresses(name, 1);
    if (simulatorControlUrl === undefined) return {};
    if (this.variables['LATARNIK_ENVIRONMENT'] === 'production') {
      this.#problems.push(`${name} must not be set on production: outages are never made up there`);
    }
    return { simulatorControlUrl };
  }

  signing(): SigningConfiguration {
    return readSigning(this.variables, (problem) => this.#problems.push(problem));
  }

  smtp(): SmtpConfiguration {
    return readSmtp(this.variables, (problem) => this.#problems.push(problem));
  }

  upoTrust(): UpoConfiguration {
    return readUpoTrust(this.variables, (problem) => this.#problems.push(problem));
  }

  /** @throws ConfigurationError when anything was wrong */
  finish(): void {
    if (this.#problems.length > 0) throw new ConfigurationError(this.#problems.join('; '));
  }
}

function isCalendarDay(text: string): boolean {
  try {
    return Temporal.PlainDate.from(text).toString() === text;
  } catch {
    return false;
  }
}

function isPlainAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  const isLocal = url.hostname === 'localhost' || url.hostname === '127.0.0.1' || url.hostname === '[::1]';
  const isAllowed = url.protocol === 'https:' || (url.protocol === 'http:' && isLocal);
  return isAllowed && [url.username, url.password, url.search, url.hash].every((part) => part === '');
}
