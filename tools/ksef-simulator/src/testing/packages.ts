import { createCipheriv, createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { pack } from 'tar-stream';
import { ZipFile } from 'yazl';

/** One file for a package. */
export interface PackageEntry {
  readonly name: string;
  readonly content: string | Buffer;
}

/** SHA-256 in Base64. */
export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('base64');
}

export function encrypt(plain: Buffer, key: Buffer, iv: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

export async function zip(entries: readonly PackageEntry[]): Promise<Buffer> {
  const file = new ZipFile();
  for (const { name, content } of entries) file.addBuffer(Buffer.from(content), name);
  file.end();
  return collect(file.outputStream);
}

export async function tarGz(entries: readonly PackageEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, content } of entries) archive.entry({ name }, Buffer.from(content));
  archive.finalize();
  return gzipSync(await collect(archive as AsyncIterable<Buffer>));
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
