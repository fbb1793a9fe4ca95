import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addPlatformKey,
  compose,
  migrate,
  randomKeyMaker,
  readConfiguration,
  type Composition,
} from '@latarnik/composition';
import {
  parseContextIdentifier,
  PORTS,
  Temporal,
  type TenantDirectory,
  type TenantId,
  type TenantPermission,
  type UnitOfWork,
} from '@latarnik/domain';
import { startEmbeddedPostgres } from '@latarnik/embedded-postgres';
import { startSimulator, type Simulator } from '@latarnik/ksef-simulator';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { DEFAULT_ACCESS, type AccessOptions } from '../access/access-options.js';
import { createApi } from '../api-application.js';

export const NIP_OF_A = '5265877635';
export const NIP_OF_B = '7335255579';

/** An answer, read whole; of a stream of events only its head. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface Ask {
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A tenant, and a key of its own for everything. */
export interface WorldTenant {
  readonly id: TenantId;
  readonly nip: string;
  readonly key: string;
}

/** An identity provider on a real port: its key set over HTTP, tokens of every kind, honest and not. */
export class IdentityProvider {
  readonly issuer = 'https://id.example';
  readonly audience = 'latarnik';
  asked = 0;

  private constructor(
    private readonly server: Server,
    readonly privateKey: CryptoKey,
    readonly publicJwk: JWK,
    readonly publicKey: CryptoKey,
  ) {}

  static async start(): Promise<IdentityProvider> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const publicJwk = { ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'ES256', use: 'sig' };
    const server = createServer((_request, response) => {
      provider.asked += 1;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [publicJwk] }));
    });
    const provider = new IdentityProvider(server, privateKey, publicJwk, publicKey);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get jwksUrl(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/keys`;
  }

  get options(): NonNullable<AccessOptions['oidc']> {
    return {
      ...{ issuer: this.issuer, audience: this.audience, jwksUrl: this.jwksUrl },
      ...{ algorithms: ['ES256', 'RS256'], tokenTypes: ['at+jwt', 'JWT'] },
      ...{ clockToleranceSeconds: 5, maxTokenAgeSeconds: 3600 },
      ...{ tenantClaim: 'tenant', tenants: {}, rolesClaim: 'roles', roles: {} },
    };
  }

  /** An honest token, unless `claims` or `header` make it another. */
  async token(claims: JWTPayload = {}, header: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: this.issuer, aud: this.audience, sub: 'ewa', iat: now, exp: now + 600, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'key-1', typ: 'at+jwt', ...header })
      .sign(this.privateKey);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
      this.server.closeAllConnections();
    });
  }
}

/** The API over a real database, with a simulated KSeF, an identity provider and two tenants that know nothing of each other. */
export class AccessWorld {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly composition: Composition,
    readonly provider: IdentityProvider,
    readonly log: readonly Readonly<Record<string, unknown>>[],
    private readonly simulator: Simulator,
    readonly databaseUrl: string,
    readonly url: string,
    readonly a: WorldTenant,
    readonly b: WorldTenant,
    private readonly stops: (() => Promise<void>)[],
  ) {}

  /** @param variables settings beside those that the world needs */
  static async start(
    access: Partial<AccessOptions> = {},
    variables: Readonly<Record<string, string>> = {},
  ): Promise<AccessWorld> {
    const stops: (() => Promise<void>)[] = [];
    const directory = await mkdtemp(join(tmpdir(), 'latarnik-access-'));
    stops.push(() => rm(directory, { recursive: true, force: true }));
    const postgres = await startEmbeddedPostgres({ durable: false });
    stops.push(() => postgres.stop());
    const databaseUrl = await postgres.createDatabase('latarnik');
    await migrate(databaseUrl);
    const simulator = await startSimulator();
    stops.push(() => simulator.close());
    const keyFile = join(directory, 'kek');
    await writeFile(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 });
    const log: Readonly<Record<string, unknown>>[] = [];
    const configuration = readConfiguration(
      {
        DATABASE_URL: databaseUrl,
        LATARNIK_ENVIRONMENT: 'test',
        LATARNIK_KSEF_URL: simulator.ksefUrl,
        LATARNIK_LATARNIA_URL: simulator.latarniaUrl,
        LATARNIK_SPOOL_DIRECTORY: join(directory, 'spool'),
        LATARNIK_KEY_ENCRYPTION_KEY_FILE: keyFile,
        LATARNIK_CALL_LIMITS: 'none',
        LATARNIK_LOGIN_DIRECTORY: 'off',
        LATARNIK_QUEUE: 'off',
        ...variables,
      },
      'access-world',
    );
    const composition = await compose(configuration, (event) => log.push(event));
    stops.push(() => composition.close());
    const provider = await IdentityProvider.start();
    stops.push(() => provider.stop());
    const app = await createApi(composition, (event) => log.push(event), {
      access: { ...DEFAULT_ACCESS, oidc: provider.options, ...access },
    });
    stops.push(() => app.close());
    await app.listen({ host: '127.0.0.1', port: 0 });
    const [a, b] = [await aTenant(composition, NIP_OF_A), await aTenant(composition, NIP_OF_B)];
    return new AccessWorld(app, composition, provider, log, simulator, databaseUrl, await app.getUrl(), a, b, stops);
  }

  /** The same system behind another API process with other limits, and two tenants of its own. */
  async again(access: Partial<AccessOptions>): Promise<AccessWorld> {
    const { composition, provider, simulator, databaseUrl } = this;
    const log: Readonly<Record<string, unknown>>[] = [];
    const options = { ...DEFAULT_ACCESS, oidc: provider.options, ...access };
    const app = await createApi(composition, (event) => log.push(event), { access: options });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const [a, b] = [await aTenant(composition, NIP_OF_A), await aTenant(composition, NIP_OF_B)];
    const stops = [() => app.close()];
    return new AccessWorld(app, composition, provider, log, simulator, databaseUrl, await app.getUrl(), a, b, stops);
  }

  get unitOfWork(): UnitOfWork {
    return this.composition.container.get<UnitOfWork>(PORTS.unitOfWork);
  }

  get directory(): TenantDirectory {
    return this.composition.container.get<TenantDirectory>(PORTS.tenantDirectory);
  }

  async ask(method: string, path: string, credential?: string, { body, type, headers }: Ask = {}): Promise<Answer> {
    const content = contentOf(body);
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
        ...(content === undefined ? {} : { 'content-type': type ?? 'application/json' }),
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
        ...headers,
      },
      ...(content === undefined ? {} : { body: content }),
    });
    return answerOf(response);
  }

  /** A person of a tenant in these roles. */
  person(tenant: WorldTenant | undefined, roles: readonly string[], subject = roles.join('+')): Promise<string> {
    return this.provider.token({ sub: subject, roles, ...(tenant === undefined ? {} : { tenant: tenant.id }) });
  }

  /** A key as the admin of a tenant makes it. */
  async keyOf(tenant: WorldTenant, client: string, scopes: readonly TenantPermission[], more: object = {}) {
    const expiresAt = Temporal.Instant.fromEpochMilliseconds(Date.now()).add({ hours: 24 }).toString();
    const body = { client, scopes, expiresAt, ...more };
    const { status, json, text } = await this.ask('POST', '/v1/api-keys', tenant.key, { body });
    if (status !== 201) throw new Error(`no key for ${client}: ${text}`);
    return { id: String(json['id']), token: String(json['token']) };
  }

  /** A key of a tenant that ended an hour ago. */
  async expiredKey(tenant: WorldTenant): Promise<string> {
    const now = Temporal.Instant.fromEpochMilliseconds(Date.now());
    const id = randomUUID();
    const { token, sha256 } = randomKeyMaker.make(id);
    const key = { id, client: 'old', scopes: ['read'], createdBy: 'test' } as const;
    const ends = { createdAt: now.subtract({ hours: 2 }), expiresAt: now.subtract({ hours: 1 }) };
    await this.unitOfWork.inTenant(tenant.id, ({ apiKeys }) =>
      apiKeys.add({ key: { ...key, ...ends }, sha256, idempotencyKey: id, fingerprint: id }),
    );
    return token;
  }

  async platformKey(): Promise<string> {
    const id = randomUUID();
    const { token, sha256 } = randomKeyMaker.make(id);
    const expiresAt = Temporal.Instant.fromEpochMilliseconds(Date.now()).add({ hours: 24 });
    await addPlatformKey(this.databaseUrl, { id, sha256, expiresAt });
    return token;
  }

  importOfflineCertificate(tenant: WorldTenant): Promise<string> {
    return this.#import(tenant, 'Offline');
  }

  importAuthenticationCertificate(tenant: WorldTenant): Promise<string> {
    return this.#import(tenant, 'Authentication');
  }

  async #import(tenant: WorldTenant, type: 'Offline' | 'Authentication'): Promise<string> {
    const issued = await this.simulator.issueCertificate({ type, nip: tenant.nip });
    const { certificatePem, privateKeyPem } = issued;
    const body = { context: `Nip:${tenant.nip}`, certificatePem, privateKeyPem };
    const { status, json, text } = await this.ask('POST', '/v1/certificates', tenant.key, { body });
    if (status !== 201) throw new Error(text);
    return String(json['id']);
  }

  /** FA(3) of today, by the seller with this NIP. */
  async document(sellerNip: string, number: string): Promise<string> {
    const file = join(import.meta.dirname, '../../../../examples/invoices/domestic-several-rates.xml');
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Warsaw' }).format(new Date());
    return (await readFile(file, 'utf8'))
      .replace(`<NIP>${NIP_OF_A}</NIP>`, `<NIP>${sellerNip}</NIP>`)
      .replace(/<P_1>[^<]*<\/P_1>/, `<P_1>${today}</P_1>`)
      .replace(/<P_2>[^<]*<\/P_2>/, `<P_2>${number}</P_2>`);
  }

  async issue(
    tenant: WorldTenant,
    number: string,
    more: Ask & { readonly credential?: string; readonly query?: string } = {},
  ) {
    const { credential = tenant.key, query = '', ...ask } = more;
    const body = await this.document(tenant.nip, number);
    const type = 'application/xml';
    return this.ask('POST', `/v1/invoices?mode=offline24${query}`, credential, { body, type, ...ask });
  }

  /** Audit entries of a tenant about refusals. */
  refusals(tenant: WorldTenant, route: string) {
    return this.unitOfWork.inTenant(tenant.id, ({ audit }) => audit.of('access', route));
  }

  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0).reverse()) await stop();
  }
}

function contentOf(body: unknown): string | Buffer<ArrayBuffer> | undefined {
  if (body === undefined || typeof body === 'string') return body;
  return body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body);
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const kind = headers.get('content-type') ?? '';
  if (kind.includes('event-stream')) {
    await response.body?.cancel();
    return { status, headers, text: '', json: {} };
  }
  const text = await response.text();
  const isJson = /[/+]json/.test(kind) && text !== '';
  return { status, headers, text, json: isJson ? (JSON.parse(text) as Answer['json']) : {} };
}

async function aTenant(composition: Composition, nip: string): Promise<WorldTenant> {
  const id = randomUUID() as TenantId;
  const keyId = randomUUID();
  const { token, sha256 } = randomKeyMaker.make(keyId);
  const identifier = parseContextIdentifier('Nip', nip);
  if (!identifier.ok) throw new Error('no NIP');
  await composition.container.get<TenantDirectory>(PORTS.tenantDirectory).create({
    ...{ id, name: `Firma ${nip}`, contexts: [{ id: randomUUID(), identifier: identifier.value, name: nip }] },
    apiKeys: [{ id: keyId, sha256 }],
  });
  return { id, nip, key: token };
}
