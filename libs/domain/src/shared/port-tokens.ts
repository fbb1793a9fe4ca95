/**
 * Names under which a container binds the ports. An extension rebinds one of them to replace an adapter
 * (docs/extending.md); nothing in the domain looks anything up by them.
 */
const token = (name: string): symbol => Symbol.for(`latarnik/${name}`);

export const PORTS = {
  apiKeys: token('ApiKeys'),
  batchPackager: token('BatchPackager'),
  batchSessions: token('BatchSessions'),
  certificateImporter: token('CertificateImporter'),
  clock: token('Clock'),
  codeImages: token('CodeImages'),
  hasher: token('Hasher'),
  heartbeat: token('Heartbeat'),
  idSource: token('IdSource'),
  interactiveSessions: token('InteractiveSessions'),
  invoiceDocuments: token('InvoiceDocuments'),
  jobSource: token('JobSource'),
  ksefProbe: token('KsefProbe'),
  latarnia: token('Latarnia'),
  loginCertificates: token('LoginCertificates'),
  loginSigner: token('LoginSigner'),
  offlineSigner: token('OfflineSigner'),
  secretBox: token('SecretBox'),
  sessionReader: token('SessionReader'),
  tenantDirectory: token('TenantDirectory'),
  unitOfWork: token('UnitOfWork'),
} as const;
