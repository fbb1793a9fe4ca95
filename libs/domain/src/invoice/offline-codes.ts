import type { Invoice, PreparedCodes } from './invoice.js';

/**
 * KOD II of an invoice, with the certificate that signed it: of one issued offline, and of one that was posted near the
 * end of its day and whose codes were prepared, as long as KSeF may take it as offline, or did (art. 106nda(16)).
 * @returns `undefined` for a document that has none, or needs none: KSeF took it as online
 */
export function offlineCodes(invoice: Invoice): PreparedCodes | undefined {
  if (!('issue' in invoice)) return undefined;
  const { issue } = invoice;
  if (issue.mode !== 'online') return { kodII: issue.kodII, certificateSerial: issue.certificateSerial };
  const isOnlineAtKsef = 'acceptance' in invoice && invoice.acceptance.invoicingMode !== 'offline';
  return isOnlineAtKsef ? undefined : issue.prepared;
}
