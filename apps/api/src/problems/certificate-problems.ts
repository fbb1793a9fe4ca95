import type { ProblemEntry } from './entry.js';

const AGAIN = 'Export the certificate with its key again, and import that.';

const TELL = 'Tell the operator: the application is made by this installation.';

/** About certificates and keys. Nothing is stored when one of these is answered. */
export const CERTIFICATE_PROBLEMS = {
  FILE_TOO_LARGE: ['The file is too large', 'More is not read of a key file.', AGAIN],
  FILE_UNREADABLE: ['The file cannot be read', 'It is no PEM or PKCS#12 that can be parsed.', AGAIN],
  FILE_TOO_COSTLY: [
    'Reading the file would take too much',
    'Key derivation, contents, time or memory are beyond what one file may take.',
    'Export it with fewer rounds and one certificate.',
  ],
  ENCRYPTION_NOT_SUPPORTED: [
    'The file is encrypted in a way that is not supported',
    'Its cipher is not one of those that are read.',
    'Export it with AES-256.',
  ],
  PASSWORD_MISSING: ['The key is encrypted', 'No password was sent.', 'Send the password.'],
  PASSWORD_WRONG: ['The password is wrong', 'The file does not open with it.', 'Send the right password.'],
  CERTIFICATE_MISSING: ['There is no certificate in the file', 'Only a key was found.', AGAIN],
  SEVERAL_CERTIFICATES: ['Several certificates belong to the key', 'One is imported at a time.', 'Send one of them.'],
  CERTIFICATE_UNREADABLE: ['The certificate cannot be read', 'It is not one X.509 certificate.', AGAIN],
  KEY_MISSING: ['There is no private key in the file', 'Only a certificate was found.', AGAIN],
  SEVERAL_KEYS: ['There are several private keys', 'One is imported at a time.', 'Send one of them.'],
  KEY_DOES_NOT_MATCH: [
    'The private key is not the one of this certificate',
    'A signature with it does not verify.',
    'Give the key that the certificate was requested with.',
  ],
  KEY_NOT_SUPPORTED: [
    'This kind of key is not supported',
    'KSeF certificates have RSA keys of 2048 to 4096 bits or EC P-256.',
    'Import the KSeF certificate.',
  ],
  NO_TOKEN: [
    'This installation has no token',
    'A key reference needs one.',
    'Have a token connected, or send the key.',
  ],
  REFERENCE_INVALID: ['The reference to the key cannot be used', 'It is no usable PKCS#11 URI.', 'Mend the reference.'],
  TOKEN_KEY_NOT_FOUND: [
    'The reference does not lead to one key',
    'None, or several private keys of the token fit it.',
    'Make the reference exact.',
  ],
  IMPORT_BUSY: [
    'Too many certificates are being read',
    'Each is read by a process of its own.',
    'Wait as long as `Retry-After` says.',
  ],
  PURPOSE_UNKNOWN: [
    'The certificate is neither Offline nor Authentication',
    'Its key usage is not that of a KSeF certificate.',
    'Import the KSeF certificate.',
  ],
  SERIAL_NOT_KSEF: [
    'The serial number is not one of a KSeF certificate',
    'It does not fit 16 hexadecimal digits.',
    'Import the KSeF certificate.',
  ],
  WRONG_TYPE: [
    'The certificate is of another type',
    'Its key usage says Offline where Authentication was meant, or the other way round.',
    'Import the other one, or leave the type out.',
  ],
  CERTIFICATE_EXPIRED: ['The certificate has expired', 'Its validity ended.', 'Enrol a new one.'],
  CERTIFICATE_NOT_YET_VALID: ['The certificate is not valid yet', 'Its validity begins later.', 'Import it then.'],
  CERTIFICATE_OF_ANOTHER_NIP: [
    'The certificate belongs to another NIP than the context',
    'The NIP of its subject is not that of the context.',
    'Name the right context, or import the right certificate.',
  ],
  CERTIFICATE_ALREADY_IMPORTED: ['The certificate is here already', '`certificateId` is it.', 'Use that one.'],
  REVOCATION_REFUSED: [
    'KSeF did not revoke it',
    'KSeF says why; the certificate is as it was.',
    'Follow what KSeF says.',
  ],
  INVALID_CERTIFICATE_NAME: [
    'KSeF takes no such name',
    'A name has 5 to 100 letters, digits, _, - and spaces.',
    'Choose another.',
  ],
  ENROLMENT_UNDER_WAY: ['An enrolment is under way', 'One of this type in this context.', 'Wait for its end.'],
  LIMIT_REACHED: [
    'The limit of KSeF is reached',
    'KSeF takes no more applications or certificates of this subject.',
    'Revoke what is not needed.',
  ],
  ENROLMENT_NOT_ALLOWED: [
    'KSeF lets this login apply for nothing',
    'This way of logging in may not apply for certificates.',
    'Log in with a certificate that may.',
  ],
  ENROLMENT_DATA_UNAVAILABLE: [
    'KSeF lets this login apply for nothing',
    'KSeF has no data of the subject to certify.',
    'Log in as the subject itself.',
  ],
  CSR_SUBJECT_DIFFERS: ['KSeF refused the application', 'Its subject is not the one of the login.', TELL],
  CSR_UNREADABLE: ['KSeF refused the application', 'KSeF could not read it.', TELL],
  ENROLMENT_UNKNOWN: ['KSeF refused the application', 'KSeF does not know it.', 'Begin another enrolment.'],
  ENROLMENT_LIMIT_REACHED: ['The limit of KSeF is reached', 'No more applications are taken.', 'Wait, or ask KSeF.'],
  CERTIFICATE_LIMIT_REACHED: [
    'The limit of KSeF is reached',
    'The subject has as many certificates as it may.',
    'Revoke one that is not needed.',
  ],
  CERTIFICATE_UNKNOWN: [
    'KSeF does not know the certificate',
    'There is none such of this subject.',
    'Check its serial.',
  ],
  CERTIFICATE_NOT_ACTIVE: [
    'The certificate is not active at KSeF',
    'It was revoked or blocked, or has expired.',
    'Use another one.',
  ],
  KEY_NOT_ALLOWED: ['KSeF refused the application', 'It does not take this kind or length of key.', TELL],
  CSR_SIGNATURE_NOT_ALLOWED: ['KSeF refused the application', 'It does not take this algorithm of signature.', TELL],
} as const satisfies Readonly<Record<string, ProblemEntry>>;
