/** A data key in the keeping of one version of the key-encryption key. */
export interface WrappedKey {
  /** Of the key-encryption key: 1 to 2^32 - 1. */
  readonly version: number;
  /** At most 65,535 bytes; of no use without that key and the label. */
  readonly wrapped: Uint8Array;
}

/**
 * The key-encryption keys of the installation, by version. They wrap and unwrap data keys and are never handed out, so a
 * key management service or a vault can stand behind this port.
 */
export interface KeyEncryptionKeys {
  /** The version that wraps now. @throws SecretBoxError when there is no key, or it cannot be asked */
  currentVersion(): Promise<number>;

  /**
   * Wraps with the current version.
   * @param label what the data key belongs to: unwrapping with another label fails
   * @throws SecretBoxError
   */
  wrap(dataKey: Uint8Array, label: string): Promise<WrappedKey>;

  /**
   * @returns the data key; the caller overwrites it after use
   * @throws SecretBoxError when that version is missing or wrong, when `wrapped` was changed, or the label is another
   */
  unwrap(version: number, wrapped: Uint8Array, label: string): Promise<Uint8Array>;
}
