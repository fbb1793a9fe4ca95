import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

import {
  type AuthenticationCertificate,
  type CallBudget,
  type Clock,
  type ContextIdentifier,
  type InvoiceHash,
  invoiceHashFromBytes,
  type InvoiceId,
  type KsefAccess,
  type LoginCertificates,
  type LoginSigner,
  type PackageEntry,
  type SecretBox,
  SecretBoxError,
  Temporal,
  type TenantId,
} from '@latarnik/domain';

export const NOW = '2026-11-20T10:00:00Z';

export const access: KsefAccess = {
  tenant: 'tenant-a' as TenantId,
  context: { type: 'Nip', value: '5265877635' as ContextIdentifier['value'] },
};

/** Stands until it is moved. */
export class HandClock implements Clock {
  #now = Temporal.Instant.from(NOW);

  now(): Temporal.Instant {
    return this.#now;
  }

  advance(duration: Temporal.DurationLike): void {
    this.#now = this.#now.add(duration);
  }
}

/** The only certificate of type Authentication there is. */
export const theCertificate = (id: string): LoginCertificates => ({
  find: () => Promise.resolve({ id, purpose: 'authentication', subject: 'CN=Test' } as AuthenticationCertificate),
});
export const oneCertificate = theCertificate('certificate-1');
export const noCertificate: LoginCertificates = { find: () => Promise.resolve(undefined) };

/** Permits everything: for tests that are not about limits. */
export const unlimitedBudget: CallBudget = {
  take: () => Promise.resolve({ kind: 'permitted', permit: { id: 'any', leaveWithinMs: 10_000 } }),
  giveBack: () => Promise.resolve(),
  block: () => Promise.resolve(),
};

/** Not a signature: the doubles of KSeF here look at the challenge only. */
export const quotingSigner: LoginSigner = {
  signAuthTokenRequest: (_tenant, _certificate, { challenge }) =>
    Promise.resolve(Buffer.from(`<AuthTokenRequest><Challenge>${challenge}</Challenge></AuthTokenRequest>`)),
};

/** AES-256-GCM under a key of this process, the label as additional data. */
export class MemorySecretBox implements SecretBox {
  readonly #key = randomBytes(32);

  seal(secret: Uint8Array, label: string): Promise<Uint8Array> {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(label));
    const body = Buffer.concat([cipher.update(secret), cipher.final()]);
    return Promise.resolve(Buffer.concat([nonce, cipher.getAuthTag(), body]));
  }

  open(box: Uint8Array, label: string): Promise<Uint8Array> {
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, box.subarray(0, 12))
        .setAAD(Buffer.from(label))
        .setAuthTag(box.subarray(12, 28));
      return Promise.resolve(Buffer.concat([decipher.update(box.subarray(28)), decipher.final()]));
    } catch {
      return Promise.reject(new SecretBoxError('this box does not open'));
    }
  }
}

export const hashOfBytes = (bytes: Uint8Array): InvoiceHash =>
  invoiceHashFromBytes(createHash('sha256').update(bytes).digest());

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

export function entryOf(bytes: Uint8Array, id: string): PackageEntry {
  return { invoiceId: id as InvoiceId, hash: hashOfBytes(bytes), bytes };
}

// eslint-disable-next-line @typescript-eslint/require-await -- the port reads from a database
export async function* inOrder<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
