import { fromBase64, invoiceHashFromBase64, Temporal } from '@latarnik/domain';
import type { FormCode, InvoiceReference, SessionReference, UpoReference } from '@latarnik/domain';
import { z } from 'zod';

import { BearerToken } from './bearer-token.js';

/** Shapes of KSeF's answers (OpenAPI 2.6), as far as they are used. Unknown properties are ignored (domain rules 7.4). */

/** With an offset; up to nine digits of a second. */
export const instant = z.string().transform((text, context) => {
  try {
    return Temporal.Instant.from(text);
  } catch {
    context.issues.push({ code: 'custom', message: 'not an instant', input: text });
    return z.NEVER;
  }
});

/** 36 characters by the contract; nothing that could leave its place in a path. */
const referenceNumber = z.string().regex(/^[A-Za-z0-9-]{1,36}$/);
export const sessionReference = referenceNumber.transform((text) => text as SessionReference);
const invoiceReference = referenceNumber.transform((text) => text as InvoiceReference);
const upoReference = referenceNumber.transform((text) => text as UpoReference);

const hash = z.string().transform((text, context) => {
  const parsed = invoiceHashFromBase64(text);
  if (parsed !== undefined) return parsed;
  context.issues.push({ code: 'custom', message: 'not a SHA-256 in Base64', input: text });
  return z.NEVER;
});

const base64 = z.string().transform((text, context) => {
  const parsed = fromBase64(text);
  if (parsed !== undefined) return parsed;
  context.issues.push({ code: 'custom', message: 'not Base64', input: text });
  return z.NEVER;
});

const token = z
  .object({ token: z.string().regex(/^[A-Za-z0-9._~+/=-]{1,16384}$/), validUntil: instant })
  .transform((dto) => new BearerToken(dto.token, dto.validUntil));
const status = z.object({
  code: z.int(),
  description: z.string(),
  details: z.array(z.string()).nullish(),
});
const count = z.int().nonnegative().nullish();

export const challengeDto = z.object({ challenge: z.string().regex(/^[A-Za-z0-9-]{1,36}$/) });
export const loginStartedDto = z.object({ referenceNumber, authenticationToken: token });
export const loginStatusDto = z.object({ status });
export const tokensDto = z.object({ accessToken: token, refreshToken: token });
export const refreshedDto = z.object({ accessToken: token });

export const publicKeyDto = z.object({
  certificate: base64,
  certificateId: z.string(),
  publicKeyId: z.string().length(44),
  validFrom: instant,
  validTo: instant,
  usage: z.array(z.string()),
});
/** Entries are judged one by one: a new kind of key must not hide the one we need. */
export const publicKeysDto = z.array(z.unknown()).max(100);

export const openedOnlineDto = z.object({ referenceNumber: sessionReference, validUntil: instant });
export const postedDto = z.object({ referenceNumber: invoiceReference });

export const openedBatchDto = z.object({
  referenceNumber: sessionReference,
  partUploadRequests: z
    .array(
      z.object({
        ordinalNumber: z.int().min(1),
        method: z.enum(['PUT', 'POST']),
        url: z.url(),
        headers: z.record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/), z.string().nullable()),
      }),
    )
    .max(50),
});

export const sessionStatusDto = z.object({
  status,
  invoiceCount: count,
  successfulInvoiceCount: count,
  failedInvoiceCount: count,
  upo: z
    .object({ pages: z.array(z.object({ referenceNumber: upoReference, downloadUrl: z.url() })).max(10_000) })
    .nullish(),
});

export const sessionInvoiceDto = z.object({
  referenceNumber: invoiceReference,
  invoiceHash: hash,
  ksefNumber: z.string().nullish(),
  invoicingDate: instant,
  acquisitionDate: instant.nullish(),
  upoDownloadUrl: z.string().nullish(),
  /** Read as any word: one we do not know must not hide the rest of the row. */
  invoicingMode: z.string().nullish(),
  status: status.extend({ extensions: z.record(z.string(), z.string().nullable()).nullish() }),
});
export type SessionInvoiceDto = z.infer<typeof sessionInvoiceDto>;

export const sessionInvoicesDto = z.object({
  /** Goes back in a header: visible ASCII only. */
  continuationToken: z
    .string()
    .regex(/^[\x21-\x7e]{0,8192}$/)
    .nullish(),
  invoices: z.array(sessionInvoiceDto).max(1000),
});

const continuationToken = z
  .string()
  .regex(/^[\x21-\x7e]{0,8192}$/)
  .nullish();

export const listedSessionsDto = z.object({
  continuationToken,
  sessions: z
    .array(
      z.object({
        referenceNumber: sessionReference,
        status,
        dateCreated: instant,
        totalInvoiceCount: z.int().nonnegative(),
      }),
    )
    .max(1000),
});

export const metadataDto = z.object({
  invoices: z
    .array(
      z.object({
        ksefNumber: z.string(),
        invoiceHash: hash,
        invoicingDate: instant,
        invoiceType: z.string().optional(),
      }),
    )
    .max(250),
});

/** Exactly the three fields, whatever else the value carries. */
export const formCodeDto = ({ systemCode, schemaVersion, value }: FormCode): FormCode => ({
  systemCode,
  schemaVersion,
  value,
});
