import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { CK, codeOf, loadNative, type Handle, type Mechanism, type NativePkcs11 } from './native-pkcs11.js';
import { TokenFailure, type SignRequest, type TokenMechanism, type TokenSettings } from './token-messages.js';
import type { TokenReference } from './token-reference.js';

/** DigestInfo of SHA-256 before the digest (RFC 8017, 9.2 note 1). */
const SHA256_DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');
const LONGEST_SIGNATURE_BYTES = 512;
const LONGEST_PIN_FILE_BYTES = 256;
/** More keys than one is as wrong as none; two are enough to see it. */
const KEYS_ASKED_FOR = 2;

const MECHANISMS: Readonly<Record<TokenMechanism, Mechanism>> = {
  'rsa-pkcs1': { mechanism: CK.CKM_RSA_PKCS },
  'rsa-pss': {
    mechanism: CK.CKM_RSA_PKCS_PSS,
    parameter: { type: CK.PARAMETER_RSA_PSS, hashAlg: CK.CKM_SHA256, mgf: CK.CKG_MGF1_SHA256, saltLen: 32 },
  },
  ecdsa: { mechanism: CK.CKM_ECDSA },
};

const KEY_TYPES: Readonly<Record<TokenMechanism, number>> = {
  'rsa-pkcs1': CK.CKK_RSA,
  'rsa-pss': CK.CKK_RSA,
  ecdsa: CK.CKK_EC,
};

/** A session with each token that a reference names, logged in, in a process that does nothing else. */
export class TokenSessions {
  readonly #native: NativePkcs11;
  readonly #sessions = new Map<string, Handle>();

  /** @throws TokenFailure */
  constructor(private readonly settings: TokenSettings) {
    this.#native = loadNative(settings.modulePath);
    asToken(() => {
      this.#native.C_Initialize();
    });
  }

  /** @throws TokenFailure; after one about the token or the PIN these sessions are of no use */
  sign({ reference, mechanism, digest }: SignRequest): Uint8Array {
    const session = this.#sessionFor(reference.token ?? this.settings.tokenLabel);
    const key = this.#find(session, reference);
    return asToken(() => {
      const native = this.#native;
      const [always, type] = native.C_GetAttributeValue(session, key, [
        { type: CK.CKA_ALWAYS_AUTHENTICATE },
        { type: CK.CKA_KEY_TYPE },
      ]);
      if (numberIn(type?.value) !== BigInt(KEY_TYPES[mechanism])) throw new TokenFailure({ kind: 'key-type' });
      native.C_SignInit(session, MECHANISMS[mechanism], key);
      if (always?.value[0] === 1) this.#logIn(session, CK.CKU_CONTEXT_SPECIFIC);
      const data = mechanism === 'rsa-pkcs1' ? Buffer.concat([SHA256_DIGEST_INFO, digest]) : Buffer.from(digest);
      return Uint8Array.from(native.C_Sign(session, data, Buffer.alloc(LONGEST_SIGNATURE_BYTES)));
    });
  }

  #sessionFor(label: string | undefined): Handle {
    const known = this.#sessions.get(label ?? '');
    if (known !== undefined) return known;
    const session = asToken(() => this.#native.C_OpenSession(this.#slotOf(label), CK.CKF_SERIAL_SESSION));
    this.#logIn(session, CK.CKU_USER);
    this.#sessions.set(label ?? '', session);
    return session;
  }

  /** Without a label there must be one token only: which one would sign is not left to the order of slots. */
  #slotOf(label: string | undefined): Handle {
    const slots = this.#native
      .C_GetSlotList(true)
      .map((slot) => ({ slot, info: this.#native.C_GetTokenInfo(slot) }))
      .filter(({ info }) => (info.flags & CK.CKF_TOKEN_INITIALIZED) !== 0);
    const fitting = slots.filter(({ info }) => label === undefined || info.label.replace(/[ \0]+$/, '') === label);
    const [only] = fitting;
    if (only === undefined || fitting.length > 1) {
      const detail = `${fitting.length} tokens fit (label: ${label ?? 'any'}), of ${slots.length} that are there`;
      throw new TokenFailure({ kind: 'token', detail });
    }
    assertPinUsable(only.info.flags);
    return only.slot;
  }

  #logIn(session: Handle, user: number): void {
    try {
      this.#native.C_Login(session, user, readPin(this.settings.pinFile));
    } catch (error) {
      if (error instanceof TokenFailure) throw error;
      const detail = codeOf(error);
      if (detail === 'CKR_USER_ALREADY_LOGGED_IN') return;
      throw new TokenFailure({ kind: detail.includes('_PIN_') ? 'pin' : 'token', detail });
    }
  }

  #find(session: Handle, { object, id }: TokenReference): Handle {
    const template = [
      { type: CK.CKA_CLASS, value: CK.CKO_PRIVATE_KEY },
      ...(object === undefined ? [] : [{ type: CK.CKA_LABEL, value: object }]),
      ...(id === undefined ? [] : [{ type: CK.CKA_ID, value: Buffer.from(id) }]),
    ];
    const found = asToken(() => {
      this.#native.C_FindObjectsInit(session, template);
      try {
        return this.#native.C_FindObjects(session, KEYS_ASKED_FOR);
      } finally {
        this.#native.C_FindObjectsFinal(session);
      }
    });
    const [only] = found;
    if (only === undefined || found.length > 1) throw new TokenFailure({ kind: 'key', found: found.length });
    return only;
  }
}

/** The last attempt before the token locks is a person's. */
function assertPinUsable(flags: number): void {
  const locked = (flags & CK.CKF_USER_PIN_LOCKED) !== 0;
  if (!locked && (flags & CK.CKF_USER_PIN_FINAL_TRY) === 0) return;
  const detail = locked ? 'its PIN is locked' : 'one more wrong PIN would lock it: log in to it by hand first';
  throw new TokenFailure({ kind: 'pin', detail });
}

function readPin(file: string): string {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch {
    throw new TokenFailure({ kind: 'pin', detail: `the PIN file ${file} cannot be read` });
  }
  const pin = content.toString('utf8').replace(/\r?\n$/, '');
  content.fill(0);
  if (pin !== '' && pin.length <= LONGEST_PIN_FILE_BYTES) return pin;
  throw new TokenFailure({ kind: 'pin', detail: `the PIN file ${file} does not hold a PIN` });
}

/** A CK_ULONG: as wide as the platform has it, in the order of its bytes. `undefined` when the token gave no value. */
export function numberIn(value: Uint8Array | undefined): bigint | undefined {
  if (value === undefined || value.length === 0) return undefined;
  const bytes = Buffer.from(value);
  return BigInt(`0x${(endianness() === 'LE' ? bytes.reverse() : bytes).toString('hex')}`);
}

function asToken<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof TokenFailure ? error : new TokenFailure({ kind: 'token', detail: codeOf(error) });
  }
}
