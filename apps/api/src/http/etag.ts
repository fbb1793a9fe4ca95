import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';

/** A file as it is answered. */
export interface AnsweredFile {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/**
 * A file under its digest (RFC 9110 section 8.8.3), or 304 where the caller has this very one. It is only the caller's own,
 * and asked for anew each time: what stands under one address may change.
 */
export async function sendUnlessKnown(reply: FastifyReply, { type, bytes }: AnsweredFile): Promise<void> {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
  void reply.header('etag', etag).header('cache-control', 'private, no-cache');
  const known = (reply.request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) await reply.status(304).send();
  else await reply.type(type).send(Buffer.from(bytes));
}
