import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { type CertificateId, Temporal } from '@latarnik/domain';
import { z } from 'zod';

import { keyOfThisMachine } from '../crypto/machine-key.js';
import { writeWhole } from '../crypto/owner-only-files.js';
import { openText, sealText } from '../crypto/sealed-text.js';
import { errorCode } from '../error-code.js';
import type { Log } from '../ksef-adapter-event.js';
import { syncFolder } from '../package/disk.js';
import { BearerToken } from './bearer-token.js';

/** A login at KSeF, as long as it can be gone on with. */
export interface KeptLogin {
  readonly refresh: BearerToken;
  /** The certificate that logged in: the login is worth as much as that, and no longer. */
  readonly certificateId: CertificateId;
}

/** Logins that outlive the process, by name (tenant and context). Nothing here is an error: a new login is made then. */
export interface KeptLogins {
  /** `undefined` when there is none that can be read. */
  read(login: string): Promise<KeptLogin | undefined>;
  /** What cannot be kept is reported: the login itself is good. */
  keep(login: string, kept: KeptLogin): Promise<void>;
  /** Gone for good; one that another process has put there since `ended` stays. */
  forget(login: string, ended?: KeptLogin): Promise<void>;
}

export const NO_KEPT_LOGINS: KeptLogins = {
  read: () => Promise.resolve(undefined),
  keep: () => Promise.resolve(),
  forget: () => Promise.resolve(),
};

export interface FileKeptLoginsOptions {
  readonly loginDirectory: string;
  readonly loginKeyFile: string;
  /** A login is one at this KSeF only: its origin is part of each name. */
  readonly ksefUrl: string;
  readonly log: Log;
}

/** What another process is writing this moment is younger. */
const UNFINISHED_FOR_MS = 60_000;
const UNFINISHED = /\.login\.[0-9a-f-]{36}$/;

const contentDto = z.object({
  token: z.string().min(1),
  validUntil: z.string(),
  certificateId: z.string().transform((id) => id as CertificateId),
});

/**
 * In files of this machine, sealed (AES-256-GCM) with a key of this machine alone that is made at the first use: neither
 * the database nor the key-encryption key is in it, so a worker that starts without the key-encryption key still delivers
 * what is packed (ADR 0015). Processes of the machine may share the folder.
 */
export class FileKeptLogins implements KeptLogins {
  #key: Promise<Buffer> | undefined;
  #swept: Promise<void> | undefined;

  constructor(private readonly options: FileKeptLoginsOptions) {}

  async read(login: string): Promise<KeptLogin | undefined> {
    await this.#sweep();
    const label = this.#label(login);
    try {
      const box = await readFile(this.#file(label));
      const content = contentDto.parse(JSON.parse(openText(await this.#ownKey(), box, label)));
      const { token, validUntil, certificateId } = content;
      return { refresh: new BearerToken(token, Temporal.Instant.from(validUntil)), certificateId };
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'ENOENT') this.options.log({ code: 'LOGIN_NOT_READ', reason: code ?? 'it does not open' });
      return undefined;
    }
  }

  async keep(login: string, { refresh, certificateId }: KeptLogin): Promise<void> {
    await this.#sweep();
    const label = this.#label(login);
    const content = { token: refresh.reveal(), validUntil: refresh.validUntil.toString(), certificateId };
    try {
      await writeWhole(this.#file(label), sealText(await this.#ownKey(), JSON.stringify(content), label));
    } catch (error) {
      this.options.log({ code: 'LOGIN_NOT_KEPT', reason: errorCode(error) ?? 'unusable key file' });
    }
  }

  async forget(login: string, ended?: KeptLogin): Promise<void> {
    if (ended !== undefined) {
      const kept = await this.read(login);
      if (kept?.refresh.sameAs(ended.refresh) !== true) return;
    }
    const file = this.#file(this.#label(login));
    try {
      await rm(file);
      await syncFolder(this.options.loginDirectory);
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'ENOENT') this.options.log({ code: 'LOGIN_NOT_FORGOTTEN', reason: code ?? 'unknown' });
    }
  }

  /** The origin has no line break. */
  #label(login: string): string {
    return `${new URL(this.options.ksefUrl).origin}\n${login}`;
  }

  #file(label: string): string {
    return join(this.options.loginDirectory, `${createHash('sha256').update(label).digest('hex')}.login`);
  }

  /** What processes left that died while they wrote; once, before the first use. */
  #sweep(): Promise<void> {
    this.#swept ??= sweepUnfinished(this.options.loginDirectory);
    return this.#swept;
  }

  #ownKey(): Promise<Buffer> {
    this.#key ??= keyOfThisMachine(this.options.loginKeyFile).catch((error: unknown) => {
      this.#key = undefined;
      throw error;
    });
    return this.#key;
  }
}

/** Sweeping is no condition of anything: what cannot be swept stays. */
async function sweepUnfinished(directory: string): Promise<void> {
  const youngestMs = Date.now() - UNFINISHED_FOR_MS;
  const names = await readdir(directory).catch((): string[] => []);
  for (const name of names.filter((candidate) => UNFINISHED.test(candidate))) {
    const file = join(directory, name);
    const isLeft = await stat(file).then(
      ({ mtimeMs }) => mtimeMs < youngestMs,
      () => false,
    );
    if (isLeft) await rm(file, { force: true }).catch(() => undefined);
  }
}
