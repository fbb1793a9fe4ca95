import type {
  AuthenticationCertificate,
  Clock,
  ContextIdentifier,
  LoginSigner,
  SecretBox,
  TenantId,
} from '@latarnik/domain';
import { SoftwareKeys } from '../key/software-keys.js';
import { authTokenRequest } from './auth-token-request.js';
import { signEnveloped } from './enveloped-signature.js';
import { requirePurpose } from './require-purpose.js';
import { signedProperties } from './xades.js';

/** Signs logins with keys that rest in the database, sealed. */
export class SoftwareLoginSigner implements LoginSigner {
  readonly #keys: SoftwareKeys;
  readonly #clock: Clock;

  constructor(secretBox: SecretBox, clock: Clock, openKeyLimit?: number) {
    this.#keys = new SoftwareKeys(secretBox, openKeyLimit);
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
    return new TextEncoder().encode(signEnveloped(key, document, properties));
  }
}
