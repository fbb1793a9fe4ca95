import { createCipheriv } from 'node:crypto';

import type { Clock } from '../core/clock.js';
import { type ContextIdentifier, contextKey } from '../core/context.js';
import { type RandomOctets, referenceNumber } from '../core/numbers.js';
import { refuse } from '../core/refusals.js';
import type { DeclaredEncryption } from '../core/session.js';
import type { Settings } from '../core/settings.js';
import type { Status } from '../core/status.js';
import type { Tasks } from '../core/tasks.js';
import { DAY_MS } from '../core/time.js';
import { sha256Base64 } from '../crypto/hash.js';
import type { EncryptionKeys } from '../crypto/public-keys.js';
import { checkEncryption, type EncryptionRequest } from '../processing/batch-request.js';
import { packArchive } from './archive-file.js';
import type { Selection } from './selection.js';

/** Exports under way at once in one context (OpenAPI, POST /invoices/exports). */
const RUNNING_LIMIT = 10;
/** How long the status of an export can be read (OpenAPI, GET /invoices/exports/{referenceNumber}). */
export const EXPORT_STATUS_LIFE_MS = 7 * DAY_MS;
/** Largest part before encryption (OpenAPI). */
const PART_LIMIT_BYTES = 50_000_000;

const EXPORT_STATUS = {
  100: 'Eksport faktur w toku',
  200: 'Eksport faktur zakończony sukcesem',
  210: 'Eksport faktur wygasł i nie jest już dostępny do pobrania',
  415: 'Błąd odszyfrowania dostarczonego klucza',
  420: 'Zakres filtrowania wykracza poza dostępny zakres danych',
  500: 'Nieznany błąd (500)',
} as const;

/** One encrypted part, ready for download. */
export interface ExportPart {
  readonly ordinal: number;
  readonly name: string;
  readonly sizeBytes: number;
  readonly hash: string;
  readonly encrypted: Buffer;
  readonly encryptedHash: string;
}

/** What was found and packed. */
export interface ExportPackage {
  readonly selection: Selection;
  readonly sizeBytes: number;
  readonly parts: readonly ExportPart[];
}

/** One order to export invoices. */
export interface InvoiceExport {
  readonly referenceNumber: string;
  readonly context: ContextIdentifier;
  readonly requestedAt: number;
  status: Status;
  completedAt?: number;
  packageUntil?: number;
  package?: ExportPackage;
}

/** Body of POST /invoices/exports, without its filters. */
export interface ExportOrder {
  readonly encryption: EncryptionRequest;
  readonly compressionType?: 'Zip' | 'TarGz' | null;
}

export interface ExportDeskParts {
  readonly clock: Clock;
  readonly random: RandomOctets;
  readonly settings: Settings;
  readonly tasks: Tasks;
  readonly keys: EncryptionKeys;
}

/** Exports of invoices: found, packed, encrypted for the client, kept for a while. */
export class ExportDesk {
  readonly #exports = new Map<string, InvoiceExport>();

  constructor(private readonly parts: ExportDeskParts) {}

  /**
   * @param select finds and describes the invoices, when their turn comes; undefined when the dates are out of range
   * @throws {KsefRefusal} 21470 for an unknown key, 21182 with too many exports under way
   */
  order(context: ContextIdentifier, order: ExportOrder, select: () => Selection | undefined): InvoiceExport {
    const { clock, keys, random, settings, tasks } = this.parts;
    checkEncryption(order.encryption, keys);
    const running = [...this.#exports.values()].filter(
      (other) => other.status.code === 100 && contextKey(other.context) === contextKey(context),
    );
    if (running.length >= RUNNING_LIMIT) {
      throw refuse(
        21182,
        `Dla uwierzytelnionego podmiotu w bieżącym kontekście osiągnięto maksymalny limit ${String(RUNNING_LIMIT)} równoczesnych eksportów faktur. Spróbuj ponownie później.`,
      );
    }
    const ordered: InvoiceExport = {
      referenceNumber: referenceNumber('EH', clock.now(), random),
      context,
      requestedAt: clock.now(),
      status: exportStatus(100),
    };
    this.#exports.set(ordered.referenceNumber, ordered);
    const encryption = { ...order.encryption, publicKeyId: order.encryption.publicKeyId ?? undefined };
    const key = keys.unwrap(encryption);
    tasks.later(settings.processingDelayMs, async () => {
      await this.#carryOut(ordered, { key, encryption, compression: order.compressionType ?? 'Zip' }, select);
    });
    return ordered;
  }

  find(reference: string): InvoiceExport | undefined {
    const found = this.#exports.get(reference);
    if (found?.packageUntil !== undefined && found.packageUntil <= this.parts.clock.now()) {
      found.status = exportStatus(210);
      delete found.package;
    }
    return found;
  }

  async #carryOut(
    ordered: InvoiceExport,
    {
      key,
      encryption,
      compression,
    }: { key: Buffer | undefined; encryption: DeclaredEncryption; compression: 'Zip' | 'TarGz' },
    select: () => Selection | undefined,
  ): Promise<void> {
    const { clock, settings } = this.parts;
    ordered.completedAt = clock.now();
    const selection = select();
    if (key === undefined) ordered.status = exportStatus(415);
    else if (selection === undefined) ordered.status = exportStatus(420);
    else {
      const archive = await packArchive(selection.files, compression);
      const name = `${ordered.referenceNumber}-${compression === 'Zip' ? 'zip' : 'tar.gz'}`;
      ordered.package = {
        selection,
        sizeBytes: archive.length,
        parts: seal(archive, { name, key, vector: encryption.initializationVector }),
      };
      ordered.packageUntil = clock.now() + settings.upoLinkTtlMs;
      ordered.status = exportStatus(200);
    }
  }
}

/** Cuts and encrypts; each part on its own, as in a batch session. */
function seal(
  archive: Buffer,
  { name, key, vector }: { readonly name: string; readonly key: Buffer; readonly vector: string },
): readonly ExportPart[] {
  const count = Math.max(1, Math.ceil(archive.length / PART_LIMIT_BYTES));
  return Array.from({ length: count }, (_, index) => {
    const plain = archive.subarray(index * PART_LIMIT_BYTES, (index + 1) * PART_LIMIT_BYTES);
    const cipher = createCipheriv('aes-256-cbc', key, Buffer.from(vector, 'base64'));
    const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
    return {
      ordinal: index + 1,
      name: `${name}-${String(index + 1).padStart(3, '0')}.aes`,
      sizeBytes: plain.length,
      hash: sha256Base64(plain),
      encrypted,
      encryptedHash: sha256Base64(encrypted),
    };
  });
}

function exportStatus(code: keyof typeof EXPORT_STATUS): Status {
  return { code, description: EXPORT_STATUS[code] };
}
