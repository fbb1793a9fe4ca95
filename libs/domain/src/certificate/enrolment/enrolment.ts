import type { ContextIdentifier } from '../../party/context-identifier.js';
import type { Instant } from '../../shared/instant.js';
import type { Certificate, CertificateId, CertificateSerial } from '../certificate.js';
import type {
  CertificateCallRefusal,
  CertificateLimits,
  CertificateName,
  EnrolmentReference,
} from '../ksef-certificates.port.js';
import type { CertificateRequest } from './certificate-requests.port.js';

/** Applications for one certificate that may come to nothing before a person looks. */
export const MOST_SENDINGS = 3;

/** After a lost answer the call may still be on its way for so long. */
const ARRIVAL_PATIENCE_SECONDS = 5 * 60;
/** KSeF took an application of unknown reference: its certificate may come for so long. */
const TAKEN_PATIENCE_SECONDS = 60 * 60;

/** Why an enrolment ended without a certificate. */
export type EnrolmentRefusal =
  | CertificateCallRefusal
  | { readonly code: 'LIMIT_REACHED'; readonly limits: CertificateLimits }
  /** Status 400, in KSeF's words. */
  | { readonly code: 'ENROLMENT_REJECTED'; readonly description: string; readonly details: readonly string[] }
  | { readonly code: 'SENDINGS_EXHAUSTED'; readonly sendings: number }
  /** What KSeF gave is not a certificate of the type for our key. */
  | { readonly code: 'CERTIFICATE_NOT_OURS'; readonly serial: CertificateSerial };

interface Plan {
  /** The certificate will have it too: the key is sealed to it. */
  readonly id: CertificateId;
  readonly context: ContextIdentifier;
  readonly name: CertificateName;
  readonly type: Certificate['purpose'];
  readonly keyAlgorithm: Certificate['keyAlgorithm'];
  readonly validFrom?: Instant;
  readonly plannedAt: Instant;
  /** Times the application was sent, or may have been. */
  readonly sendings: number;
  /** Raised by the repository with every save. */
  readonly version: number;
}

/** One key for the whole enrolment: whichever application of it KSeF grants, the certificate fits. */
interface WithKey extends Plan {
  readonly request: CertificateRequest;
}

export interface PreparedEnrolment extends WithKey {
  readonly state: 'prepared';
}

/** The application is on its way, or was, and nobody knows: stored before it is sent. */
export interface SendingEnrolment extends WithKey {
  readonly state: 'sending';
  readonly sentAt: Instant;
  /** Applications that KSeF's limit left just before. */
  readonly remainingBefore: number;
}

export interface SubmittedEnrolment extends WithKey {
  readonly state: 'submitted';
  readonly reference: EnrolmentReference;
  /** As in `sending`: should KSeF forget the reference, the key is looked for again. */
  readonly sentAt: Instant;
  readonly remainingBefore: number;
}

/** KSeF made the certificate; we have yet to fetch it. */
export interface IssuedEnrolment extends WithKey {
  readonly state: 'issued';
  readonly serial: CertificateSerial;
}

/** The certificate is ours, and the key went over to it. */
export interface CompletedEnrolment extends Plan {
  readonly state: 'completed';
  readonly serial: CertificateSerial;
}

/** The key is gone. */
export interface RefusedEnrolment extends Plan {
  readonly state: 'refused';
  readonly refusal: EnrolmentRefusal;
}

export type Enrolment =
  PreparedEnrolment | SendingEnrolment | SubmittedEnrolment | IssuedEnrolment | CompletedEnrolment | RefusedEnrolment;

/** The whole lifecycle. A test holds the functions below, and the database its CHECK, to this table. */
export const ENROLMENT_TRANSITIONS = {
  prepared: ['sending', 'refused'],
  sending: ['prepared', 'submitted', 'issued', 'refused'],
  submitted: ['prepared', 'sending', 'issued', 'refused'],
  issued: ['completed', 'refused'],
  completed: [],
  refused: [],
} as const satisfies Record<Enrolment['state'], readonly Enrolment['state'][]>;

export const isUnderWay = ({ state }: Enrolment): boolean => ENROLMENT_TRANSITIONS[state].length > 0;

export function beginSendingEnrolment(
  enrolment: PreparedEnrolment,
  limits: CertificateLimits,
  sentAt: Instant,
): SendingEnrolment {
  return {
    ...enrolment,
    state: 'sending',
    sendings: enrolment.sendings + 1,
    sentAt,
    remainingBefore: limits.enrolments.remaining,
  };
}

export function enrolmentSubmitted(enrolment: SendingEnrolment, reference: EnrolmentReference): SubmittedEnrolment {
  return { ...enrolment, state: 'submitted', reference };
}

/** KSeF surely took nothing: this sending does not count. */
export function enrolmentNotTaken(enrolment: SendingEnrolment): PreparedEnrolment {
  return { ...keyed(enrolment), state: 'prepared', sendings: enrolment.sendings - 1 };
}

/** It came to nothing; the same request is sent again, unless that was tried often enough. */
export function sendEnrolmentAgain(
  enrolment: SendingEnrolment | SubmittedEnrolment,
): PreparedEnrolment | RefusedEnrolment {
  return enrolment.sendings < MOST_SENDINGS
    ? { ...keyed(enrolment), state: 'prepared' }
    : enrolmentRefused(enrolment, { code: 'SENDINGS_EXHAUSTED', sendings: enrolment.sendings });
}

/** KSeF does not know the reference, or no longer: only the key can tell what became of the application. */
export function enrolmentReferenceLost(enrolment: SubmittedEnrolment): SendingEnrolment {
  const { sentAt, remainingBefore } = enrolment;
  return { ...keyed(enrolment), state: 'sending', sentAt, remainingBefore };
}

export function enrolmentIssued(
  enrolment: SendingEnrolment | SubmittedEnrolment,
  serial: CertificateSerial,
): IssuedEnrolment {
  return { ...keyed(enrolment), state: 'issued', serial };
}

export function enrolmentCompleted(enrolment: IssuedEnrolment): CompletedEnrolment {
  return { ...plan(enrolment), state: 'completed', serial: enrolment.serial };
}

export function enrolmentRefused(
  enrolment: PreparedEnrolment | SendingEnrolment | SubmittedEnrolment | IssuedEnrolment,
  refusal: EnrolmentRefusal,
): RefusedEnrolment {
  return { ...plan(enrolment), state: 'refused', refusal };
}

/**
 * What became of a sending whose answer is lost, by what KSeF shows now; `wait` while more may come. Sending again is
 * never wrong, only wasteful: both applications are for one key, and KSeF certifies a subject's key more than once.
 *
 * @param found a certificate for the key of the request
 * @param remaining applications that KSeF's limit leaves now: fewer than before means that it took one, which the
 * subject may also have made elsewhere, so it only makes us wait longer
 */
export function resolveSendingEnrolment(
  enrolment: SendingEnrolment,
  found: CertificateSerial | undefined,
  remaining: number,
  now: Instant,
): IssuedEnrolment | PreparedEnrolment | RefusedEnrolment | 'wait' {
  if (found !== undefined) return enrolmentIssued(enrolment, found);
  const patience = remaining < enrolment.remainingBefore ? TAKEN_PATIENCE_SECONDS : ARRIVAL_PATIENCE_SECONDS;
  const end = enrolment.sentAt.add({ seconds: patience });
  return now.epochMilliseconds < end.epochMilliseconds ? 'wait' : sendEnrolmentAgain(enrolment);
}

function plan({ id, context, name, type, keyAlgorithm, validFrom, plannedAt, sendings, version }: Enrolment): Plan {
  return {
    id,
    context,
    name,
    type,
    keyAlgorithm,
    ...(validFrom === undefined ? {} : { validFrom }),
    plannedAt,
    sendings,
    version,
  };
}

function keyed(enrolment: SendingEnrolment | SubmittedEnrolment): WithKey {
  return { ...plan(enrolment), request: enrolment.request };
}
