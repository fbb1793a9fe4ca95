import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';

const ETAG = { etag: { description: 'digest of these bytes', schema: { type: 'string' } } } as const;

/** Describes a route that answers with a file of one of these media types, under an ETag. */
export const ApiFile = (description: string, ...media: readonly string[]): MethodDecorator =>
  applyDecorators(
    ApiHeader({ name: 'If-None-Match', required: false, description: 'the ETag of the file that the caller has' }),
    ApiResponse({ status: 200, description, headers: ETAG, content: contentOf(media) }),
    ApiResponse({ status: 304, description: 'The caller has it already', headers: ETAG }),
  );

/** Text is a string; other bytes have no schema (OpenAPI 3.1, section 4.8.14.1). */
function contentOf(media: readonly string[]) {
  return Object.fromEntries(media.map((type) => [type, { schema: isText(type) ? { type: 'string' } : {} }]));
}

const isText = (type: string): boolean => /^text\/|[/+]xml$/.test(type);
