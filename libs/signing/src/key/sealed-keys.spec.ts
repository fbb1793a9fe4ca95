import { describe, expect, it } from '@jest/globals';
import {
  SecretBoxError,
  SignerUnavailableError,
  type CertificateId,
  type OfflineCertificate,
  type SealedKey,
  type SecretBox,
} from '@latarnik/domain';
import { EnvelopeSecretBox } from '../secret-box/envelope-secret-box.js';
import { LocalKeyEncryptionKeys } from '../secret-box/local-key-encryption-keys.js';
import { OTHER_TENANT, TENANT } from '../testing/certificates.js';
import { aSecretBox, offlineCertificate } from '../testing/imported.js';
import { sealLabel } from './seal-label.js';
import { signWith } from './key-signature.js';
import { SealedKeys } from './sealed-keys.js';

/** Counts how often a box is really opened, and can fail. */
class CountingBox implements SecretBox {
  opened = 0;
  failure: Error | undefined;
  readonly #box = aSecretBox();

  seal(secret: Uint8Array, label: string): Promise<Uint8Array> {
    return this.#box.seal(secret, label);
  }

  open(box: Uint8Array, label: string): Promise<Uint8Array> {
    this.opened += 1;
    return this.failure === undefined ? this.#box.open(box, label) : Promise.reject(this.failure);
  }
}

const certificates = (count: number): Promise<readonly OfflineCertificate[]> =>
  Promise.all(
    Array.from({ length: count }, async (_none, at) => {
      const { certificate } = await offlineCertificate({ kind: 'ec-p256' }, `certificate-${at}`);
      return certificate;
    }),
  );

describe('an opened key', () => {
  it('stays open: the box is opened once', async () => {
    const box = new CountingBox();
    const keys = new SealedKeys(box);
    const { certificate } = await offlineCertificate({ kind: 'ec-p256' });
    const first = await keys.open(TENANT, certificate);

    expect(await keys.open(TENANT, { ...certificate })).toBe(first);
    expect(box.opened).toBe(1);
  });

  it('gives way to the ones used later, when there are more than the limit', async () => {
    const box = new CountingBox();
    const keys = new SealedKeys(box, { openKeyLimit: 2 });
    const [a, b, c] = await certificates(3);
    for (const certificate of [a, b, a, c, a, c]) await keys.open(TENANT, certificate!);
    expect(box.opened).toBe(3);

    await keys.open(TENANT, b!);
    expect(box.opened).toBe(4);
  });

  it('does not serve another tenant that got hold of the row', async () => {
    const keys = new SealedKeys(aSecretBox());
    const { certificate } = await offlineCertificate({ kind: 'ec-p256' });
    await keys.open(TENANT, certificate);

    await expect(keys.open(OTHER_TENANT, certificate)).rejects.toThrow(SignerUnavailableError);
  });

  it('does not serve a certificate whose sealed bytes changed, or another certificate under its id', async () => {
    const keys = new SealedKeys(aSecretBox());
    const { certificate } = await offlineCertificate({ kind: 'ec-p256' });
    const { certificate: other } = await offlineCertificate({ kind: 'ec-p256' });
    await keys.open(TENANT, certificate);
    const changed = Uint8Array.from(certificate.sealedKey, (byte, at) => (at === 100 ? byte ^ 1 : byte));

    await expect(keys.open(TENANT, { ...certificate, sealedKey: changed as SealedKey })).rejects.toThrow(
      SignerUnavailableError,
    );
    await expect(keys.open(TENANT, { ...certificate, der: other.der })).rejects.toThrow(
      'is not the key of that certificate',
    );
    const renamed = { ...certificate, id: 'certificate-other' as CertificateId };
    await expect(keys.open(TENANT, renamed)).rejects.toThrow(SignerUnavailableError);
  });

  it('notices a row that is changed in place after it was opened', async () => {
    const keys = new SealedKeys(aSecretBox());
    const { certificate } = await offlineCertificate({ kind: 'ec-p256' });
    await keys.open(TENANT, certificate);
    certificate.sealedKey[100] = (certificate.sealedKey[100] ?? 0) ^ 1;

    await expect(keys.open(TENANT, certificate)).rejects.toThrow(SignerUnavailableError);
  });
});

describe('a key that cannot be used now', () => {
  it('fails with SignerUnavailableError without a key-encryption key, and says why in its cause', async () => {
    const { certificate } = await offlineCertificate({ kind: 'ec-p256' });
    const without = new EnvelopeSecretBox(
      new LocalKeyEncryptionKeys(() => Promise.reject(new SecretBoxError('the file cannot be read'))),
    );
    const failure: unknown = await new SealedKeys(without).open(TENANT, certificate).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(SignerUnavailableError);
    expect(failure).toMatchObject({
      message: 'the key of certificate certificate-offline cannot be opened',
      trouble: 'key-encryption-key',
      cause: new SecretBoxError('the file cannot be read'),
    });
  });

  it('does not pass on the words of an error that is not of the secret box', async () => {
    const box = new CountingBox();
    box.failure = new Error('PUT /secret?token=CANARY failed');
    const { certificate } = await offlineCertificate({ kind: 'ec-p256' });
    const failure: unknown = await new SealedKeys(box).open(TENANT, certificate).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(SignerUnavailableError);
    expect((failure as Error).cause).toBeUndefined();
  });

  it('works again when the box does: a failure is not kept', async () => {
    const box = new CountingBox();
    box.failure = new SecretBoxError('down');
    const keys = new SealedKeys(box);
    const { certificate } = await offlineCertificate({ kind: 'ec-p256' });
    await expect(keys.open(TENANT, certificate)).rejects.toThrow(SignerUnavailableError);
    box.failure = undefined;

    const data = Buffer.from('text');
    expect(await signWith(await keys.open(TENANT, certificate), 'kod-ii', data)).toHaveLength(64);
  });

  it('fails with SignerUnavailableError when the box holds something that is no key', async () => {
    const { certificate } = await offlineCertificate({ kind: 'ec-p256' });
    const label = sealLabel(TENANT, certificate.id, 'offline');
    const sealedKey = (await aSecretBox().seal(new Uint8Array([1, 2, 3]), label)) as SealedKey;

    await expect(new SealedKeys(aSecretBox()).open(TENANT, { ...certificate, sealedKey })).rejects.toThrow(
      'is damaged',
    );
  });

  it('overwrites the bytes of the key once it is open', async () => {
    const { certificate } = await offlineCertificate({ kind: 'ec-p256' });
    const handedOut: Uint8Array[] = [];
    const inner = aSecretBox();
    const box: SecretBox = {
      seal: (secret, label) => inner.seal(secret, label),
      open: async (sealed, label) => {
        const secret = await inner.open(sealed, label);
        handedOut.push(secret);
        return secret;
      },
    };
    await new SealedKeys(box).open(TENANT, certificate);

    expect(handedOut).toHaveLength(1);
    expect(handedOut[0]?.length).toBeGreaterThan(100);
    expect(handedOut[0]?.every((byte) => byte === 0)).toBe(true);
  });
});

describe('sealLabel', () => {
  it('binds tenant, certificate, purpose and its own version', () => {
    expect(sealLabel('tenant', 'certificate', 'authentication')).toBe('tenant|certificate|authentication|1');
  });

  it('refuses identifiers that could make one label of two different owners', () => {
    expect(() => sealLabel('a|b', 'c', 'offline')).toThrow('"|"');
    expect(() => sealLabel('a', 'b|c', 'offline')).toThrow('"|"');
    expect(() => sealLabel('', 'c', 'offline')).toThrow('empty');
  });
});
