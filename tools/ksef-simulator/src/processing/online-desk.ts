import type { InvoiceArchive } from '../core/archive.js';
import type { Clock } from '../core/clock.js';
import { type InvoiceRecord, moveInvoice } from '../core/invoice.js';
import type { Login } from '../core/login.js';
import { type RandomOctets, referenceNumber } from '../core/numbers.js';
import { refuse } from '../core/refusals.js';
import { type FormCode, moveSession, type OnlineSession, type Session } from '../core/session.js';
import type { Settings } from '../core/settings.js';
import { SESSION_STATUS } from '../core/status.js';
import type { Tasks } from '../core/tasks.js';
import { sha256Base64 } from '../crypto/hash.js';
import type { EncryptionKeys } from '../crypto/public-keys.js';
import type { UpoSeal } from '../crypto/upo-seal.js';
import { decryptWhole } from '../crypto/symmetric.js';
import type { Faults } from '../faults/faults.js';
import type { Holds } from '../faults/holds.js';
import type { ContextLimitBook } from '../limits/context-limits.js';
import { checkEncryption, checkFormCode, type EncryptionRequest } from './batch-request.js';
import type { InvoiceDesk } from './invoice-desk.js';
import { buildSessionUpo } from './session-upo.js';

/** Body of POST /sessions/online. */
export interface OnlineRequest {
  readonly formCode: FormCode;
  readonly encryption: EncryptionRequest;
}

/** Body of POST /sessions/online/{referenceNumber}/invoices. */
export interface SendInvoiceRequest {
  readonly invoiceHash: string;
  readonly invoiceSize: number;
  readonly encryptedInvoiceHash: string;
  readonly encryptedInvoiceSize: number;
  readonly encryptedInvoiceContent: string;
  readonly offlineMode?: boolean;
  readonly hashOfCorrectedInvoice?: string | null;
}

export interface OnlineDeskParts {
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
}

/** How soon a closed session looks again whether its last invoices are done. */
const LOOK_AGAIN_MS = 100;

/** Interactive sessions: one invoice per request. */
export class OnlineDesk {
  constructor(private readonly parts: OnlineDeskParts) {}

  open(login: Login, { formCode, encryption }: OnlineRequest): OnlineSession {
    const { clock, faults, keys, random, sessions, settings, tasks } = this.parts;
    checkFormCode(formCode);
    checkEncryption(encryption, keys);
    const now = clock.now();
    const declared = { ...encryption, publicKeyId: encryption.publicKeyId ?? undefined };
    const reference = referenceNumber('SO', now, random);
    const session: OnlineSession = {
      kind: 'Online',
      referenceNumber: reference,
      context: login.context,
      openedBy: login.subject,
      evidence: login.evidence,
      formCode,
      encryption: declared,
      key: faults.befalls('key-not-readable', reference) === undefined ? keys.unwrap(declared) : undefined,
      createdAt: now,
      updatedAt: now,
      validUntil: now + settings.sessionLifeMs,
      status: { code: 100, description: SESSION_STATUS.Online[100] },
      invoices: [],
      upoPages: [],
    };
    sessions.set(reference, session);
    if (session.key === undefined) {
      tasks.later(settings.processingDelayMs, () => {
        this.#failForKey(session);
      });
    }
    tasks.later(settings.sessionLifeMs, () => {
      if (session.status.code === 100) this.#startClosing(session);
    });
    return session;
  }

  send(session: OnlineSession, request: SendInvoiceRequest): InvoiceRecord {
    const { clock, contextLimits, random } = this.parts;
    const { code } = session.status;
    if (code !== 100) throw refuse(21180, `Status sesji ${String(code)} uniemożliwia wysyłkę faktur.`);
    const limit = contextLimits.of(session.context, 'Online').invoices;
    if (session.invoices.length >= limit) {
      throw refuse(
        21155,
        `Sesja o numerze referencyjnym ${session.referenceNumber} osiągnęła dozwolony limit liczby faktur ${String(limit)}.`,
      );
    }
    const ciphertext = Buffer.from(request.encryptedInvoiceContent, 'base64');
    if (ciphertext.length !== request.encryptedInvoiceSize) {
      throw refuse(21402, 'Długość treści nie zgadza się z rozmiarem pliku.');
    }
    if (sha256Base64(ciphertext) !== request.encryptedInvoiceHash) {
      throw refuse(21403, 'Skrót treści nie zgadza się ze skrótem pliku.');
    }
    this.#checkTechnicalCorrection(request);
    const now = clock.now();
    const record: InvoiceRecord = {
      ordinal: session.invoices.length + 1,
      referenceNumber: referenceNumber('EE', now, random),
      invoiceHash: request.invoiceHash,
      sizeBytes: request.invoiceSize,
      fileName: undefined,
      invoicingAt: now,
      offlineDeclared: request.offlineMode ?? false,
      hashOfCorrectedInvoice: request.hashOfCorrectedInvoice ?? undefined,
      status: { code: 100, description: 'Faktura przyjęta do dalszego przetwarzania' },
    };
    session.invoices.push(record);
    session.updatedAt = now;
    this.#startProcessing(session, record, ciphertext);
    return record;
  }

  #startProcessing(session: OnlineSession, record: InvoiceRecord, ciphertext: Buffer): void {
    const { faults, holds, settings, tasks } = this.parts;
    const { referenceNumber: reference } = record;
    const goOn = (): void => {
      this.#process(session, record, ciphertext);
    };
    const hang = faults.befalls('hang-invoice', reference);
    tasks.later(settings.processingDelayMs, () => {
      if (hang?.durationMs === undefined) goOn();
      else {
        if (record.status.code === 100) moveInvoice(record, 150);
        holds.hold(reference, hang.durationMs, goOn);
      }
    });
  }

  close(session: OnlineSession): void {
    const { code } = session.status;
    if (code !== 100) throw refuse(21180, `Status sesji ${String(code)} uniemożliwia jej zamknięcie.`);
    this.#startClosing(session);
  }

  /** Rules of domain-rules 1.8: offline invoices only, and no second or needless correction. */
  #checkTechnicalCorrection({ hashOfCorrectedInvoice: hash, offlineMode }: SendInvoiceRequest): void {
    if (hash === undefined || hash === null) return;
    if (offlineMode !== true) throw refuse(21405, 'Korekta techniczna wymaga trybu offline.');
    const { archive } = this.parts;
    if (archive.hasCorrectionOf(hash)) {
      throw refuse(21166, 'Faktura posiada już przetworzoną prawidłowo korektę techniczną.');
    }
    if (archive.findByHash(hash) !== undefined) {
      throw refuse(21167, 'Nie można wysłać korekty technicznej do prawidłowo przetworzonej faktury.');
    }
  }

  #process(session: OnlineSession, record: InvoiceRecord, ciphertext: Buffer): void {
    const { clock, invoices } = this.parts;
    if (record.status.code >= 200) return;
    if (session.key === undefined) {
      moveInvoice(record, 405);
      return;
    }
    const content = decryptWhole(ciphertext, session.key, session.encryption.initializationVector);
    if (content === undefined) {
      invoices.refuseUnread(record, { code: 435 });
    } else if (content.length !== record.sizeBytes || sha256Base64(content) !== record.invoiceHash) {
      invoices.refuseUnread(record, {
        code: 430,
        details: ['Rozmiar lub skrót faktury nie zgadza się z deklaracją.'],
      });
    } else {
      invoices.decide(session, record, content);
    }
    session.updatedAt = clock.now();
  }

  #failForKey(session: OnlineSession): void {
    if (session.status.code >= 200) return;
    for (const invoice of session.invoices) if (invoice.status.code < 200) moveInvoice(invoice, 405);
    moveSession(session, 415, this.parts.clock.now());
  }

  #startClosing(session: OnlineSession): void {
    const { clock, faults, holds, settings, tasks } = this.parts;
    session.closedAt = clock.now();
    if (session.invoices.length === 0) {
      moveSession(session, 440, clock.now(), ['Nie przesłano faktur']);
      return;
    }
    moveSession(session, 170, clock.now());
    const finish = (): void => {
      this.#finish(session);
    };
    const hang = faults.befalls('hang-session', session.referenceNumber);
    if (hang?.durationMs === undefined) tasks.later(settings.processingDelayMs, finish);
    else holds.hold(session.referenceNumber, hang.durationMs, finish);
  }

  #finish(session: OnlineSession): void {
    const { archive, clock, random, settings, tasks } = this.parts;
    if (session.status.code !== 170) return;
    if (session.invoices.some(({ status }) => status.code < 200)) {
      tasks.later(Math.max(settings.processingDelayMs, LOOK_AGAIN_MS), () => {
        this.#finish(session);
      });
      return;
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
}
