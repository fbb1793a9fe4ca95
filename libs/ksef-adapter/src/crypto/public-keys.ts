import { constants, createHash, type KeyObject, publicEncrypt, X509Certificate } from 'node:crypto';

import {
  type Clock,
  type Instant,
  type KeyForKsef,
  KsefThrottledError,
  KsefUnreachableError,
  Temporal,
  toBase64,
} from '@latarnik/domain';
import type { z } from 'zod';

import { publicKeyDto, publicKeysDto } from '../http/dto.js';
import type { KsefApi } from '../http/ksef-api.js';
import type { Log } from '../ksef-adapter-event.js';

interface PublicKey {
  readonly publicKeyId: string;
  readonly key: KeyObject;
  readonly validFrom: Instant;
  readonly validTo: Instant;
}

export interface KsefPublicKeysOptions {
  readonly publicKeyCacheHours: number;
  readonly log: Log;
}

const USAGE = 'SymmetricKeyEncryption';
const LEAST_RSA_BITS = 2048;

/** KSeF's public keys for session keys: read over TLS, checked, kept for some hours (reliability S23). */
export class KsefPublicKeys {
  #list: { readonly keys: readonly PublicKey[]; readonly readAt: Instant } | undefined;
  #underWay: Promise<readonly PublicKey[]> | undefined;
  #lastUsedId: string | undefined;

  constructor(
    private readonly api: KsefApi,
    private readonly clock: Clock,
    private readonly options: KsefPublicKeysOptions,
  ) {}

  /**
   * Whether KSeF takes a key that was wrapped with this one of its keys: it lists it, and it is valid now.
   * @throws KsefUnreachableError, KsefThrottledError
   */
  async takes({ publicKeyId }: KeyForKsef): Promise<boolean> {
    const now = this.clock.now();
    return (await this.#keys(now)).some((listed) => listed.publicKeyId === publicKeyId && isValid(listed, now));
  }

  /**
   * Wraps a session key for the key that is valid now and, of several, the newest.
   * @throws KsefUnreachableError, KsefThrottledError
   */
  async wrap(sessionKey: Uint8Array): Promise<KeyForKsef> {
    const { publicKeyId, key } = await this.#current();
    const wrapped = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, sessionKey);
    return { encryptedSymmetricKey: toBase64(wrapped), publicKeyId };
  }

  /** KSeF refused the key we used (21470): the list is read anew before the next use. */
  forget(): void {
    this.#list = undefined;
  }

  async #current(): Promise<PublicKey> {
    const now = this.clock.now();
    const [newest] = (await this.#keys(now))
      .filter((key) => isValid(key, now))
      .sort((a, b) => Temporal.Instant.compare(b.validFrom, a.validFrom));
    if (newest === undefined)
      throw new KsefUnreachableError('KSeF lists no public key for session keys that is valid now');
    const previousPublicKeyId = this.#lastUsedId;
    if (previousPublicKeyId !== undefined && previousPublicKeyId !== newest.publicKeyId) {
      this.options.log({ code: 'PUBLIC_KEY_CHANGED', publicKeyId: newest.publicKeyId, previousPublicKeyId });
    }
    this.#lastUsedId = newest.publicKeyId;
    return newest;
  }

  async #keys(now: Instant): Promise<readonly PublicKey[]> {
    const list = this.#list;
    const oldest = now.subtract({ hours: this.options.publicKeyCacheHours });
    if (list !== undefined && Temporal.Instant.compare(list.readAt, oldest) > 0) return list.keys;
    this.#underWay ??= this.#read().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #read(): Promise<readonly PublicKey[]> {
    const answer = await this.api.call(
      { method: 'GET', path: '/security/public-key-certificates' },
      { kind: 'json', schema: publicKeysDto },
    );
    switch (answer.kind) {
      case 'ok': {
        const keys = answer.value.flatMap((entry) => this.#judge(entry));
        this.#list = { keys, readAt: this.clock.now() };
        return keys;
      }
      case 'throttled':
        throw new KsefThrottledError(answer.retryAfterSeconds);
      case 'refused':
        throw new KsefUnreachableError(`public keys: ${answer.refusal.description}`);
      case 'lost':
      case 'not-sent':
        throw new KsefUnreachableError(`public keys: ${answer.cause}`);
    }
  }

  #judge(entry: unknown): readonly PublicKey[] {
    const dto = publicKeyDto.safeParse(entry);
    if (!dto.success) return this.#ignore('not as the contract says');
    if (!dto.data.usage.includes(USAGE)) return [];
    const key = keyOf(dto.data);
    return typeof key === 'string' ? this.#ignore(key) : [{ ...dto.data, key }];
  }

  #ignore(reason: string): readonly PublicKey[] {
    this.options.log({ code: 'PUBLIC_KEY_IGNORED', reason });
    return [];
  }
}

const isValid = ({ validFrom, validTo }: PublicKey, now: Instant): boolean =>
  Temporal.Instant.compare(validFrom, now) <= 0 && Temporal.Instant.compare(now, validTo) < 0;

/** The key of an entry, or why it is not used: its identifiers are hashes of what it holds, and both must agree. */
function keyOf({ certificate, certificateId, publicKeyId }: z.infer<typeof publicKeyDto>): KeyObject | string {
  if (sha256(certificate) !== certificateId) return 'certificateId is not the hash of the certificate';
  let key: KeyObject;
  try {
    key = new X509Certificate(certificate).publicKey;
  } catch {
    return 'the certificate is unreadable';
  }
  if (sha256(key.export({ type: 'spki', format: 'der' })) !== publicKeyId) {
    return 'publicKeyId is not the hash of the key';
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  return key.asymmetricKeyType === 'rsa' && bits >= LEAST_RSA_BITS ? key : 'not an RSA key of 2048 bits or more';
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
