import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { InvoiceArchive } from '../core/archive.js';
import type { Clock } from '../core/clock.js';
import { moveInvoice } from '../core/invoice.js';
import type { Login } from '../core/login.js';
import { type RandomOctets, referenceNumber } from '../core/numbers.js';
import { refuse } from '../core/refusals.js';
import { type BatchSession, moveSession, type Session } from '../core/session.js';
import type { Settings } from '../core/settings.js';
import { SESSION_STATUS } from '../core/status.js';
import type { Tasks } from '../core/tasks.js';
import { sha256Base64 } from '../crypto/hash.js';
import type { EncryptionKeys } from '../crypto/public-keys.js';
import type { UpoSeal } from '../crypto/upo-seal.js';
import type { Faults } from '../faults/faults.js';
import type { Holds } from '../faults/holds.js';
import type { ContextLimitBook } from '../limits/context-limits.js';
import { type BatchRequest, checkBatchRequest } from './batch-request.js';
import type { InvoiceDesk } from './invoice-desk.js';
import { joinParts } from './package-decryption.js';
import { PackageUnreadable, readPackage } from './package-reader.js';
import { buildSessionUpo } from './session-upo.js';

export interface BatchDeskParts {
  readonly clock: Clock;
  readonly random: RandomOctets;
  readonly settings: Settings;
  readonly tasks: Tasks;
  readonly keys: EncryptionKeys;
  readonly invoices: InvoiceDesk;
  readonly archive: InvoiceArchive;
  readonly sessions: Map<string, Session>;
  readonly contextLimits: ContextLimitBook;
  readonly faults: Faults;
  readonly holds: Holds;
  readonly upoSeal: UpoSeal;
  readonly spoolDirectory: string;
  readonly report: (error: unknown) => void;
}

/** Why a session as a whole fails. */
interface SessionFailure {
  readonly code: number;
  readonly details?: readonly string[];
}

/** Longest file name the status of an invoice can carry (OpenAPI). */
const FILE_NAME_LIMIT = 128;

/** Batch sessions: opening, closing, and the work in between and after. */
export class BatchDesk {
  constructor(private readonly parts: BatchDeskParts) {}

  open(login: Login, request: BatchRequest): BatchSession {
    const { clock, faults, keys, random, sessions, settings, tasks } = this.parts;
    checkBatchRequest(request, keys);
    const now = clock.now();
    const { batchFile } = request;
    const encryption = { ...request.encryption, publicKeyId: request.encryption.publicKeyId ?? undefined };
    const reference = referenceNumber('SB', now, random);
    const windowMs =
      faults.befalls('expire-upload-urls', reference) === undefined
        ? batchFile.fileParts.length * settings.uploadWindowPerPartMs
        : 0;
    const session: BatchSession = {
      kind: 'Batch',
      referenceNumber: reference,
      context: login.context,
      openedBy: login.subject,
      evidence: login.evidence,
      formCode: request.formCode,
      encryption,
      key: faults.befalls('key-not-readable', reference) === undefined ? keys.unwrap(encryption) : undefined,
      createdAt: now,
      updatedAt: now,
      validUntil: now + settings.sessionLifeMs,
      uploadUntil: now + windowMs,
      status: { code: 100, description: SESSION_STATUS.Batch[100] },
      offlineMode: request.offlineMode ?? false,
      compression: batchFile.compressionType ?? 'Zip',
      packageSizeBytes: batchFile.fileSize,
      packageHash: batchFile.fileHash,
      parts: batchFile.fileParts
        .map(({ ordinalNumber, fileSize, fileHash }) => ({
          ordinal: ordinalNumber,
          sizeBytes: fileSize,
          hash: fileHash,
        }))
        .sort((a, b) => a.ordinal - b.ordinal),
      invoices: [],
      upoPages: [],
    };
    sessions.set(reference, session);
    tasks.later(settings.sessionLifeMs, () => {
      if (session.status.code === 100) moveSession(session, 440, clock.now(), ['Przekroczono czas wysyłki']);
    });
    return session;
  }

  close(session: BatchSession): void {
    const { clock } = this.parts;
    const { code, details } = session.status;
    if (code === 440 && details?.includes('Przekroczono czas wysyłki') === true) {
      throw refuse(21208, 'Sesja anulowana, przekroczony czas wysyłki.');
    }
    if (code !== 100) throw refuse(21180, `Status sesji ${String(code)} uniemożliwia jej zamknięcie.`);
    for (const { ordinal, sizeBytes, uploaded } of session.parts) {
      if (uploaded === undefined)
        throw refuse(21205, `Nie przesłano zadeklarowanej '${String(ordinal)}' części pliku.`);
      if (uploaded.sizeBytes !== sizeBytes) {
        throw refuse(21157, `Zadeklarowany rozmiar części '${String(ordinal)}' nie zgadza się z rzeczywistym.`);
      }
    }
    session.closedAt = clock.now();
    moveSession(session, 150, clock.now());
    this.#startProcessing(session);
  }

  #startProcessing(session: BatchSession): void {
    const { faults, holds, settings, tasks } = this.parts;
    const { referenceNumber: reference } = session;
    const hang = faults.befalls('hang-session', reference);
    if (hang?.durationMs !== undefined) {
      holds.hold(reference, hang.durationMs, () => this.#process(session));
      return;
    }
    tasks.later(settings.processingDelayMs, () => this.#process(session));
  }

  async #process(session: BatchSession): Promise<void> {
    const path = join(this.parts.spoolDirectory, `${session.referenceNumber}.package`);
    try {
      await this.#processElsewhere(session, path);
      const failure = this.#failureByFault(session) ?? (await this.#settle(session, path));
      if (failure !== undefined) this.#fail(session, failure.code, failure.details);
    } catch (error) {
      this.parts.report(error);
      this.#fail(session, 500);
    } finally {
      await rm(path, { force: true });
      for (const { uploaded } of session.parts) if (uploaded !== undefined) await rm(uploaded.path, { force: true });
    }
  }

  #failureByFault({ referenceNumber: reference }: BatchSession): SessionFailure | undefined {
    const { faults } = this.parts;
    if (faults.befalls('cancel-after-close', reference) !== undefined) return { code: 440 };
    return faults.befalls('package-mismatch', reference) === undefined ? undefined : { code: 405 };
  }

  /** The fault of processing a package twice: first in a session of its own, which then holds the originals. */
  async #processElsewhere(session: BatchSession, path: string): Promise<void> {
    const { clock, faults, random, sessions } = this.parts;
    if (faults.befalls('process-twice', session.referenceNumber) === undefined) return;
    const referenceOfOther = referenceNumber('SB', clock.now(), random);
    const other: BatchSession = { ...session, referenceNumber: referenceOfOther, invoices: [], upoPages: [] };
    sessions.set(referenceOfOther, other);
    const failure = await this.#settle(other, path);
    if (failure !== undefined) this.#fail(other, failure.code, failure.details);
  }

  /** @returns why the session as a whole fails; undefined when it reached 200 or 445 */
  async #settle(session: BatchSession, path: string): Promise<SessionFailure | undefined> {
    const { key } = session;
    if (key === undefined) return { code: 415 };
    const fault = await joinParts(session, key, path);
    if (fault !== undefined) return { code: fault === 'NOT_DECRYPTABLE' ? 435 : 405 };
    try {
      await this.#survey(session, path);
    } catch (error) {
      if (error instanceof PackageUnreadable) return { code: 430, details: [error.message] };
      throw error;
    }
    if (session.invoices.length === 0) return { code: 440, details: ['Nie przesłano faktur'] };
    if (session.invoices.length > this.#limitsOf(session).invoices) return { code: 420 };
    await this.#decideAll(session, path);
    return undefined;
  }

  /** First reading: every file to its end, so that a damaged package is refused before an invoice is accepted. */
  async #survey(session: BatchSession, path: string): Promise<void> {
    const { clock, random } = this.parts;
    const limit = this.#limitsOf(session).invoices;
    for await (const { name, sizeBytes, content } of this.#read(session, path)) {
      session.invoices.push({
        ordinal: session.invoices.length + 1,
        referenceNumber: referenceNumber('EE', clock.now(), random),
        invoiceHash: sha256Base64(content ?? Buffer.from(name)),
        sizeBytes,
        fileName: name.slice(0, FILE_NAME_LIMIT),
        invoicingAt: session.createdAt,
        offlineDeclared: session.offlineMode,
        hashOfCorrectedInvoice: undefined,
        status: { code: 100, description: 'Faktura przyjęta do dalszego przetwarzania' },
      });
      if (session.invoices.length > limit) return;
      await nextTurn();
    }
  }

  /** Second reading: one invoice at a time, giving way to other requests in between. */
  async #decideAll(session: BatchSession, path: string): Promise<void> {
    const { archive, clock, invoices, random, settings } = this.parts;
    let index = 0;
    for await (const { content } of this.#read(session, path)) {
      const record = session.invoices[index++];
      if (record === undefined) break;
      if (content !== undefined) invoices.decide(session, record, content);
      else invoices.refuseUnread(record, { code: 430, details: ['Przekroczono dozwolony rozmiar faktury.'] });
      await nextTurn();
    }
    const anyAccepted = session.invoices.some(({ status }) => status.code === 200);
    if (anyAccepted) {
      session.upoPages = buildSessionUpo(session, archive, {
        pageSize: settings.upoPageSize,
        now: clock.now(),
        random,
        seal: this.parts.upoSeal,
      });
    }
    moveSession(session, anyAccepted ? 200 : 445, clock.now());
  }

  #read(session: BatchSession, path: string): ReturnType<typeof readPackage> {
    const { invoices, invoiceWithAttachmentBytes } = this.#limitsOf(session);
    return readPackage(path, session.compression, {
      fileBytes: invoiceWithAttachmentBytes,
      totalBytes: invoices * invoiceWithAttachmentBytes,
    });
  }

  #limitsOf({ context }: BatchSession): ReturnType<ContextLimitBook['of']> {
    return this.parts.contextLimits.of(context, 'Batch');
  }

  #fail(session: BatchSession, code: number, details?: readonly string[]): void {
    for (const invoice of session.invoices) if (invoice.status.code < 200) moveInvoice(invoice, 405);
    moveSession(session, code, this.parts.clock.now(), details);
  }
}
