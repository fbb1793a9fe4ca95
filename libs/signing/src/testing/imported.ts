import type {
  CertificateId,
  ImportedCertificate,
  OfflineCertificate,
  AuthenticationCertificate,
} from '@latarnik/domain';
import { SealedCertificateImporter } from '../certificate/sealed-certificate-importer.js';
import type { EnvelopeSecretBox } from '../secret-box/envelope-secret-box.js';
import {
  contextOf,
  DIGITAL_SIGNATURE,
  makeCertificate,
  NON_REPUDIATION,
  TENANT,
  type CertificateOrder,
  type MadeCertificate,
} from './certificates.js';
import { IN_PROCESS_READER, pemFile } from './key-files.js';
import { boxWith } from './key-rings.js';

/** 32 bytes that are easy to find again in an output. */
export const KEK = Buffer.from('4b454b2d43414e4152592d4b454b2d43414e4152592d4b454b2d43414e4152ff', 'hex');

export const aSecretBox = (): EnvelopeSecretBox => boxWith(1, [1, KEK]);

const CONTEXT = contextOf('Nip', '5265877635');

export interface Stored<C> {
  readonly certificate: C;
  readonly made: MadeCertificate;
}

export async function offlineCertificate(
  order: Omit<CertificateOrder, 'usage'>,
  id = 'certificate-offline',
): Promise<Stored<OfflineCertificate>> {
  const made = await makeCertificate({ ...order, usage: NON_REPUDIATION });
  const imported = await importPem(made, id);
  return { made, certificate: { ...imported, purpose: 'offline', id: id as CertificateId, context: CONTEXT } };
}

export async function authenticationCertificate(
  order: Omit<CertificateOrder, 'usage'>,
  id = 'certificate-login',
): Promise<Stored<AuthenticationCertificate>> {
  const made = await makeCertificate({ ...order, usage: DIGITAL_SIGNATURE });
  const imported = await importPem(made, id);
  return { made, certificate: { ...imported, purpose: 'authentication', id: id as CertificateId, context: CONTEXT } };
}

async function importPem(made: MadeCertificate, certificateId: string): Promise<ImportedCertificate> {
  const importer = new SealedCertificateImporter(aSecretBox(), IN_PROCESS_READER);
  const imported = await importer.read({ tenant: TENANT, certificateId }, pemFile(made.certificatePem, made.keyPem));
  if (!imported.ok) throw new Error(imported.error.code);
  return imported.value;
}
