import { contextLabel, daysLeft, type Certificate, type Instant } from '@latarnik/domain';
import { z } from 'zod';

export const CertificateView = z.object({
  id: z.uuid(),
  context: z.string(),
  type: z
    .enum(['Offline', 'Authentication'])
    .describe('Read from the key usage; Offline is the one that accountants call the signing certificate'),
  usedFor: z.string(),
  serial: z.string().describe('16 upper-case hexadecimal digits, zeros in front kept'),
  keyAlgorithm: z.enum(['rsa', 'ec-p256']),
  subject: z.string(),
  notBefore: z.iso.datetime(),
  notAfter: z.iso.datetime(),
  daysLeft: z.int().min(0).describe('Whole days until notAfter, or until its end at KSeF when that is earlier'),
  retiredAt: z.iso.datetime().nullable().describe('From then on it signs nothing'),
});
export type CertificateView = z.infer<typeof CertificateView>;

const TYPES = {
  offline: {
    type: 'Offline',
    usedFor:
      'Signs KOD II and the evidence of invoices issued offline; accountants call it the signing certificate. ' +
      'It cannot log in to KSeF.',
  },
  authentication: {
    type: 'Authentication',
    usedFor: 'Logs in to KSeF. It cannot sign KOD II or evidence: that takes the signing certificate (type Offline).',
  },
} as const satisfies Record<Certificate['purpose'], Pick<CertificateView, 'type' | 'usedFor'>>;

/** What callers may call the types: KSeF's words, and `signing`, which is what accountants call Offline. */
export const TypeWord = z.enum(['Offline', 'Authentication', 'signing']);

export const PURPOSES = {
  Offline: 'offline',
  signing: 'offline',
  Authentication: 'authentication',
} as const satisfies Record<z.infer<typeof TypeWord>, Certificate['purpose']>;

/** As KSeF calls the type. */
export const typeName = (purpose: Certificate['purpose']): CertificateView['type'] => TYPES[purpose].type;

/** Never the key, sealed or not. */
export function certificateView(certificate: Certificate, now: Instant): CertificateView {
  const { id, context, serial, purpose, keyAlgorithm, subject, notBefore, notAfter, retiredAt } = certificate;
  return {
    id,
    context: contextLabel(context),
    ...TYPES[purpose],
    serial,
    keyAlgorithm,
    subject,
    notBefore: notBefore.toString(),
    notAfter: notAfter.toString(),
    daysLeft: daysLeft(certificate, now),
    retiredAt: retiredAt?.toString() ?? null,
  };
}
