import { err, ok, type Result } from '@latarnik/domain';

/** Where in a token a private key is. At least one of `object` and `id` is there. */
export interface TokenReference {
  /** Label of the token; without it the one that the process is configured with. */
  readonly token?: string;
  /** CKA_LABEL. */
  readonly object?: string;
  /** CKA_ID. */
  readonly id?: Uint8Array;
}

export interface InvalidReference {
  readonly code: 'REFERENCE_INVALID';
  readonly detail: string;
}

const SCHEME = 'pkcs11:';
const LONGEST_CHARACTERS = 1000;

/** Whether the content of a box is a reference: a key begins with another byte (SEQUENCE). */
export const isTokenReference = (content: Uint8Array): boolean =>
  Buffer.from(content.subarray(0, SCHEME.length)).toString('latin1') === SCHEME;

/**
 * Reads a PKCS#11 URI (RFC 7512): `token`, `object`, `id` and `type=private`. Module and PIN are settings of the process:
 * a reference that brings its own is refused, and so is any attribute that would be passed over.
 */
export function parseTokenReference(text: string): Result<TokenReference, InvalidReference> {
  if (!text.startsWith(SCHEME) || text.length > LONGEST_CHARACTERS) return invalid('not a PKCS#11 URI (RFC 7512)');
  if (text.includes('?')) return invalid('module and PIN are settings of the process, not of a reference');
  const found = new Map<string, Uint8Array>();
  for (const attribute of text.slice(SCHEME.length).split(';')) {
    const read = attributeOf(attribute);
    if (!read.ok) return read;
    const { name, bytes } = read.value;
    if (found.has(name)) return invalid(`attribute ${name} is there twice`);
    found.set(name, bytes);
  }
  return referenceOf(found);
}

function attributeOf(text: string): Result<{ readonly name: string; readonly bytes: Uint8Array }, InvalidReference> {
  const [, name = '', value = ''] = /^([a-z-]+)=(.*)$/.exec(text) ?? [];
  if (!ATTRIBUTES.has(name)) return invalid('it may have the attributes token, object, id and type');
  const bytes = decoded(value);
  return bytes === undefined || bytes.length === 0 ? invalid(`attribute ${name} cannot be read`) : ok({ name, bytes });
}

const ATTRIBUTES: ReadonlySet<string> = new Set(['token', 'object', 'id', 'type']);

function referenceOf(found: ReadonlyMap<string, Uint8Array>): Result<TokenReference, InvalidReference> {
  const texts = Object.fromEntries([...found].map(([name, bytes]) => [name, Buffer.from(bytes).toString('utf8')]));
  const { token, object, type = 'private' } = texts;
  const id = found.get('id');
  if (type !== 'private') return invalid('it must be of a private key');
  if (object === undefined && id === undefined) return invalid('it must name the key by object or id');
  return ok({
    ...(token === undefined ? {} : { token }),
    ...(object === undefined ? {} : { object }),
    ...(id === undefined ? {} : { id }),
  });
}

const invalid = (detail: string): Result<never, InvalidReference> => err({ code: 'REFERENCE_INVALID', detail });

/** The characters of RFC 7512 pk11-pchar, or percent-encoded bytes. */
function decoded(value: string): Uint8Array | undefined {
  if (!/^(?:[A-Za-z0-9\-._~:[\]@!$'()*+,=&]|%[0-9A-Fa-f]{2})*$/.test(value)) return undefined;
  const bytes = value.match(/%[0-9A-Fa-f]{2}|./g) ?? [];
  return Uint8Array.from(bytes, (one) =>
    one.startsWith('%') ? Number.parseInt(one.slice(1), 16) : (one.codePointAt(0) ?? 0),
  );
}
