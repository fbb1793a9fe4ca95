import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { Temporal } from '@latarnik/domain';
import { z } from 'zod';

import { errorCode } from '../error-code.js';
import type { Log } from '../ksef-adapter-event.js';
import { BearerToken } from './bearer-token.js';

/** Refresh tokens that outlive the process, by login (tenant and context). */
export interface KeptLogins {
  /** `undefined` when there is none that can be read: a login is made then. */
  read(login: string): Promise<BearerToken | undefined>;
  /** What cannot be kept is reported, and no error: the login itself is good. */
  keep(login: string, refresh: BearerToken): Promise<void>;
}

export const NO_KEPT_LOGINS: KeptLogins = {
  read: () => Promise.resolve(undefined),
  keep: () => Promise.resolve(),
};

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OWNER_ONLY = 0o600;

const contentDto = z.object({ token: z.string().min(1), validUntil: z.string() });

/**
 * In files of this machine, sealed (AES-256-GCM) with a key of this machine alone that is made at the first use: neither
 * the database nor the key-encryption key is in it, so a worker that starts without the key-encryption key still delivers
 * what is packed (ADR 0015). A file that cannot be read is no login, never an error: KSeF is asked for a new one.
 */
export class FileKeptLogins implements KeptLogins {
  #key: Promise<Buffer> | undefined;

  constructor(
    private readonly options: { readonly loginDirectory: string; readonly loginKeyFile: string; readonly log: Log },
  ) {}

  async read(login: string): Promise<BearerToken | undefined> {
    try {
      const box = await readFile(this.#file(login));
      const { token, validUntil } = contentDto.parse(JSON.parse(opened(await this.#ownKey(), box, login)));
      return new BearerToken(token, Temporal.Instant.from(validUntil));
    } catch {
      return undefined;
    }
  }

  async keep(login: string, refresh: BearerToken): Promise<void> {
    const content = JSON.stringify({ token: refresh.reveal(), validUntil: refresh.validUntil.toString() });
    try {
      await writeWhole(this.#file(login), sealed(await this.#ownKey(), content, login));
    } catch (error) {
      this.options.log({ code: 'LOGIN_NOT_KEPT', reason: errorCode(error) ?? 'unusable key file' });
    }
  }

  #file(login: string): string {
    return join(this.options.loginDirectory, `${createHash('sha256').update(login).digest('hex')}.login`);
  }

  #ownKey(): Promise<Buffer> {
    this.#key ??= keyOfThisMachine(this.options.loginKeyFile).catch((error: unknown) => {
      this.#key = undefined;
      throw error;
    });
    return this.#key;
  }
}

/** Made by whoever comes first; the others read it. */
async function keyOfThisMachine(file: string): Promise<Buffer> {
  try {
    return checked(await readFile(file));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    const handle = await open(file, 'wx', OWNER_ONLY);
    try {
      await handle.writeFile(randomBytes(KEY_BYTES));
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  return checked(await readFile(file));
}

function checked(key: Buffer): Buffer {
  if (key.length !== KEY_BYTES)
    throw new Error(`the file with the key of kept logins must have ${String(KEY_BYTES)} bytes`);
  return key;
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${randomUUID()}`;
  const handle = await open(unfinished, 'wx', OWNER_ONLY);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
}

/** nonce, tag, ciphertext; bound to the login it belongs to. */
function sealed(key: Buffer, content: string, login: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(login));
  const text = Buffer.concat([cipher.update(content, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

function opened(key: Buffer, box: Buffer, login: string): string {
  const tagEnds = NONCE_BYTES + TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(login))
    .setAuthTag(box.subarray(NONCE_BYTES, tagEnds));
  return Buffer.concat([decipher.update(box.subarray(tagEnds)), decipher.final()]).toString('utf8');
}
