import type { ImportCertificateRefusal, ImportTokenCertificateRefusal } from '@latarnik/domain';
import { problem, ProblemError } from '../http/problem.js';
import { typeName } from './certificate.view.js';

type AnyRefusal = ImportCertificateRefusal | ImportTokenCertificateRefusal;
type Refusal<C extends AnyRefusal['code']> = Extract<AnyRefusal, { code: C }>;
type Words = readonly [title: string, detail: string];

/** What a caller is told when a certificate was not taken. */
export function importProblem(refusal: AnyRefusal): ProblemError {
  const [title, detail] = wordsOf(refusal);
  const { code } = refusal;
  const document = problem(statusOf(code), code, title, `${detail} Nothing was stored.`, factsOf(refusal));
  return refusal.code === 'IMPORT_BUSY'
    ? new ProblemError(document, { 'retry-after': String(refusal.retryAfterSeconds) })
    : new ProblemError(document);
}

function statusOf(code: AnyRefusal['code']): number {
  if (code === 'CERTIFICATE_ALREADY_IMPORTED') return 409;
  if (code === 'FILE_TOO_LARGE') return 413;
  return code === 'IMPORT_BUSY' ? 503 : 422;
}

/** The refusal's own facts, in the API's words; what is a sentence is in the detail. */
function factsOf(refusal: AnyRefusal): Readonly<Record<string, unknown>> {
  if (refusal.code === 'WRONG_TYPE') return typesOf(refusal);
  if (refusal.code === 'FILE_UNREADABLE') return { part: refusal.part };
  if (refusal.code === 'REFERENCE_INVALID') return {};
  const { code: _code, ...facts } = refusal;
  return facts;
}

const typesOf = ({ expected, found }: Refusal<'WRONG_TYPE'>) => ({
  expected: typeName(expected),
  found: typeName(found),
});

/** A new refusal breaks the build here. */
const WORDS: { readonly [C in AnyRefusal['code']]: (refusal: Refusal<C>) => Words } = {
  FILE_TOO_LARGE: ({ largestBytes }) => ['The file is too large', `At most ${String(largestBytes)} bytes are read.`],
  FILE_UNREADABLE: ({ part, detail }) => [
    part === 'file'
      ? 'The file cannot be read'
      : `The ${part === 'key' ? 'private key' : 'certificate'} cannot be read`,
    `What was found: ${detail}.`,
  ],
  FILE_TOO_COSTLY: ({ limit }) => ['Reading the file would take too much', COSTLY[limit]],
  ENCRYPTION_NOT_SUPPORTED: ({ found }) => [
    'The file is encrypted in a way that is not supported',
    `It says ${found}. Export it again with AES-256, as current software does.`,
  ],
  PASSWORD_MISSING: () => ['The key is encrypted', 'Send its password.'],
  PASSWORD_WRONG: () => ['The password is wrong', 'The file does not open with it.'],
  CERTIFICATE_MISSING: () => ['There is no certificate in the file', 'Export the certificate together with its key.'],
  SEVERAL_CERTIFICATES: ({ count }) => [
    'Several certificates belong to the key',
    `${String(count)} of them do; send the one to import.`,
  ],
  KEY_MISSING: () => ['There is no private key in the file', 'Export the certificate together with its key.'],
  SEVERAL_KEYS: ({ count }) => ['There are several private keys', `${String(count)} were found; send one.`],
  KEY_DOES_NOT_MATCH: () => [
    'The private key is not the one of this certificate',
    'Give the key that the certificate was requested with.',
  ],
  KEY_NOT_SUPPORTED: ({ found }) => [
    'This kind of key is not supported',
    `The key is ${found}; KSeF certificates have RSA keys of 2048 to 4096 bits or EC P-256.`,
  ],
  NO_TOKEN: () => [
    'This installation has no token',
    'A reference leads into the token (HSM) of the installation; the operator has to connect one, or send the key.',
  ],
  REFERENCE_INVALID: ({ detail }) => [
    'The reference to the key cannot be used',
    `What was found: ${detail}. It looks like pkcs11:token=prod;object=offline;id=%01.`,
  ],
  CERTIFICATE_UNREADABLE: () => ['The certificate cannot be read', 'It must be one X.509 certificate.'],
  TOKEN_KEY_NOT_FOUND: ({ found }) => [
    found === 0 ? 'The token has no such key' : 'Several keys of the token fit the reference',
    `${String(found)} private keys were found; the reference must lead to one.`,
  ],
  IMPORT_BUSY: () => ['Too many certificates are being read', 'Try again shortly.'],
  PURPOSE_UNKNOWN: ({ keyUsage }) => [
    'The certificate is neither Offline nor Authentication',
    `Its key usage is ${keyUsage.length === 0 ? 'not given' : keyUsage.join(', ')}; type Offline has nonRepudiation, ` +
      'type Authentication digitalSignature, and none has both.',
  ],
  SERIAL_NOT_KSEF: ({ serialDecimal }) => [
    'The serial number is not one of a KSeF certificate',
    `It is ${serialDecimal}, which does not fit 16 hexadecimal digits.`,
  ],
  CONTEXT_NOT_FOUND: ({ contexts }) => ['You have no such context', `You have ${contexts.join(', ') || 'none'}.`],
  WRONG_TYPE: (types) => {
    const { expected, found } = typesOf(types);
    return [
      `This certificate is of type ${found}`,
      `You said it was of type ${expected}, and its key usage says ${found}. Offline is the one that accountants call ` +
        'the signing certificate: it signs KOD II and evidence; Authentication logs in.',
    ];
  },
  CERTIFICATE_EXPIRED: ({ notAfter }) => ['The certificate has expired', `It was valid until ${notAfter}.`],
  CERTIFICATE_NOT_YET_VALID: ({ notBefore }) => [
    'The certificate is not valid yet',
    `It will be from ${notBefore}; import it then.`,
  ],
  CERTIFICATE_OF_ANOTHER_NIP: ({ subjectNip, context }) => [
    'The certificate belongs to another NIP than the context',
    `Its subject is NIP ${subjectNip}, and the context is ${context}.`,
  ],
  CERTIFICATE_ALREADY_IMPORTED: ({ certificateId }) => [
    'The certificate is here already',
    `It is /v1/certificates/${certificateId}.`,
  ],
};

const COSTLY: Readonly<Record<Refusal<'FILE_TOO_COSTLY'>['limit'], string>> = {
  iterations: 'It asks for more rounds of key derivation than are done for one file; export it again with fewer.',
  contents: 'It holds more than one certificate with its chain and one key.',
  time: 'It was not read within the time that one file may take.',
  memory: 'It was not read within the memory that one file may take.',
};

function wordsOf(refusal: AnyRefusal): Words {
  const words = WORDS[refusal.code] as (refusal: AnyRefusal) => Words;
  return words(refusal);
}
