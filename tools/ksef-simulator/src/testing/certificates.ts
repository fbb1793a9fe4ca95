import { X509Certificate } from 'node:crypto';

import type { Answer } from './answers.js';
import type { KsefClient } from './ksef-client.js';
import { type EnrolmentData, type Signing, type SignedRequest, signRequest } from './signing-requests.js';

/** What the tests read from answers about certificates. A field an answer lacks is undefined, whatever the type says. */
export interface CertificateBody {
  readonly canRequest: boolean;
  readonly enrollment: { readonly remaining: number; readonly limit: number };
  readonly certificate: { readonly remaining: number; readonly limit: number };
  readonly referenceNumber: string;
  readonly certificateSerialNumber: string;
  readonly status: { readonly code: number; readonly description: string; readonly details?: readonly string[] };
  readonly certificates: readonly {
    readonly certificate: string;
    readonly certificateName: string;
    readonly certificateSerialNumber: string;
    readonly certificateType: string;
    readonly name: string;
    readonly status: string;
    readonly validTo: string;
  }[];
  readonly hasMore: boolean;
}

export const bodyOf = ({ text }: Answer): CertificateBody => JSON.parse(text) as CertificateBody;

/** The data of the login, unless the test changes them; null leaves one out. */
export async function enrolmentData(
  client: KsefClient,
  change: Readonly<Record<string, string | null>> = {},
): Promise<EnrolmentData> {
  const { text } = await client.call('GET', '/certificates/enrollments/data');
  const data = { ...(JSON.parse(text) as Record<string, string>), ...change };
  return Object.fromEntries(Object.entries(data).filter((entry): entry is [string, string] => entry[1] !== null));
}

export interface Enrolment {
  readonly type?: 'Authentication' | 'Offline';
  readonly name?: string;
  readonly signing?: Signing;
  readonly request?: SignedRequest;
  readonly validFrom?: string;
}

/** Sends an application, right in all that the test does not say. */
export async function apply(client: KsefClient, enrolment: Enrolment = {}): Promise<Answer> {
  const { type = 'Authentication', name = 'Kasa 1', signing, validFrom } = enrolment;
  const { csr } = enrolment.request ?? (await signRequest(await enrolmentData(client), signing));
  return client.call('POST', '/certificates/enrollments', {
    body: { certificateName: name, certificateType: type, csr, ...(validFrom === undefined ? {} : { validFrom }) },
  });
}

/** Sends an application and waits for its outcome. */
export async function applyAndWait(client: KsefClient, enrolment: Enrolment = {}): Promise<Answer> {
  const sent = await apply(client, enrolment);
  if (sent.status !== 202) return sent;
  return client.poll(`/certificates/enrollments/${bodyOf(sent).referenceNumber}`);
}

/** The whole way: the certificate with its key. */
export async function enrol(
  client: KsefClient,
  enrolment: Omit<Enrolment, 'request'> = {},
): Promise<{ serialNumber: string; certificatePem: string; privateKeyPem: string }> {
  const request = await signRequest(await enrolmentData(client), enrolment.signing);
  const outcome = await applyAndWait(client, { ...enrolment, request });
  const serialNumber = bodyOf(outcome).certificateSerialNumber;
  const retrieved = await client.call('POST', '/certificates/retrieve', {
    body: { certificateSerialNumbers: [serialNumber] },
  });
  const [found] = bodyOf(retrieved).certificates;
  if (found === undefined) throw new Error(`no certificate: ${outcome.text}`);
  const certificatePem = new X509Certificate(Buffer.from(found.certificate, 'base64')).toString();
  return { serialNumber, certificatePem, privateKeyPem: request.privateKeyPem };
}
