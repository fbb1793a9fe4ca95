/**
 * Encrypts small secrets at rest under the installation's key-encryption key. `label` is bound into the ciphertext:
 * opening with another label fails.
 */
export interface SecretBox {
  seal(secret: Uint8Array, label: string): Promise<Uint8Array>;
  /** @throws SecretBoxError when the key-encryption key is missing or wrong, or the box was changed or moved */
  open(box: Uint8Array, label: string): Promise<Uint8Array>;
}

export class SecretBoxError extends Error {
  override readonly name = 'SecretBoxError';
}
