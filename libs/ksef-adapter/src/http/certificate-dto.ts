import { X509Certificate } from 'node:crypto';

import { type CertificateSerial, type EnrolmentReference, fromBase64, parseCertificateSerial } from '@latarnik/domain';
import { z } from 'zod';

import { instant } from './dto.js';

/** Shapes of KSeF's answers about certificates (OpenAPI 2.6). Unknown properties are ignored (domain rules 7.4). */

const serial = z.string().transform((text, context): CertificateSerial => {
  const parsed = parseCertificateSerial(text);
  if (parsed.ok) return parsed.value;
  context.issues.push({ code: 'custom', message: 'not 16 hexadecimal digits', input: text });
  return z.NEVER;
});

const der = z.string().transform((text, context): Uint8Array => {
  const bytes = fromBase64(text);
  if (bytes !== undefined) return bytes;
  context.issues.push({ code: 'custom', message: 'not Base64', input: text });
  return z.NEVER;
});

const type = z
  .enum(['Authentication', 'Offline'])
  .transform((word) => (word === 'Offline' ? ('offline' as const) : ('authentication' as const)));

const STATES = { Active: 'active', Blocked: 'blocked', Revoked: 'revoked', Expired: 'expired' } as const;

const limit = z.object({ limit: z.int().nonnegative(), remaining: z.int().nonnegative() });

export const certificateLimitsDto = z.object({ canRequest: z.boolean(), enrollment: limit, certificate: limit });

const attribute = z.string().min(1).max(1000);

export const enrolmentDataDto = z.object({
  commonName: attribute,
  countryName: attribute,
  givenName: attribute.nullish(),
  surname: attribute.nullish(),
  serialNumber: attribute.nullish(),
  uniqueIdentifier: attribute.nullish(),
  organizationName: attribute.nullish(),
  organizationIdentifier: attribute.nullish(),
});
export type EnrolmentDataDto = z.infer<typeof enrolmentDataDto>;

export const enrolledDto = z.object({
  referenceNumber: z
    .string()
    .regex(/^[A-Za-z0-9-]{36}$/)
    .transform((text) => text as EnrolmentReference),
  timestamp: instant,
});

const MADE = 200;

/** An application that was granted names the certificate. */
export const enrolmentStatusDto = z
  .object({
    requestDate: instant,
    status: z.object({ code: z.int(), description: z.string(), details: z.array(z.string()).nullish() }),
    certificateSerialNumber: serial.nullish(),
  })
  .refine(({ status, certificateSerialNumber }) => status.code !== MADE || typeof certificateSerialNumber === 'string');
export type EnrolmentStatusDto = z.infer<typeof enrolmentStatusDto>;

export const certificatePageDto = z.object({
  certificates: z
    .array(
      z.object({
        certificateSerialNumber: serial,
        name: z.string().max(100),
        type,
        commonName: z.string(),
        status: z.enum(['Active', 'Blocked', 'Revoked', 'Expired']).transform((word) => STATES[word]),
        subjectIdentifier: z.object({
          type: z.enum(['Nip', 'Pesel', 'Fingerprint']),
          value: z.string().min(10).max(64),
        }),
        validFrom: instant,
        validTo: instant,
        lastUseDate: instant.nullish(),
        requestDate: instant,
      }),
    )
    .max(50),
  hasMore: z.boolean(),
});
export type CertificateEntryDto = z.infer<typeof certificatePageDto>['certificates'][number];

/** Each of what was asked for at most once, and each certificate the one its row says. */
export const retrievedDto = (wanted: readonly CertificateSerial[]) =>
  z.object({
    certificates: z
      .array(
        z
          .object({
            certificate: der,
            certificateName: z.string(),
            certificateSerialNumber: serial,
            certificateType: type,
          })
          .refine(({ certificate, certificateSerialNumber }) => serialOf(certificate) === certificateSerialNumber),
      )
      .refine((rows) => {
        const serials = new Set(rows.map(({ certificateSerialNumber }) => certificateSerialNumber));
        return serials.size === rows.length && [...serials].every((given) => wanted.includes(given));
      }),
  });

/** With leading zeros; undefined when it is no certificate. */
function serialOf(certificate: Uint8Array): string | undefined {
  try {
    return new X509Certificate(certificate).serialNumber.padStart(16, '0');
  } catch {
    return undefined;
  }
}
