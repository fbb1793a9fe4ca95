import { SecretBoxError, SignerUnavailableError, type Certificate, type TenantId } from '@latarnik/domain';
import type { SigningKey, SigningKeys } from './signing-key.js';

/** A key that could not be used, for the operator: what is wrong, without anything secret. */
export interface SigningTrouble {
  readonly certificateId: string;
  readonly purpose: Certificate['purpose'];
  readonly trouble: SignerUnavailableError['trouble'];
  readonly error: string;
  readonly cause?: string;
}

/** Tells somebody of every key that could not be used, and lets the error go on. */
export class ReportedKeys implements SigningKeys {
  readonly #keys: SigningKeys;
  readonly #report: (trouble: SigningTrouble) => void;

  constructor(keys: SigningKeys, report: (trouble: SigningTrouble) => void) {
    this.#keys = keys;
    this.#report = report;
  }

  async open(tenant: TenantId, certificate: Certificate): Promise<SigningKey> {
    const key = await this.#watch(certificate, () => this.#keys.open(tenant, certificate));
    const { privateKey } = key;
    return {
      ...key,
      privateKey: { sign: (scheme, data) => this.#watch(certificate, () => privateKey.sign(scheme, data)) },
    };
  }

  async #watch<T>({ id, purpose }: Certificate, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SignerUnavailableError) {
        const { trouble, message, cause } = error;
        const because = cause instanceof SecretBoxError ? { cause: cause.message } : {};
        this.#report({ certificateId: id, purpose, trouble, error: message, ...because });
      }
      throw error;
    }
  }
}
