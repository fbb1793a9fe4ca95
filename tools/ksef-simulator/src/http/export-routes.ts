import type { FastifyInstance } from 'fastify';

import { contextKey } from '../core/context.js';
import { Gone, KsefRefusal, refuse } from '../core/refusals.js';
import { ksefTimestamp } from '../core/time.js';
import {
  EXPORT_STATUS_LIFE_MS,
  type ExportOrder,
  type ExportPackage,
  type InvoiceExport,
} from '../exports/export-desk.js';
import type { SimulatorState } from '../simulator-state.js';
import { EXPORT_SCHEMA } from './body-schemas.js';
import type { StorageLinks } from './links.js';
import { type MetadataQuery, readRange, selectForExport } from './metadata-query.js';
import { assertReference, permittedLogin } from './requests.js';

interface ExportBody extends ExportOrder {
  readonly onlyMetadata?: boolean;
  readonly filters: MetadataQuery;
}

/** Ordering an export of invoices and fetching it. */
export function registerExportRoutes(app: FastifyInstance, state: SimulatorState, links: StorageLinks): void {
  app.post<{ Body: ExportBody }>('/invoices/exports', { schema: { body: EXPORT_SCHEMA } }, (request, reply) => {
    const { context } = permittedLogin(state, request, ['InvoiceRead']);
    const { filters, onlyMetadata = false } = request.body;
    checkRange(filters, state.clock.now());
    const { referenceNumber } = state.exports.order(context, request.body, () => {
      try {
        return selectForExport(state, context, filters, onlyMetadata);
      } catch (error) {
        // A range outside what is held is told in the status here (420), not at once.
        if (error instanceof KsefRefusal) return undefined;
        throw error;
      }
    });
    return reply.code(201).send({ referenceNumber });
  });

  app.get<{ Params: { referenceNumber: string } }>('/invoices/exports/:referenceNumber', (request) => {
    const { context } = permittedLogin(state, request, ['InvoiceRead']);
    const { referenceNumber } = request.params;
    assertReference(referenceNumber);
    const found = state.exports.find(referenceNumber);
    if (found === undefined || contextKey(found.context) !== contextKey(context)) throw refuse(21175);
    if (state.clock.now() >= found.requestedAt + EXPORT_STATUS_LIFE_MS) throw new Gone();
    return describe(found, links);
  });
}

/** @throws {KsefRefusal} 21405; a range outside what is held comes later, as status 420 */
function checkRange(filters: MetadataQuery, now: number): void {
  try {
    readRange(filters, now);
  } catch (error) {
    if (!(error instanceof KsefRefusal) || error.errors[0]?.code !== 21183) throw error;
  }
}

function describe(found: InvoiceExport, links: StorageLinks) {
  const { completedAt, package: packed, packageUntil, status } = found;
  return {
    status,
    ...(completedAt === undefined ? {} : { completedDate: ksefTimestamp(completedAt) }),
    ...(packageUntil === undefined ? {} : { packageExpirationDate: ksefTimestamp(packageUntil) }),
    ...(packed === undefined ? {} : { package: describePackage(found, packed, links) }),
  };
}

function describePackage(found: InvoiceExport, { parts, selection, sizeBytes }: ExportPackage, links: StorageLinks) {
  const { invoiceCount, isTruncated, lastDate, permanentStorageHwmDate } = selection;
  return {
    invoiceCount,
    size: sizeBytes,
    isTruncated,
    ...lastDate,
    ...(permanentStorageHwmDate === undefined ? {} : { permanentStorageHwmDate }),
    parts: parts.map((part) => {
      const { url, expiresAt } = links.exportPart(found, part);
      return {
        ordinalNumber: part.ordinal,
        partName: part.name,
        method: 'GET',
        url,
        partSize: part.sizeBytes,
        partHash: part.hash,
        encryptedPartSize: part.encrypted.length,
        encryptedPartHash: part.encryptedHash,
        expirationDate: ksefTimestamp(expiresAt),
      };
    }),
  };
}
