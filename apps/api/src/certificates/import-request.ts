import type { Certificate, KeyFile, TokenKey } from '@latarnik/domain';
import { z } from 'zod';
import { parseWith } from '../http/request-body.js';
import { PURPOSES, TypeWord } from './certificate.view.js';

const LONGEST_PASSWORD = 1000;
const LONGEST_REFERENCE = 1000;

const common = {
  context: z.string().describe('`Nip:5265877635`'),
  type: TypeWord.optional().describe(
    'What you believe it to be: refused when its key usage says otherwise. `signing` means Offline',
  ),
};

const PemRequest = z
  .strictObject({
    ...common,
    certificatePem: z.string().describe('X.509; of a chain, the certificate of the key is taken'),
    keyPem: z.string().optional().describe('PKCS#8, PKCS#1 or SEC1, encrypted or not'),
    privateKeyPem: z.string().optional().describe('Former name of keyPem: give one of the two'),
    password: z.string().max(LONGEST_PASSWORD).optional().describe('Of the key, when it is encrypted'),
  })
  .refine(({ keyPem, privateKeyPem }) => (keyPem === undefined) !== (privateKeyPem === undefined), {
    path: ['keyPem'],
    message: 'is missing, or there under both of its names',
  });

const Pkcs12Request = z.strictObject({
  ...common,
  pkcs12: z.base64().describe('A .p12 or .pfx file, Base64'),
  password: z.string().max(LONGEST_PASSWORD).describe('Of the file; may be empty'),
});

const TokenRequest = z.strictObject({
  ...common,
  certificatePem: z.string().describe('X.509'),
  keyReference: z
    .string()
    .max(LONGEST_REFERENCE)
    .describe('Where the key is in the token: `pkcs11:token=prod;object=offline;id=%01` (RFC 7512), without PIN'),
});

export const ImportRequest = z.union([PemRequest, Pkcs12Request, TokenRequest]);

interface Order {
  readonly context: string;
  readonly expected?: Certificate['purpose'];
}

/** The secret parts of `file` are bytes, which whoever reads the file overwrites. */
export interface ParsedFileImport extends Order {
  readonly file: KeyFile;
}

/** The key is in a token and stays there. */
export interface ParsedTokenImport extends Order {
  readonly key: TokenKey;
}

export type ParsedImport = ParsedFileImport | ParsedTokenImport;

/** @throws ProblemError 400; its findings name fields, never what is in them */
export function parseImport(body: unknown): ParsedImport {
  const fields = typeof body === 'object' && body !== null ? body : {};
  if ('pkcs12' in fields) return fromPkcs12(parseWith(Pkcs12Request, body, 'body'));
  if ('keyReference' in fields) return fromToken(parseWith(TokenRequest, body, 'body'));
  return fromPem(parseWith(PemRequest, body, 'body'));
}

function fromToken({ context, type, certificatePem, keyReference }: z.infer<typeof TokenRequest>): ParsedTokenImport {
  const key: TokenKey = {
    kind: 'pkcs11',
    certificate: new TextEncoder().encode(certificatePem),
    reference: keyReference,
  };
  return { context, key, ...expectedOf(type) };
}

function fromPkcs12({ context, type, pkcs12, password }: z.infer<typeof Pkcs12Request>): ParsedFileImport {
  const file: KeyFile = { kind: 'pkcs12', bytes: bytesOf(pkcs12, 'base64'), password: bytesOf(password, 'utf8') };
  return { context, file, ...expectedOf(type) };
}

function fromPem({ context, type, ...pem }: z.infer<typeof PemRequest>): ParsedFileImport {
  const file: KeyFile = {
    kind: 'pem',
    certificate: bytesOf(pem.certificatePem, 'utf8'),
    key: bytesOf(pem.keyPem ?? pem.privateKeyPem ?? '', 'utf8'),
    ...(pem.password === undefined ? {} : { password: bytesOf(pem.password, 'utf8') }),
  };
  return { context, file, ...expectedOf(type) };
}

const expectedOf = (type: z.infer<typeof TypeWord> | undefined): Pick<Order, 'expected'> =>
  type === undefined ? {} : { expected: PURPOSES[type] };

/** In a buffer of their own: Node keeps small ones together in a pool, where a copy would stay. */
function bytesOf(text: string, encoding: 'utf8' | 'base64'): Uint8Array {
  const bytes = new Uint8Array(Buffer.byteLength(text, encoding));
  return bytes.subarray(0, Buffer.from(bytes.buffer).write(text, encoding));
}
