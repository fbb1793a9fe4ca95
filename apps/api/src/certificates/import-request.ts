import type { Certificate, KeyFile } from '@latarnik/domain';
import { z } from 'zod';
import { parseWith } from '../http/request-body.js';

/** `signing` is what accountants call it. */
const TYPES = { Offline: 'offline', signing: 'offline', Authentication: 'authentication' } as const satisfies Record<
  string,
  Certificate['purpose']
>;

const LONGEST_PASSWORD = 1000;

const common = {
  context: z.string().describe('`Nip:5265877635`'),
  type: z
    .enum(['Offline', 'Authentication', 'signing'])
    .optional()
    .describe('What you believe it to be: refused when its key usage says otherwise. `signing` means Offline'),
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

export const ImportRequest = z.union([PemRequest, Pkcs12Request]);

/** What is imported; the secret parts of `file` are bytes, which whoever reads the file overwrites. */
export interface ParsedImport {
  readonly context: string;
  readonly file: KeyFile;
  readonly expected?: Certificate['purpose'];
}

/** @throws ProblemError 400; its findings name fields, never what is in them */
export function parseImport(body: unknown): ParsedImport {
  const isPkcs12 = typeof body === 'object' && body !== null && 'pkcs12' in body;
  return isPkcs12 ? fromPkcs12(parseWith(Pkcs12Request, body, 'body')) : fromPem(parseWith(PemRequest, body, 'body'));
}

function fromPkcs12({ context, type, pkcs12, password }: z.infer<typeof Pkcs12Request>): ParsedImport {
  const file: KeyFile = { kind: 'pkcs12', bytes: bytesOf(pkcs12, 'base64'), password: bytesOf(password, 'utf8') };
  return { context, file, ...expectedOf(type) };
}

function fromPem({ context, type, ...pem }: z.infer<typeof PemRequest>): ParsedImport {
  const file: KeyFile = {
    kind: 'pem',
    certificate: bytesOf(pem.certificatePem, 'utf8'),
    key: bytesOf(pem.keyPem ?? pem.privateKeyPem ?? '', 'utf8'),
    ...(pem.password === undefined ? {} : { password: bytesOf(pem.password, 'utf8') }),
  };
  return { context, file, ...expectedOf(type) };
}

const expectedOf = (type: keyof typeof TYPES | undefined): Pick<ParsedImport, 'expected'> =>
  type === undefined ? {} : { expected: TYPES[type] };

/** In a buffer of their own: Node keeps small ones together in a pool, where a copy would stay. */
function bytesOf(text: string, encoding: 'utf8' | 'base64'): Uint8Array {
  const bytes = new Uint8Array(Buffer.byteLength(text, encoding));
  return bytes.subarray(0, Buffer.from(bytes.buffer).write(text, encoding));
}
