/**
 * Names under which a container binds the ports. An extension rebinds one of them to replace an adapter
 * (docs/extending.md); nothing in the domain looks anything up by them.
 */
const token = (name: string): symbol => Symbol.for(`latarnik/${name}`);

export const PORTS = {
  apiKeys: token('ApiKeys'),
  authorization: token('Authorization'),
  batchPackager: token('BatchPackager'),
  batchSessions: token('BatchSessions'),
  boxRewrapper: token('BoxRewrapper'),
  certificateImporter: token('CertificateImporter'),
  certificateReader: token('CertificateReader'),
  certificateRequests: token('CertificateRequests'),
  clock: token('Clock'),
  codeImages: token('CodeImages'),
  hasher: token('Hasher'),
  heartbeat: token('Heartbeat'),
  idSource: token('IdSource'),
  interactiveSessions: token('InteractiveSessions'),
  invoiceDocuments: token('InvoiceDocuments'),
  jobSource: token('JobSource'),
  keyEncryptionKeys: token('KeyEncryptionKeys'),
  ksefCertificates: token('KsefCertificates'),
  ksefProbe: token('KsefProbe'),
  ksefTraffic: token('KsefTraffic'),
  latarnia: token('Latarnia'),
  loginCertificates: token('LoginCertificates'),
  loginSigner: token('LoginSigner'),
  neutralAddresses: token('NeutralAddresses'),
  offlineSigner: token('OfflineSigner'),
  sealedBoxes: token('SealedBoxes'),
  secretBox: token('SecretBox'),
  sessionReader: token('SessionReader'),
  tenantDirectory: token('TenantDirectory'),
  tokenCertificateImporter: token('TokenCertificateImporter'),
  unitOfWork: token('UnitOfWork'),
} as const;
