import { gzipSync } from 'node:zlib';

import { pack } from 'tar-stream';
import { ZipFile } from 'yazl';

/** One file of an archive. */
export interface ArchiveEntry {
  readonly name: string;
  readonly content: Buffer;
}

/** Packs the files the way a client asked for. */
export async function packArchive(entries: readonly ArchiveEntry[], compression: 'Zip' | 'TarGz'): Promise<Buffer> {
  return compression === 'Zip' ? zip(entries) : tarGz(entries);
}

async function zip(entries: readonly ArchiveEntry[]): Promise<Buffer> {
  const file = new ZipFile();
  for (const { name, content } of entries) file.addBuffer(content, name);
  file.end();
  return collect(file.outputStream);
}

async function tarGz(entries: readonly ArchiveEntry[]): Promise<Buffer> {
  const archive = pack();
  const collected = collect(archive as AsyncIterable<Buffer>);
  for (const { name, content } of entries) archive.entry({ name }, content);
  archive.finalize();
  return gzipSync(await collected);
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
