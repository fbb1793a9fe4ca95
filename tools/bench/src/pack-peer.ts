import { createCipheriv, randomBytes, randomUUID } from 'node:crypto';
import { BatchFileBuilder, createZip } from 'ksef-client-ts';
import { allInvoices, type InvoiceFile } from './pack-source.js';
import type { Work } from './pack-work.js';

/** `createZip` and `BatchFileBuilder` of `ksef-client-ts`, with the encryption that its own class does. */
export async function peerWork(invoices: InvoiceFile): Promise<Work> {
  const entries = (await allInvoices(invoices)).map((content) => ({ fileName: `${randomUUID()}.xml`, content }));
  return async () => {
    const [key, iv] = [randomBytes(32), randomBytes(16)];
    const encrypt = (part: Uint8Array): Uint8Array => {
      const cipher = createCipheriv('aes-256-cbc', key, iv);
      return Buffer.concat([cipher.update(part), cipher.final()]);
    };
    const { encryptedParts } = BatchFileBuilder.build(await createZip(entries), encrypt);
    return { wireBytes: encryptedParts.reduce((sum, { length }) => sum + length, 0), parts: encryptedParts.length };
  };
}
