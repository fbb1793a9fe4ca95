import {
  type Attempt,
  type CertificateCallRefusal,
  type CertificateLimits,
  type CertificateRefusal,
  type CertificateSerial,
  done,
  type EnrolmentData,
  type EnrolmentReceipt,
  type EnrolmentReference,
  type EnrolmentRequest,
  type EnrolmentStatus,
  err,
  failed,
  type KsefAccess,
  type KsefCertificateEntry,
  type KsefCertificates,
  KsefThrottledError,
  KsefUnreachableError,
  ok,
  type Result,
  type RetrievedCertificate,
  type RevocationReason,
  toBase64,
  unknown,
} from '@latarnik/domain';

import {
  type CertificateEntryDto,
  certificateLimitsDto,
  certificatePageDto,
  enrolledDto,
  type EnrolmentDataDto,
  enrolmentDataDto,
  type EnrolmentStatusDto,
  enrolmentStatusDto,
  retrievedDto,
} from './certificate-dto.js';
import { certificateCallRefusal, certificateRefusal, isEnrolmentUnknown, isForgotten } from './certificate-refusals.js';
import type { Expected, KsefAnswer, KsefCall } from './ksef-api.js';
import type { KsefCalls } from './ksef-calls.js';
import { refusedRead } from './refusals.js';

/** The largest page the API gives (OpenAPI, POST /certificates/query). */
const PAGE_SIZE = 50;
/** Far above the limits of KSeF; a list that goes on beyond it is not believed. */
const MOST_PAGES = 40;
/** As many as one call may ask for (OpenAPI RetrieveCertificatesRequest). */
const RETRIEVED_AT_ONCE = 10;

const TYPES = { offline: 'Offline', authentication: 'Authentication' } as const satisfies Record<
  EnrolmentRequest['type'],
  string
>;
const REASONS = {
  unspecified: 'Unspecified',
  superseded: 'Superseded',
  'key-compromise': 'KeyCompromise',
} as const satisfies Record<RevocationReason, string>;

/** KSeF certificates over HTTP (ksef-docs certyfikaty-KSeF.md). */
export class HttpKsefCertificates implements KsefCertificates {
  constructor(private readonly calls: KsefCalls) {}

  async limits(access: KsefAccess): Promise<CertificateLimits> {
    const answer = await this.#get(access, '/certificates/limits', { kind: 'json', schema: certificateLimitsDto });
    const { canRequest, enrollment, certificate } = believed(answer);
    return { canRequest, enrolments: enrollment, certificates: certificate };
  }

  async enrolmentData(access: KsefAccess): Promise<Result<EnrolmentData, CertificateRefusal>> {
    const path = '/certificates/enrollments/data';
    const answer = await this.#get(access, path, { kind: 'json', schema: enrolmentDataDto });
    const refusal = answer.kind === 'refused' ? certificateRefusal(answer.refusal) : undefined;
    return refusal === undefined ? ok(toEnrolmentData(believed(answer))) : err(refusal);
  }

  async enrol(
    access: KsefAccess,
    { name, type, csr, validFrom }: EnrolmentRequest,
  ): Promise<Attempt<EnrolmentReceipt, CertificateCallRefusal>> {
    const body = {
      certificateName: name,
      certificateType: TYPES[type],
      csr: toBase64(csr),
      ...(validFrom === undefined ? {} : { validFrom: validFrom.toString() }),
    };
    return attempted(
      this.calls.call(access, post('/certificates/enrollments', body), { kind: 'json', schema: enrolledDto }),
      ({ referenceNumber, timestamp }) => ({ reference: referenceNumber, requestedAt: timestamp }),
    );
  }

  async enrolmentStatus(access: KsefAccess, reference: EnrolmentReference): Promise<EnrolmentStatus> {
    const path = `/certificates/enrollments/${encodeURIComponent(reference)}`;
    const answer = await this.#get(access, path, { kind: 'json', schema: enrolmentStatusDto });
    if (answer.kind === 'refused' && isEnrolmentUnknown(answer.refusal)) return { state: 'unknown-reference' };
    if (answer.kind === 'refused' && isForgotten(answer.refusal)) return { state: 'forgotten' };
    return toEnrolmentStatus(believed(answer));
  }

  async retrieve(access: KsefAccess, serials: readonly CertificateSerial[]): Promise<readonly RetrievedCertificate[]> {
    const wanted = [...new Set(serials)];
    const found: RetrievedCertificate[] = [];
    for (let at = 0; at < wanted.length; at += RETRIEVED_AT_ONCE) {
      const some = wanted.slice(at, at + RETRIEVED_AT_ONCE);
      const call = post('/certificates/retrieve', { certificateSerialNumbers: some });
      const answer = await this.calls.call(access, call, { kind: 'json', schema: retrievedDto(some) });
      for (const row of believed(answer).certificates) {
        found.push({
          serial: row.certificateSerialNumber,
          name: row.certificateName,
          type: row.certificateType,
          der: row.certificate,
        });
      }
    }
    return found;
  }

  async list(access: KsefAccess): Promise<readonly KsefCertificateEntry[]> {
    // Keyed by serial: a certificate made meanwhile pushes one that was read onto the next page.
    const found = new Map<CertificateSerial, KsefCertificateEntry>();
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const call = post(`/certificates/query?pageSize=${String(PAGE_SIZE)}&pageOffset=${String(page)}`, {});
      const answer = await this.calls.call(access, call, { kind: 'json', schema: certificatePageDto });
      const { certificates, hasMore } = believed(answer);
      for (const entry of certificates) found.set(entry.certificateSerialNumber, toEntry(entry));
      if (!hasMore) return [...found.values()];
    }
    throw new KsefUnreachableError(`the list of certificates has no end after ${String(MOST_PAGES)} pages`);
  }

  async revoke(
    access: KsefAccess,
    serial: CertificateSerial,
    reason: RevocationReason,
  ): Promise<Attempt<void, CertificateCallRefusal>> {
    const call = post(`/certificates/${encodeURIComponent(serial)}/revoke`, { revocationReason: REASONS[reason] });
    return attempted(this.calls.call(access, call, { kind: 'empty', value: undefined }), () => undefined);
  }

  #get<T>(access: KsefAccess, path: string, expected: Expected<T>): Promise<KsefAnswer<T>> {
    return this.calls.call(access, { method: 'GET', path }, expected);
  }
}

const post = (path: string, body: object): KsefCall => ({
  method: 'POST',
  path,
  body: { type: 'application/json', content: JSON.stringify(body) },
});

/** The value of a read. @throws KsefUnreachableError, KsefThrottledError, KsefLoginError when there is none */
function believed<T>(answer: KsefAnswer<T>): T {
  switch (answer.kind) {
    case 'ok':
      return answer.value;
    case 'refused':
      throw refusedRead(answer.refusal);
    case 'throttled':
      throw new KsefThrottledError(answer.retryAfterSeconds);
    case 'lost':
    case 'not-sent':
      throw new KsefUnreachableError(answer.cause);
  }
}

/** The outcome of an effect. Without a token nothing was sent, and the caller reads before it tries again. */
async function attempted<A, T>(
  call: Promise<KsefAnswer<A>>,
  map: (value: A) => T,
): Promise<Attempt<T, CertificateCallRefusal>> {
  try {
    const answer = await call;
    switch (answer.kind) {
      case 'ok':
        return done(map(answer.value));
      case 'refused':
        return failed(certificateCallRefusal(answer.refusal));
      case 'throttled':
        throw new KsefThrottledError(answer.retryAfterSeconds);
      case 'lost':
        return unknown(answer.cause);
      case 'not-sent':
        return unknown(`not sent: ${answer.cause}`);
    }
  } catch (error) {
    if (error instanceof KsefUnreachableError) return unknown(`not sent: ${error.message}`);
    throw error;
  }
}

/** Only what has a value: the subject of the request is made of exactly these. */
function toEnrolmentData({ commonName, countryName, ...optional }: EnrolmentDataDto): EnrolmentData {
  const given = Object.entries(optional).filter(([, value]) => value !== null && value !== undefined);
  return { commonName, countryName, ...Object.fromEntries(given) };
}

/** Codes of OpenAPI CertificateEnrollmentStatusResponse; below 200 it is on its way. */
function toEnrolmentStatus({ status, requestDate, certificateSerialNumber }: EnrolmentStatusDto): EnrolmentStatus {
  const { code, description } = status;
  const details = status.details ?? [];
  if (code < 200) return { state: 'processing' };
  if (code === 200 && typeof certificateSerialNumber === 'string') {
    return { state: 'issued', serial: certificateSerialNumber, requestedAt: requestDate };
  }
  return code === 400
    ? { state: 'rejected', description, details }
    : { state: 'failed', ksefCode: code, description, details };
}

function toEntry(dto: CertificateEntryDto): KsefCertificateEntry {
  const { certificateSerialNumber: serial, name, type, status, commonName, subjectIdentifier, lastUseDate } = dto;
  return {
    serial,
    name,
    type,
    state: status,
    commonName,
    subject: subjectIdentifier,
    notBefore: dto.validFrom,
    notAfter: dto.validTo,
    requestedAt: dto.requestDate,
    ...(lastUseDate === null || lastUseDate === undefined ? {} : { lastUsedAt: lastUseDate }),
  };
}
