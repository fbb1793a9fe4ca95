import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import { err, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { CertificateImporter, KeyFile } from './certificate-importer.port.js';
import type { Certificate } from './certificate.js';
import { ImportCertificate, type ImportCertificateRefusal } from './import-certificate.js';
import type { TokenCertificateImporter, TokenKey, TokenKeyRefusal } from './token-key.port.js';

export interface TokenCertificateImport {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly context: ContextIdentifier;
  readonly key: TokenKey;
  /** What the caller believes it to be: refused when the certificate says otherwise. */
  readonly expected?: Certificate['purpose'];
}

export type ImportTokenCertificateRefusal = TokenKeyRefusal | ImportCertificateRefusal;

/** Takes a KSeF certificate whose key is in a token into a context, by the rules of every import. */
export class ImportTokenCertificate {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly importer: TokenCertificateImporter,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  /** @throws SignerUnavailableError when the token cannot be asked now, SecretBoxError when nothing can be sealed */
  async execute({
    key,
    ...request
  }: TokenCertificateImport): Promise<Result<Certificate, ImportTokenCertificateRefusal>> {
    let refused: TokenKeyRefusal | undefined;
    const importer: CertificateImporter = {
      read: async (owner) => {
        const read = await this.importer.read(owner, key);
        if (read.ok) return read;
        refused = read.error;
        return err({ code: 'KEY_MISSING' });
      },
    };
    const importing = new ImportCertificate(this.unitOfWork, importer, this.clock, this.ids);
    const outcome = await importing.execute({ ...request, file: NO_FILE });
    return refused === undefined ? outcome : err(refused);
  }
}

/** There is no key file: the key is in the token. */
const NO_FILE: KeyFile = { kind: 'pem', certificate: new Uint8Array(), key: new Uint8Array() };
