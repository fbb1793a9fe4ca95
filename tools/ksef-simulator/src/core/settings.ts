import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.js';

/** What a test may turn; the defaults are those of the production KSeF, apart from the processing delay. */
export interface Settings {
  /** How long an asynchronous step (login, invoice, package) stays in progress. @default 300 */
  processingDelayMs: number;
  /** Life of an access token. @default 15 minutes */
  accessTokenTtlMs: number;
  /** Life of a refresh token. @default 7 days */
  refreshTokenTtlMs: number;
  /** Life of a login challenge. @default 10 minutes */
  challengeTtlMs: number;
  /** Check digits of NIPs, as on production; the official test environment does not check them. @default true */
  strictNip: boolean;
  /** Whether certificates of nobody's making may log in, as on the official test environment. @default true */
  allowSelfSigned: boolean;
  /** When size and hash of a part are compared: with the upload (400), or at the closing (21157, session 405). */
  partVerification: 'at-upload' | 'at-close';
  /** Upload window granted per declared part. @default 20 minutes */
  uploadWindowPerPartMs: number;
  /** Life of a session. @default 12 hours */
  sessionLifeMs: number;
  /** Invoices in one session. @default 10000 */
  invoicesPerSession: number;
  /** Invoices on one UPO page. @default 10000 */
  upoPageSize: number;
  /** Life of a UPO download link. @default 3 days */
  upoLinkTtlMs: number;
  /** How long after its number an invoice can be downloaded and queried; always later than the number. @default 1 */
  permanentStorageDelayMs: number;
  /** Whether the published request limits count; a context whose limits test data changed is always held to them. */
  rateLimits: 'off' | 'published';
  /** Whether an upload must say its length, as blob storages do: 411 without. @default lenient */
  storageRules: 'azure' | 'lenient';
  /** What becomes of an application that KSeF took: carried out, status 500, or status 550. @default issued */
  enrolmentOutcome: 'issued' | 'unknown-error' | 'cancelled';
}

export const DEFAULT_SETTINGS: Readonly<Settings> = {
  processingDelayMs: 300,
  accessTokenTtlMs: 15 * MINUTE_MS,
  refreshTokenTtlMs: 7 * DAY_MS,
  challengeTtlMs: 10 * MINUTE_MS,
  strictNip: true,
  allowSelfSigned: true,
  partVerification: 'at-upload',
  uploadWindowPerPartMs: 20 * MINUTE_MS,
  sessionLifeMs: 12 * HOUR_MS,
  invoicesPerSession: 10_000,
  upoPageSize: 10_000,
  upoLinkTtlMs: 3 * DAY_MS,
  permanentStorageDelayMs: 1,
  rateLimits: 'off',
  storageRules: 'lenient',
  enrolmentOutcome: 'issued',
};
