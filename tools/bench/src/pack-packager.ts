import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type BatchPackager, type CallBudget, PORTS, type SecretBox, Temporal } from '@latarnik/domain';
import { ksefAdapterModule } from '@latarnik/ksef-adapter';
import { Container } from 'inversify';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM under a key of this process. */
function secretBox(): SecretBox {
  const key = randomBytes(32);
  return {
    seal: (secret, label) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(label));
      const body = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Promise.resolve(Buffer.concat([nonce, cipher.getAuthTag(), body]));
    },
    open: (box, label) => {
      const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(label))
        .setAuthTag(box.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return Promise.resolve(Buffer.concat([decipher.update(box.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]));
    },
  };
}

const unused = (): never => {
  throw new Error('packing does not log in');
};

/** The product's packager as its module builds it; KSeF is not there, and packing does not need it. */
export function packagerIn(spoolDirectory: string, compression: 'tar.gz' | 'zip'): BatchPackager {
  const container = new Container();
  container.bind(PORTS.clock).toConstantValue({ now: () => Temporal.Now.instant() });
  container.bind(PORTS.secretBox).toConstantValue(secretBox());
  container.bind(PORTS.loginCertificates).toConstantValue({ find: unused });
  container.bind(PORTS.loginSigner).toConstantValue({ signAuthTokenRequest: unused });
  container.bind(PORTS.callBudget).toConstantValue({
    take: () => Promise.resolve({ kind: 'permitted', permit: { id: 'bench', leaveWithinMs: 1000 } }),
    giveBack: () => Promise.resolve(),
    block: () => Promise.resolve(),
  } satisfies CallBudget);
  const nobody = 'http://127.0.0.1:9';
  container.load(ksefAdapterModule({ ksefUrl: nobody, latarniaUrl: nobody, spoolDirectory, compression }));
  return container.get<BatchPackager>(PORTS.batchPackager);
}
