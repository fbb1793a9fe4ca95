import {
  KSEF_MEGABYTE,
  type KsefAccess,
  type KsefLimits,
  type KsefLimitsReader,
  KsefUnreachableError,
  LIMIT_GROUPS,
  type LimitGroup,
  type SessionLimits,
} from '@latarnik/domain';
import { z } from 'zod';

import type { Expected } from './ksef-api.js';
import type { KsefCalls } from './ksef-calls.js';

const count = z.int().nonnegative();
const rateDto = z.object({ perSecond: count, perMinute: count, perHour: count });
/** OpenAPI `EffectiveApiRateLimits`. */
const ratesDto = z.object(
  Object.fromEntries(LIMIT_GROUPS.map((group) => [group, rateDto])) as Record<LimitGroup, typeof rateDto>,
);
const sessionDto = z
  .object({ maxInvoiceSizeInMB: count, maxInvoiceWithAttachmentSizeInMB: count, maxInvoices: count })
  .transform((dto): SessionLimits => ({
    invoices: dto.maxInvoices,
    invoiceBytes: dto.maxInvoiceSizeInMB * KSEF_MEGABYTE,
    invoiceWithAttachmentBytes: dto.maxInvoiceWithAttachmentSizeInMB * KSEF_MEGABYTE,
  }));
/** OpenAPI `EffectiveContextLimits`. */
const contextDto = z.object({ batchSession: sessionDto, onlineSession: sessionDto });
/** OpenAPI `EffectiveSubjectLimits`: every part of it may be missing. */
const subjectDto = z.object({
  enrollment: z.object({ maxEnrollments: count.nullish() }).nullish(),
  certificate: z.object({ maxCertificates: count.nullish() }).nullish(),
});

/** The limits that hold in a context now, over HTTP. */
export class HttpKsefLimits implements KsefLimitsReader {
  constructor(private readonly calls: KsefCalls) {}

  async read(access: KsefAccess): Promise<KsefLimits> {
    const rates = await this.#get(access, '/rate-limits', { kind: 'json', schema: ratesDto });
    const context = await this.#get(access, '/limits/context', { kind: 'json', schema: contextDto });
    const { enrollment, certificate } = await this.#get(access, '/limits/subject', {
      kind: 'json',
      schema: subjectDto,
    });
    const enrolments = enrollment?.maxEnrollments;
    const certificates = certificate?.maxCertificates;
    return {
      rates,
      context: { batch: context.batchSession, interactive: context.onlineSession },
      subject: {
        ...(typeof enrolments === 'number' ? { enrolments } : {}),
        ...(typeof certificates === 'number' ? { certificates } : {}),
      },
    };
  }

  async #get<T>(access: KsefAccess, path: string, expected: Expected<T>): Promise<T> {
    const value = await this.calls.read(access, path, expected);
    if (value === undefined) throw new KsefUnreachableError(`KSeF gave no answer to ${path}`);
    return value;
  }
}
