import type { ContextIdentifier } from '../party/context-identifier.js';
import type { TenantId } from '../tenant/tenant.js';
import type { AuthenticationCertificate } from './certificate.js';

/** Signs KSeF logins with a certificate of type Authentication. */
export interface LoginSigner {
  /**
   * An AuthTokenRequest for the challenge with an enveloped XAdES-BES signature, UTF-8 XML
   * (namespace http://ksef.mf.gov.pl/auth/token/2.1).
   * @throws SignerUnavailableError when the key cannot be used now
   */
  signAuthTokenRequest(
    tenant: TenantId,
    certificate: AuthenticationCertificate,
    request: { readonly challenge: string; readonly context: ContextIdentifier },
  ): Promise<Uint8Array>;
}
