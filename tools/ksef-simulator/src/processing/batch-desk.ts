import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { InvoiceArchive } from '../core/archive.js';
import type { Clock } from '../core/clock.js';
import { moveInvoice } from '../core/invoice.js';
import type { Login } from '../core/login.js';
import { type RandomOctets, referenceNumber } from '../core/numbers.js';
import { refuse } from '../core/refusals.js';
import { type BatchSession, moveSession } from '../core/session.js';
import type { Settings } from '../core/settings.js';
import { SESSION_STATUS } from '../core/status.js';
import type { Tasks } from '../core/tasks.js';
import { sha256Base64 } from '../crypto/hash.js';
import type { EncryptionKeys } from '../crypto/public-keys.js';
import { INVOICE_WITH_ATTACHMENT_LIMIT_BYTES } from '../documents/examine-invoice.js';
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
  readonly spoolDirectory: string;
  readonly report: (error: unknown) => void;
}

/** Longest file name the status of an invoice can carry (OpenAPI). */
const FILE_NAME_LIMIT = 128;

/** Batch sessions: opening, closing, and the work in between and after. */
export class BatchDesk {
  constructor(private readonly parts: BatchDeskParts) {}

  open(login: Login, request: BatchRequest): BatchSession {
    const { clock, keys, random, settings, tasks } = this.parts;
    checkBatchRequest(request, keys);
    const now = clock.now();
    const { batchFile, encryption } = request;
    const session: BatchSession = {
      kind: 'Batch',
      referenceNumber: referenceNumber('SB', now, random),
      context: login.context,
      openedBy: login.subject,
      authDocumentHash: login.documentHash,
      formCode: request.formCode,
      encryption: { ...encryption, publicKeyId: encryption.publicKeyId ?? undefined },
      createdAt: now,
      updatedAt: now,
      validUntil: now + settings.sessionLifeMs,
      uploadUntil: now + batchFile.fileParts.length * settings.uploadWindowPerPartMs,
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
    tasks.later(settings.sessionLifeMs, () => {
      if (session.status.code === 100) moveSession(session, 440, clock.now(), ['Przekroczono czas wysyłki']);
    });
    return session;
  }

  close(session: BatchSession): void {
    const { clock, settings, tasks } = this.parts;
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
    tasks.later(settings.processingDelayMs, () => this.#process(session));
  }

  async #process(session: BatchSession): Promise<void> {
    const path = join(this.parts.spoolDirectory, `${session.referenceNumber}.package`);
    try {
      const failure = await this.#settle(session, path);
      if (failure !== undefined) this.#fail(session, failure.code, failure.details);
    } catch (error) {
      this.parts.report(error);
      this.#fail(session, 500);
    } finally {
      await rm(path, { force: true });
      for (const { uploaded } of session.parts) if (uploaded !== undefined) await rm(uploaded.path, { force: true });
    }
  }

  /** @returns why the session as a whole fails; undefined when it reached 200 or 445 */
  async #settle(
    session: BatchSession,
    path: string,
  ): Promise<{ readonly code: number; readonly details?: readonly string[] } | undefined> {
    const key = this.parts.keys.unwrap(session.encryption);
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
    if (session.invoices.length > this.parts.settings.invoicesPerSession) return { code: 420 };
    await this.#decideAll(session, path);
    return undefined;
  }

  /** First reading: every file to its end, so that a damaged package is refused before an invoice is accepted. */
  async #survey(session: BatchSession, path: string): Promise<void> {
    const { clock, random, settings } = this.parts;
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
      if (session.invoices.length > settings.invoicesPerSession) return;
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
      });
    }
    moveSession(session, anyAccepted ? 200 : 445, clock.now());
  }

  #read(session: BatchSession, path: string): ReturnType<typeof readPackage> {
    return readPackage(path, session.compression, {
      fileBytes: INVOICE_WITH_ATTACHMENT_LIMIT_BYTES,
      totalBytes: this.parts.settings.invoicesPerSession * INVOICE_WITH_ATTACHMENT_LIMIT_BYTES,
    });
  }

  #fail(session: BatchSession, code: number, details?: readonly string[]): void {
    for (const invoice of session.invoices) if (invoice.status.code < 200) moveInvoice(invoice, 405);
    moveSession(session, code, this.parts.clock.now(), details);
  }
}
