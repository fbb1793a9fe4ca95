import {
  PORTS,
  RotateKeys,
  SecretBoxError,
  webhookSecretLabel,
  type BoxRewrapper,
  type Clock,
  type SealedBoxes,
  type StoredBox,
  type UnitOfWork,
} from '@latarnik/domain';
import { sessionKeyLabel } from '@latarnik/ksef-adapter';
import {
  LocalKeyEncryptionKeys,
  readKeyRing,
  sealLabel,
  signingModule,
  type EcdsaForm,
  type KeyEncryptionKeySource,
  type Pkcs11Options,
} from '@latarnik/signing';
import type { Container, ContainerModule } from 'inversify';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from './log.js';

export interface SigningConfiguration {
  /** Of the key that private keys and session keys are sealed with; absent: nothing can be signed. */
  readonly keyEncryptionKeys?: KeyEncryptionKeySource;
  /** For private keys that are in a token (HSM). */
  readonly pkcs11?: Pkcs11Options;
  /** How KOD II of EC keys is written. @default 'p1363' */
  readonly kodIIEcdsaForm?: EcdsaForm;
}

type Variables = Readonly<Record<string, string | undefined>>;

const FILE = 'LATARNIK_KEY_ENCRYPTION_KEY_FILE';
const DIRECTORY = 'LATARNIK_KEY_ENCRYPTION_KEYS_DIRECTORY';
const TEXT = 'LATARNIK_KEY_ENCRYPTION_KEY';
const SOURCES = [FILE, DIRECTORY, TEXT] as const;

const ECDSA_FORM = 'LATARNIK_KOD_II_ECDSA_FORM';
const ECDSA_FORMS = ['p1363', 'der'] as const satisfies readonly EcdsaForm[];

/** What a module of a token needs from our environment is not known; what it must not see is. */
const OURS = /^(?:LATARNIK_|PG|DATABASE_URL$)/;

const DEFAULT_TIMEOUT_SECONDS = 5;
const LONGEST_TIMEOUT_SECONDS = 60;

/** Reads what signing is told; `problem` hears of each variable that is wrong, never of its value. */
export function readSigning(variables: Variables, problem: (text: string) => void): SigningConfiguration {
  const keyEncryptionKeys = keySource(variables, problem);
  const pkcs11 = tokenOptions(variables, problem);
  const kodIIEcdsaForm = ecdsaForm(variables, problem);
  return {
    ...(keyEncryptionKeys === undefined ? {} : { keyEncryptionKeys }),
    ...(pkcs11 === undefined ? {} : { pkcs11 }),
    ...(kodIIEcdsaForm === undefined ? {} : { kodIIEcdsaForm }),
  };
}

function ecdsaForm(variables: Variables, problem: (text: string) => void): EcdsaForm | undefined {
  const given = variables[ECDSA_FORM];
  if (!isSet(given)) return undefined;
  const form = ECDSA_FORMS.find((known) => known === given);
  if (form === undefined) problem(`${ECDSA_FORM} must be one of ${ECDSA_FORMS.join(', ')}`);
  return form;
}

function keySource(variables: Variables, problem: (text: string) => void): KeyEncryptionKeySource | undefined {
  const given = SOURCES.filter((name) => isSet(variables[name]));
  if (given.length > 1) problem(`only one of ${given.join(', ')} may be set`);
  const [name] = given;
  if (name === undefined) return undefined;
  const value = variables[name] ?? '';
  if (name === TEXT) return { kind: 'text', name, reveal: () => value };
  return { kind: name === FILE ? 'file' : 'directory', path: value };
}

function tokenOptions(variables: Variables, problem: (text: string) => void): Pkcs11Options | undefined {
  const modulePath = variables['LATARNIK_PKCS11_MODULE'];
  if (!isSet(modulePath)) return undefined;
  const pinFile = variables['LATARNIK_PKCS11_PIN_FILE'];
  if (!isSet(pinFile)) problem('LATARNIK_PKCS11_MODULE is set, but LATARNIK_PKCS11_PIN_FILE is not');
  const tokenLabel = variables['LATARNIK_PKCS11_TOKEN'];
  const seconds = Number(variables['LATARNIK_PKCS11_TIMEOUT_SECONDS'] ?? DEFAULT_TIMEOUT_SECONDS);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST_TIMEOUT_SECONDS) {
    problem(`LATARNIK_PKCS11_TIMEOUT_SECONDS must be a whole number from 1 to ${String(LONGEST_TIMEOUT_SECONDS)}`);
  }
  return {
    modulePath,
    pinFile: pinFile ?? '',
    ...(isSet(tokenLabel) ? { tokenLabel } : {}),
    callTimeoutMs: seconds * 1000,
    environment: notOurs(variables),
  };
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== '';

function notOurs(variables: Variables): Readonly<Record<string, string>> {
  const kept = Object.entries(variables).filter(([name, value]) => value !== undefined && !OURS.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}

/**
 * A missing or wrong key-encryption key stops no process: what is on its way to KSeF goes on without it. The log says at
 * the start what is wrong, and again for each key that cannot be used (docs/keys.md).
 */
export async function signingFrom(
  { keyEncryptionKeys, pkcs11, kodIIEcdsaForm }: SigningConfiguration,
  log: Log,
): Promise<ContainerModule> {
  const keys =
    keyEncryptionKeys === undefined ? undefined : new LocalKeyEncryptionKeys(() => readKeyRing(keyEncryptionKeys));
  try {
    if (keys === undefined) throw new SecretBoxError(`none of ${SOURCES.join(', ')} is set`);
    log({ event: 'signing.key-encryption-key', version: await keys.currentVersion() });
  } catch (error) {
    if (!(error instanceof SecretBoxError)) throw error;
    log({ event: 'signing.key-encryption-key-unusable', error: error.message, consequence: CONSEQUENCE });
  }
  return signingModule({
    ...(keys === undefined ? {} : { keyEncryptionKeys: keys }),
    ...(pkcs11 === undefined ? {} : { pkcs11 }),
    ...(kodIIEcdsaForm === undefined ? {} : { kodIIEcdsaForm }),
    sessionKeyLabel,
    onTrouble: (trouble) => {
      log({ event: 'signing.unavailable', ...trouble });
    },
  });
}

const CONSEQUENCE =
  'Nothing is issued offline, packed or logged in with; sessions that are open go on as long as their login lasts.';

const PAGE_SIZE = 100;
/** A worker holds a batch for as long as one step of it takes. */
const BUSY_ATTEMPTS = 60;
const BUSY_PAUSE_MS = 500;

/** Joins the boxes of the database with the labels that the adapters sealed them under. */
export function rotateKeysOf(container: Container): RotateKeys {
  return new RotateKeys(
    {
      unitOfWork: container.get<UnitOfWork>(PORTS.unitOfWork),
      clock: container.get<Clock>(PORTS.clock),
      boxes: container.get<SealedBoxes>(PORTS.sealedBoxes),
      rewrapper: container.get<BoxRewrapper>(PORTS.boxRewrapper),
    },
    labelOf,
    { pageSize: PAGE_SIZE, busyAttempts: BUSY_ATTEMPTS, pause: () => pause(BUSY_PAUSE_MS) },
  );
}

function labelOf(stored: StoredBox): string {
  switch (stored.kind) {
    case 'certificate':
      return sealLabel(stored.tenant, stored.id, stored.purpose);
    case 'session-key':
      return sessionKeyLabel(stored.declared);
    case 'webhook-secret':
      return webhookSecretLabel(stored.tenant, stored.id);
  }
}
