import type { Certificate } from '../certificate/certificate.js';
import type { Invoice } from '../invoice/invoice.js';
import { offlineCodes } from '../invoice/offline-codes.js';
import {
  CodeNotGoodError,
  kodIFaults,
  kodIIFaults,
  kodIISignatureFaults,
  type CodeFault,
} from '../verification-code/code-faults.js';
import type { CodeVerifier } from '../verification-code/code-verifier.port.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import type { HandoverDecision } from './handover-document.js';

/** Holds the codes that a document carries against the invoice before it leaves. @throws CodeNotGoodError */
export function requireGoodCodes(
  invoice: Invoice,
  { kind, ...decision }: HandoverDecision,
  { environment, certificates, verifier }: CodeChecks,
): void {
  if (!('issue' in invoice) || kind === 'nothing' || kind === 'invoice-without-codes') return;
  const refuse = (code: 'KOD I' | 'KOD II', faults: readonly CodeFault[]): void => {
    if (faults.length > 0) throw new CodeNotGoodError(code, invoice.id, faults);
  };
  refuse('KOD I', kodIFaults(invoice, invoice.issue, environment));
  const codes = offlineCodes(invoice);
  if (!('codes' in decision) || decision.codes !== 'two' || codes === undefined) return;
  refuse('KOD II', kodIIFaults(invoice, codes, environment));
  refuse('KOD II', kodIISignatureFaults(codes, certificates, verifier));
}

export interface CodeChecks {
  readonly environment: KsefEnvironment;
  /** Of the tenant, of any type. */
  readonly certificates: readonly Certificate[];
  readonly verifier: CodeVerifier;
}
