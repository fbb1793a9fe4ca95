import { KsefLoginError, KsefUnreachableError, type KsefCallRefusal } from '@latarnik/domain';

import type { Refusal } from './error-body.js';

/** KSeF's no in the domain's words; the first of its codes stands for all, the description has every one. */
export function callRefusal({ httpStatus, codes, description }: Refusal): KsefCallRefusal {
  const [ksefCode] = codes;
  return { code: 'KSEF_REFUSED', httpStatus, description, ...(ksefCode === undefined ? {} : { ksefCode }) };
}

/**
 * Why a question was not answered. A right that is missing (403) is KSeF's answer, and a person's to mend: asking again
 * changes nothing (domain rules 7.4). Anything else may be different the next time.
 */
export function refusedRead({ httpStatus, description }: Refusal, what = ''): KsefLoginError | KsefUnreachableError {
  const told = `${what}KSeF answered HTTP ${String(httpStatus)}: ${description}`;
  return httpStatus === 403 ? new KsefLoginError('ACCESS_REFUSED', told) : new KsefUnreachableError(told);
}

/** Nothing left this machine, so KSeF surely has nothing. */
export function notSentRefusal(cause: string): KsefCallRefusal {
  return { code: 'KSEF_REFUSED', httpStatus: 0, description: `not sent: ${cause}` };
}

/** A limit was reached: KSeF took nothing. */
export function throttledRefusal(retryAfterSeconds: number): KsefCallRefusal {
  return {
    code: 'KSEF_REFUSED',
    httpStatus: 429,
    description: `KSeF asks to wait ${String(retryAfterSeconds)} s`,
    retryAfterSeconds,
  };
}

/** Codes of KSeF that the adapter itself acts on (domain rules 7.4). */
export const KSEF_CODES = {
  invoiceUnknown: 21164,
  sessionUnknown: 21173,
  sessionStateForbids: 21180,
  upoNotFound: 21178,
  continuationLost: 21418,
  publicKeyWithdrawn: 21470,
} as const;
