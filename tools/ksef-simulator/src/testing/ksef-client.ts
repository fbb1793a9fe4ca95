import { constants, publicEncrypt, randomBytes, X509Certificate } from 'node:crypto';

import { type ContextIdentifier, type IssuedCertificate, ManualClock, type Simulator } from '../index.js';
import { type Answer, type Body, type InvoiceBody, readAnswer, type UploadRequestBody } from './answers.js';
import { contract } from './contract.js';
import { signLoginDocument } from './login-document.js';
import { encrypt, sha256 } from './packages.js';

interface CallOptions {
  /** Text goes as XML, anything else as JSON. */
  readonly body?: unknown;
  /** Null sends no Authorization. @default the client's access token */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A key wrapped for the simulator. */
export interface Wrapped {
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly declared: {
    readonly encryptedSymmetricKey: string;
    readonly initializationVector: string;
    readonly publicKeyId: string;
  };
}

/** Body of POST /sessions/batch. */
export interface BatchRequestBody {
  readonly formCode: { readonly systemCode: string; readonly schemaVersion: string; readonly value: string };
  readonly offlineMode?: boolean;
  readonly encryption: Wrapped['declared'];
  readonly batchFile: {
    readonly fileSize: number;
    readonly fileHash: string;
    readonly compressionType?: 'Zip' | 'TarGz';
    readonly fileParts: readonly {
      readonly ordinalNumber: number;
      readonly fileSize: number;
      readonly fileHash: string;
    }[];
  };
}

/** A package, encrypted and split, as a client declares and sends it. */
export interface SealedPackage {
  readonly request: BatchRequestBody;
  readonly parts: readonly Buffer[];
}

export const FA3 = { systemCode: 'FA (3)', schemaVersion: '1-0E', value: 'FA' };

/** A small client that shares no code with the simulator and holds every answer to the contract, if that is at hand. */
export class KsefClient {
  accessToken: string | null = null;
  refreshToken = '';
  authenticationToken = '';
  loginReference = '';

  constructor(readonly simulator: Simulator) {}

  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { body, token = this.accessToken, headers } = options;
    const content: RequestInit =
      body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const contentType = typeof body === 'string' ? 'application/xml' : 'application/json';
    const response = await fetch(`${this.simulator.ksefUrl}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': contentType }),
        ...headers,
      },
      ...content,
    });
    const answer = await readAnswer(response);
    contract?.checkCall(method, path, body, answer);
    return answer;
  }

  async challenge(): Promise<string> {
    return (await this.call('POST', '/auth/challenge', { token: null })).body.challenge;
  }

  /** Sends a login and waits for its outcome: the refusal, or the final status of the operation. */
  async login(
    certificate: Pick<IssuedCertificate, 'certificatePem' | 'privateKeyPem'>,
    context: ContextIdentifier,
  ): Promise<Answer> {
    const document = signLoginDocument({ ...certificate, challenge: await this.challenge(), context });
    return this.loginWith(document);
  }

  async loginWith(document: string, query = ''): Promise<Answer> {
    return this.#finishLogin(await this.call('POST', `/auth/xades-signature${query}`, { body: document, token: null }));
  }

  async #finishLogin(started: Answer): Promise<Answer> {
    if (started.status !== 202) return started;
    this.authenticationToken = started.body.authenticationToken.token;
    this.loginReference = started.body.referenceNumber;
    const outcome = await this.poll(`/auth/${this.loginReference}`, this.authenticationToken);
    if (outcome.body.status.code !== 200) return outcome;
    const { body } = await this.call('POST', '/auth/token/redeem', { token: this.authenticationToken });
    this.accessToken = body.accessToken.token;
    this.refreshToken = body.refreshToken.token;
    return outcome;
  }

  /** Logs in with a KSeF token: the refusal, or the final status of the operation. */
  async loginWithToken(
    token: string,
    context: ContextIdentifier,
    more: { readonly timestampMs?: number } = {},
  ): Promise<Answer> {
    const { challenge, timestampMs } = (await this.call('POST', '/auth/challenge', { token: null })).body;
    const { encrypted, publicKeyId } = await this.encryptFor(
      'KsefTokenEncryption',
      Buffer.from(`${token}|${String(more.timestampMs ?? timestampMs)}`),
    );
    const started = await this.call('POST', '/auth/ksef-token', {
      token: null,
      body: {
        challenge,
        contextIdentifier: context,
        encryptedToken: encrypted,
        publicKeyId,
      },
    });
    return this.#finishLogin(started);
  }

  /** Asks until the status is final; a refusal ends it too. */
  async poll(path: string, token = this.accessToken): Promise<Answer> {
    for (;;) {
      const answer = await this.call('GET', path, { token });
      if (answer.status !== 200 || answer.body.status.code >= 200) return answer;
      const { clock, tasks } = this.simulator.state;
      if (clock instanceof ManualClock) clock.advance(0);
      await tasks.settled();
    }
  }

  /** Encrypts for the published key of a usage (RSA-OAEP, SHA-256). */
  async encryptFor(
    usage: 'SymmetricKeyEncryption' | 'KsefTokenEncryption',
    plain: Buffer,
  ): Promise<{ readonly encrypted: string; readonly publicKeyId: string }> {
    const { text } = await this.call('GET', '/security/public-key-certificates', { token: null });
    const published = JSON.parse(text) as { certificate: string; publicKeyId: string; usage: string[] }[];
    const found = published.find((key) => key.usage.includes(usage));
    if (found === undefined) throw new Error(`no key for ${usage} published`);
    const { publicKey } = new X509Certificate(Buffer.from(found.certificate, 'base64'));
    const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const encrypted = publicEncrypt({ key: publicKey, ...padding }, plain).toString('base64');
    return { encrypted, publicKeyId: found.publicKeyId };
  }

  /** Wraps a fresh key for the simulator's public key. */
  async wrapKey(): Promise<Wrapped> {
    const key = randomBytes(32);
    const iv = randomBytes(16);
    const { encrypted, publicKeyId } = await this.encryptFor('SymmetricKeyEncryption', key);
    const initializationVector = iv.toString('base64');
    return { key, iv, declared: { encryptedSymmetricKey: encrypted, initializationVector, publicKeyId } };
  }

  async seal(
    archive: Buffer,
    options: { partCount?: number; compression?: 'Zip' | 'TarGz'; offlineMode?: boolean } = {},
  ): Promise<SealedPackage> {
    const { partCount = 1, compression, offlineMode } = options;
    const { key, iv, declared } = await this.wrapKey();
    const size = Math.ceil(archive.length / partCount);
    const parts = Array.from({ length: partCount }, (_, index) =>
      encrypt(archive.subarray(index * size, (index + 1) * size), key, iv),
    );
    return {
      parts,
      request: {
        formCode: FA3,
        ...(offlineMode === undefined ? {} : { offlineMode }),
        encryption: declared,
        batchFile: {
          fileSize: archive.length,
          fileHash: sha256(archive),
          ...(compression === undefined ? {} : { compressionType: compression }),
          fileParts: parts.map((part, index) => ({
            ordinalNumber: index + 1,
            fileSize: part.length,
            fileHash: sha256(part),
          })),
        },
      },
    };
  }

  async openBatch({ request }: Pick<SealedPackage, 'request'>): Promise<Body> {
    const { status, body, text } = await this.call('POST', '/sessions/batch', { body: request });
    if (status !== 201) throw new Error(`open: ${String(status)} ${text}`);
    return body;
  }

  async uploadPart(
    { url, method, headers }: UploadRequestBody,
    part: Buffer,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return readAnswer(await fetch(url, { method, headers: { ...headers, ...more }, body: new Uint8Array(part) }));
  }

  async uploadAll({ partUploadRequests }: Body, { parts }: SealedPackage): Promise<void> {
    for (const request of partUploadRequests) {
      const { status } = await this.uploadPart(request, parts[request.ordinalNumber - 1] ?? Buffer.alloc(0));
      if (status !== 201) throw new Error(`upload: ${String(status)}`);
    }
  }

  /** The whole way of a batch: open, upload, close, wait. Gives the session's reference and its final status. */
  async sendBatch(sealed: SealedPackage): Promise<{ reference: string; session: Body }> {
    const opened = await this.openBatch(sealed);
    await this.uploadAll(opened, sealed);
    const closed = await this.call('POST', `/sessions/batch/${opened.referenceNumber}/close`);
    if (closed.status !== 204) throw new Error(`close: ${String(closed.status)} ${closed.text}`);
    const { body } = await this.poll(`/sessions/${opened.referenceNumber}`);
    return { reference: opened.referenceNumber, session: body };
  }

  /** Every invoice of a session, page by page. */
  async listInvoices(reference: string, which: 'invoices' | 'invoices/failed' = 'invoices'): Promise<InvoiceBody[]> {
    const found: InvoiceBody[] = [];
    let token: string | null = '';
    while (token !== null) {
      const answer: Answer = await this.call('GET', `/sessions/${reference}/${which}?pageSize=10`, {
        headers: { 'x-continuation-token': token },
      });
      found.push(...answer.body.invoices);
      token = answer.body.continuationToken;
    }
    return found;
  }

  async openOnline(): Promise<OnlineChannel> {
    const wrapped = await this.wrapKey();
    const { body } = await this.call('POST', '/sessions/online', {
      body: { formCode: FA3, encryption: wrapped.declared },
    });
    return new OnlineChannel(this, body.referenceNumber, wrapped);
  }
}

/** One open interactive session. */
export class OnlineChannel {
  constructor(
    private readonly client: KsefClient,
    readonly reference: string,
    private readonly wrapped: Wrapped,
  ) {}

  request(xml: string | Buffer, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    const plain = Buffer.from(xml);
    const encrypted = encrypt(plain, this.wrapped.key, this.wrapped.iv);
    return {
      invoiceHash: sha256(plain),
      invoiceSize: plain.length,
      encryptedInvoiceHash: sha256(encrypted),
      encryptedInvoiceSize: encrypted.length,
      encryptedInvoiceContent: encrypted.toString('base64'),
      ...more,
    };
  }

  async post(body: Record<string, unknown>): Promise<Answer> {
    return this.client.call('POST', `/sessions/online/${this.reference}/invoices`, { body });
  }

  /** Sends and waits: the final status of the invoice, or the refusal. */
  async send(xml: string | Buffer, more: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    const sent = await this.post(this.request(xml, more));
    if (sent.status !== 202) return sent;
    return this.client.poll(`/sessions/${this.reference}/invoices/${sent.body.referenceNumber}`);
  }

  async close(): Promise<Body> {
    await this.client.call('POST', `/sessions/online/${this.reference}/close`);
    return (await this.client.poll(`/sessions/${this.reference}`)).body;
  }
}
