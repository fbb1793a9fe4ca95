import { Buffer } from 'node:buffer';
import type { EvidenceArchive, EvidenceEntry, Instant } from '@latarnik/domain';
import { ZipFile } from 'yazl';

/** Plain files that anybody may read. */
const MODE = 0o100644;

/** A ZIP archive in memory: an evidence package has the size of one invoice, one page of a UPO and some images. */
export class ZipEvidenceArchive implements EvidenceArchive {
  async pack(entries: readonly Pick<EvidenceEntry, 'path' | 'bytes'>[], at: Instant): Promise<Uint8Array> {
    const archive = new ZipFile();
    const options = { mtime: new Date(at.epochMilliseconds), mode: MODE, compress: true };
    for (const { path, bytes } of entries) archive.addBuffer(Buffer.from(bytes), path, options);
    archive.end();
    const chunks: Buffer[] = [];
    for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
    return new Uint8Array(Buffer.concat(chunks));
  }
}
