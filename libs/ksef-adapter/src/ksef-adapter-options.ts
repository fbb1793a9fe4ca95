import { join } from 'node:path';

import { BATCH_LIMITS } from '@latarnik/domain';

import type { KsefAdapterEvent } from './ksef-adapter-event.js';
import { ARCHIVE_FORMATS } from './package/archive-formats.js';

/** Where KSeF and Latarnia are, and how long to wait for them. Every limit has a default. */
export interface KsefAdapterOptions {
  /** Base address of the KSeF API with its version, e.g. `https://api-test.ksef.mf.gov.pl/v2`. */
  readonly ksefUrl: string;
  /** Base address of Latarnia, e.g. `https://api-latarnia.ksef.mf.gov.pl`. */
  readonly latarniaUrl: string;
  /** Folder for archives and encrypted parts; disposable, readable by this process only. */
  readonly spoolDirectory: string;
  /**
   * Folder where refresh tokens outlive the process, sealed with the key in `loginKeyFile`, which is made at the first use
   * (ADR 0015). Absent: every process logs in anew.
   */
  readonly loginDirectory?: string;
  /** 32 bytes, of this machine alone. @default `machine.key` in `loginDirectory` */
  readonly loginKeyFile?: string;
  /**
   * Origins that parts may be sent to and UPO fetched from, besides the one of `ksefUrl` (reliability C16).
   * @default []
   */
  readonly allowedUploadOrigins?: readonly string[];
  /** Kind of package, for those that are packed from now on. @default 'tar.gz' */
  readonly compression?: 'tar.gz' | 'zip';
  /** Largest part before encryption. @default 100 000 000, KSeF's own limit */
  readonly partBytes?: number;
  /** @default 10 000 */
  readonly connectTimeoutMs?: number;
  /**
   * One call as a whole: waiting for a connection, sending, and receiving the last byte. A call that gets no answer in
   * this time ends what it belongs to. `InteractiveSession.close` takes no longer than this or 5 s, whichever is less.
   *
   * `InteractiveSessions.open` is several calls. Without token and key list it is at most 6 of them and one verdict: 6 x
   * callTimeoutMs + loginTimeoutMs (key list, challenge, signed request, last question for the verdict, tokens, open),
   * besides what our own signer takes. It comes near that only when every answer comes at the last moment. A refused
   * refresh adds 1 call, a 401 adds 2, or 7 and a verdict, a withdrawn key (21470) adds 2: with all of them about 21 x
   * callTimeoutMs + 3 x loginTimeoutMs.
   * @default 30 000
   */
  readonly callTimeoutMs?: number;
  /**
   * The probe of KSeF, and one read of Latarnia: connecting and the whole call, whatever `connectTimeoutMs` and
   * `callTimeoutMs` are. Who does not answer in this time is not reachable. @default 5 000
   */
  readonly probeTimeoutMs?: number;
  /** One part. @default 900 000 */
  readonly uploadTimeoutMs?: number;
  /** From the signed request to the last question for KSeF's verdict; that question is one more call. @default 60 000 */
  readonly loginTimeoutMs?: number;
  /** First pause between two questions for the verdict; it doubles up to ten times this. @default 200 */
  readonly loginPollMs?: number;
  /** A token is not used in the last seconds of its life. @default 60 */
  readonly tokenMarginSeconds?: number;
  /** How long the list of KSeF's public keys is believed; at most 24 hours. @default 12 */
  readonly publicKeyCacheHours?: number;
  /**
   * Addresses that are neither KSeF's nor Latarnia's, at most 5: asked, with a HEAD, only when neither of the two gives any
   * sign, to tell whether it is our own network. https, without secrets.
   * @default []
   */
  readonly networkCheckUrls?: readonly string[];
  /** Told what an operator may want to know; never a secret, never a document. */
  readonly log?: (event: KsefAdapterEvent) => void;
}

/** The options, checked and complete. */
export interface KsefAdapterSettings extends Required<
  Omit<KsefAdapterOptions, 'compression' | 'allowedUploadOrigins' | 'loginDirectory' | 'loginKeyFile'>
> {
  readonly keptLogins?: { readonly loginDirectory: string; readonly loginKeyFile: string };
  readonly compression: 'tar.gz' | 'zip';
  /** Origins that KSeF may send us to. */
  readonly storageOrigins: ReadonlySet<string>;
}

const DEFAULTS = {
  partBytes: BATCH_LIMITS.partBytes,
  connectTimeoutMs: 10_000,
  callTimeoutMs: 30_000,
  probeTimeoutMs: 5_000,
  uploadTimeoutMs: 900_000,
  loginTimeoutMs: 60_000,
  loginPollMs: 200,
  tokenMarginSeconds: 60,
  publicKeyCacheHours: 12,
  networkCheckUrls: [] as readonly string[],
  log: (): void => undefined,
} as const;

const MAX_PUBLIC_KEY_CACHE_HOURS = 24;
const MAX_NETWORK_CHECK_URLS = 5;

/** @throws when an address is not https (plain http is for loopback tests only) or a limit is out of range */
export function parseKsefAdapterOptions(options: KsefAdapterOptions): KsefAdapterSettings {
  const { compression = 'tar.gz', allowedUploadOrigins = [], loginDirectory, loginKeyFile, ...given } = options;
  if (!(compression in ARCHIVE_FORMATS)) throw new Error(`compression: "tar.gz" or "zip", not "${compression}"`);
  const settings = { ...DEFAULTS, ...given };
  if (settings.publicKeyCacheHours > MAX_PUBLIC_KEY_CACHE_HOURS) {
    throw new Error('publicKeyCacheHours: at most 24');
  }
  if (!Number.isInteger(settings.partBytes) || settings.partBytes < 1 || settings.partBytes > BATCH_LIMITS.partBytes) {
    throw new Error(`partBytes: a whole number from 1 to ${String(BATCH_LIMITS.partBytes)}`);
  }
  if (settings.networkCheckUrls.length > MAX_NETWORK_CHECK_URLS) {
    throw new Error(`networkCheckUrls: at most ${String(MAX_NETWORK_CHECK_URLS)}`);
  }
  const ksefUrl = baseUrl('ksefUrl', settings.ksefUrl);
  return {
    ...settings,
    compression,
    ksefUrl,
    latarniaUrl: baseUrl('latarniaUrl', settings.latarniaUrl),
    networkCheckUrls: settings.networkCheckUrls.map((url) => baseUrl('networkCheckUrls', url)),
    ...keptLogins(loginDirectory, loginKeyFile),
    storageOrigins: new Set([
      new URL(ksefUrl).origin,
      ...allowedUploadOrigins.map((origin) => new URL(baseUrl('allowedUploadOrigins', origin)).origin),
    ]),
  };
}

function keptLogins(
  loginDirectory: string | undefined,
  loginKeyFile: string | undefined,
): Pick<KsefAdapterSettings, 'keptLogins'> {
  if (loginDirectory === undefined) return {};
  return { keptLogins: { loginDirectory, loginKeyFile: loginKeyFile ?? join(loginDirectory, 'machine.key') } };
}

/** Whether plain http may be spoken: to this machine only. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.[0-9.]+$/.test(hostname);
}

function baseUrl(name: string, text: string): string {
  const url = URL.parse(text);
  if (url === null) throw new Error(`${name}: not an absolute address`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) {
    throw new Error(`${name}: must be https`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new Error(`${name}: only scheme, host, port and path`);
  }
  return url.href.replace(/\/+$/, '');
}
