import type { AuthenticationCertificate, Clock, ContextIdentifier, LoginSigner, TenantId } from '@latarnik/domain';
import type { SigningKeys } from '../key/signing-key.js';
import { authTokenRequest } from './auth-token-request.js';
import { signEnveloped } from './enveloped-signature.js';
import { requirePurpose } from './require-purpose.js';
import { signedProperties } from './xades.js';

/** Signs logins with the keys of certificates, wherever these are. */
export class CertificateLoginSigner implements LoginSigner {
  readonly #keys: SigningKeys;
  readonly #clock: Clock;

  constructor(keys: SigningKeys, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  async signAuthTokenRequest(
    tenant: TenantId,
    certificate: AuthenticationCertificate,
    request: { readonly challenge: string; readonly context: ContextIdentifier },
  ): Promise<Uint8Array> {
    requirePurpose(certificate, 'authentication');
    const document = authTokenRequest(request.challenge, request.context);
    const key = await this.#keys.open(tenant, certificate);
    const properties = signedProperties(key.facts, this.#clock.now());
    return new TextEncoder().encode(await signEnveloped(key, document, properties));
  }
}
