import { createRequire } from 'node:module';
import { TokenFailure } from './token-messages.js';

export type Handle = Buffer;

interface Attribute {
  readonly type: number;
  readonly value?: Buffer | number | boolean | string;
}

export interface Mechanism {
  readonly mechanism: number;
  readonly parameter?: {
    readonly type: number;
    readonly hashAlg: number;
    readonly mgf: number;
    readonly saltLen: number;
  };
}

/** What we use of the package `pkcs11js`: the C interface of PKCS#11 v2.40, a failed call being an error. */
export interface NativePkcs11 {
  load(path: string): void;
  C_Initialize(): void;
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): { readonly label: string; readonly flags: number };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_Login(session: Handle, userType: number, pin: string): void;
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void;
  C_FindObjects(session: Handle, maxObjectCount: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_GetAttributeValue(session: Handle, object: Handle, template: readonly Attribute[]): { readonly value: Buffer }[];
  C_SignInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_Sign(session: Handle, data: Buffer, signature: Buffer): Buffer;
}

/** PKCS#11 v2.40, section 3 and appendix B. */
export const CK = {
  CKF_SERIAL_SESSION: 0x4,
  CKF_TOKEN_INITIALIZED: 0x400,
  CKF_USER_PIN_FINAL_TRY: 0x2_0000,
  CKF_USER_PIN_LOCKED: 0x4_0000,
  CKU_USER: 1,
  CKU_CONTEXT_SPECIFIC: 2,
  CKA_CLASS: 0x0,
  CKA_LABEL: 0x3,
  CKA_KEY_TYPE: 0x100,
  CKA_ID: 0x102,
  CKA_ALWAYS_AUTHENTICATE: 0x202,
  CKK_RSA: 0x0,
  CKK_EC: 0x3,
  CKO_PRIVATE_KEY: 3,
  CKM_RSA_PKCS: 0x1,
  CKM_RSA_PKCS_PSS: 0xd,
  CKM_SHA256: 0x250,
  CKM_ECDSA: 0x1041,
  CKG_MGF1_SHA256: 2,
  /** Of pkcs11js: the kind of the parameter. */
  PARAMETER_RSA_PSS: 5,
} as const;

/**
 * `pkcs11js` is an optional package with native code: it is there where a compiler was when packages were installed.
 *
 * @throws TokenFailure when it is not
 */
export function loadNative(modulePath: string): NativePkcs11 {
  const native = requireNative();
  try {
    native.load(modulePath);
  } catch {
    throw new TokenFailure({ kind: 'token', detail: `the PKCS#11 module ${modulePath} cannot be loaded` });
  }
  return native;
}

function requireNative(): NativePkcs11 {
  try {
    const { PKCS11 } = createRequire(import.meta.url)('pkcs11js') as { readonly PKCS11: new () => NativePkcs11 };
    return new PKCS11();
  } catch {
    const detail = 'the npm package pkcs11js is not built here; it needs a C++ compiler when packages are installed';
    throw new TokenFailure({ kind: 'token', detail });
  }
}

/** The name of a PKCS#11 code, and nothing else of what a module says. */
export const codeOf = (error: unknown): string =>
  /\bCKR_[A-Z0-9_]+/.exec(error instanceof Error ? error.message : '')?.[0] ?? 'an unknown error';
