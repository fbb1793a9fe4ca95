import {
  type Attempt,
  type BatchSessions,
  done,
  failed,
  type FormCode,
  type KeyForKsef,
  type KsefAccess,
  type KsefCallRefusal,
  KsefThrottledError,
  KsefUnreachableError,
  type OpenedSession,
  type OpenRefusal,
  type Part,
  type SealedPackage,
  type SecretBox,
  type SessionReference,
  toBase64,
  unknown,
  type UploadRefusal,
  type UploadTarget,
} from '@latarnik/domain';
import type { z } from 'zod';

import type { KsefPublicKeys } from '../crypto/public-keys.js';
import { sessionKeyLabel } from '../crypto/session-cipher.js';
import { formCodeDto, openedBatchDto } from './dto.js';
import { hasCode } from './error-body.js';
import type { PartUpload } from './part-upload.js';
import type { KsefAnswer } from './ksef-api.js';
import type { KsefCalls } from './ksef-calls.js';
import { callRefusal, KSEF_CODES } from './refusals.js';

const COMPRESSION_TYPES = { 'tar.gz': 'TarGz', zip: 'Zip' } as const satisfies Record<
  SealedPackage['compression'],
  string
>;

/** Batch sessions over HTTP (ksef-docs sesja-wsadowa.md). */
export class HttpBatchSessions implements BatchSessions {
  constructor(
    private readonly calls: KsefCalls,
    private readonly publicKeys: KsefPublicKeys,
    private readonly secretBox: SecretBox,
    private readonly upload: PartUpload,
  ) {}

  async open(
    access: KsefAccess,
    formCode: FormCode,
    sealed: SealedPackage,
  ): Promise<Attempt<OpenedSession, OpenRefusal>> {
    return resolved<OpenedSession, OpenRefusal>(async () => {
      const content = JSON.stringify(await this.#declaration(formCode, sealed));
      const answer = await this.calls.call(
        access,
        { method: 'POST', path: '/sessions/batch', body: { type: 'application/json', content } },
        { kind: 'json', schema: openedBatchDto.refine(coversEveryPart(sealed)) },
      );
      if (answer.kind === 'refused' && hasCode(answer.refusal, KSEF_CODES.publicKeyWithdrawn)) {
        this.publicKeys.forget();
        return failed({ code: 'PUBLIC_KEY_WITHDRAWN' });
      }
      return attempt(answer, toOpenedSession);
    });
  }

  uploadPart(target: UploadTarget, part: Part, file: string): Promise<Attempt<void, UploadRefusal>> {
    return this.upload.send(target, part, file);
  }

  async close(access: KsefAccess, session: SessionReference): Promise<Attempt<void, KsefCallRefusal>> {
    return resolved(async () => {
      const answer = await this.calls.call(
        access,
        { method: 'POST', path: `/sessions/batch/${encodeURIComponent(session)}/close` },
        { kind: 'empty', value: undefined },
      );
      return attempt(answer, () => undefined);
    });
  }

  readKeysAnew(): Promise<void> {
    this.publicKeys.forget();
    return Promise.resolve();
  }

  async #declaration(formCode: FormCode, sealed: SealedPackage): Promise<object> {
    const { encryptedSymmetricKey, publicKeyId } = await this.#keyFor(sealed);
    return {
      formCode: formCodeDto(formCode),
      batchFile: {
        fileSize: sealed.sizeBytes,
        fileHash: sealed.sha256,
        compressionType: COMPRESSION_TYPES[sealed.compression],
        fileParts: sealed.parts.map(({ ordinal, sizeBytes, sha256 }) => ({
          ordinalNumber: ordinal,
          fileSize: sizeBytes,
          fileHash: sha256,
        })),
      },
      encryption: {
        encryptedSymmetricKey,
        publicKeyId,
        initializationVector: toBase64(sealed.initializationVector),
      },
      // Only invoices issued offline wait for a batch; the flag counts for the whole session (domain rules 1.9).
      offlineMode: true,
    };
  }

  /** As it was wrapped at packing, while KSeF takes that; else the key leaves its seal for as long as wrapping takes. */
  async #keyFor(sealed: SealedPackage): Promise<KeyForKsef> {
    const { keyForKsef } = sealed;
    if (keyForKsef !== undefined && (await this.publicKeys.takes(keyForKsef))) return keyForKsef;
    const key = await this.secretBox.open(sealed.sealedSessionKey, sessionKeyLabel(sealed));
    try {
      return await this.publicKeys.wrap(key);
    } finally {
      key.fill(0);
    }
  }
}

/** An answer that leaves a part without an address, or names one twice, is not the answer to what was declared. */
function coversEveryPart(sealed: SealedPackage): (opened: z.infer<typeof openedBatchDto>) => boolean {
  const declared = new Set<number>(sealed.parts.map(({ ordinal }) => ordinal));
  return ({ partUploadRequests }) => {
    const given = new Set(partUploadRequests.map(({ ordinalNumber }) => ordinalNumber));
    return (
      given.size === partUploadRequests.length &&
      given.size === declared.size &&
      [...given].every((ordinal) => declared.has(ordinal))
    );
  };
}

function toOpenedSession({ referenceNumber, partUploadRequests }: z.infer<typeof openedBatchDto>): OpenedSession {
  return {
    reference: referenceNumber,
    targets: partUploadRequests.map(({ ordinalNumber, method, url, headers }) => ({
      ordinal: ordinalNumber as UploadTarget['ordinal'],
      method,
      url,
      headers: Object.fromEntries(
        Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
      ),
    })),
  };
}

function attempt<A, T>(answer: KsefAnswer<A>, map: (value: A) => T): Attempt<T, KsefCallRefusal> {
  switch (answer.kind) {
    case 'ok':
      return done(map(answer.value));
    case 'refused':
      return failed(callRefusal(answer.refusal));
    case 'throttled':
      throw new KsefThrottledError(answer.retryAfterSeconds);
    case 'lost':
      return unknown(answer.cause);
    case 'not-sent':
      return unknown(`not sent: ${answer.cause}`);
  }
}

/** No token or no public key to be had: nothing was sent, and the caller reads before it tries again. */
async function resolved<T, E>(call: () => Promise<Attempt<T, E>>): Promise<Attempt<T, E>> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof KsefUnreachableError) return unknown(`not sent: ${error.message}`);
    throw error;
  }
}
