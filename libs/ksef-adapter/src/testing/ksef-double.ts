import { Container } from 'inversify';

import {
  type Authorization,
  type BatchPackager,
  type BatchSessions,
  type CallBudget,
  type Clock,
  type InteractiveSessions,
  type KsefCertificates,
  type KsefLimitsReader,
  type KsefProbe,
  type KsefTraffic,
  type Latarnia,
  type LoginCertificates,
  type LoginSigner,
  type NeutralAddresses,
  PORTS,
  type SecretBox,
  type SessionReader,
} from '@latarnik/domain';

import type { KsefAdapterEvent } from '../ksef-adapter-event.js';
import { ksefAdapterModule } from '../ksef-adapter.module.js';
import type { KsefAdapterOptions } from '../ksef-adapter-options.js';
import { HandClock, MemorySecretBox, oneCertificate, quotingSigner, unlimitedBudget } from './fakes.js';
import {
  type Handler,
  json,
  type LocalServer,
  type Misbehaviour,
  type Reply,
  startLocalServer,
} from './local-server.js';
import { ministryKey, type MinistryKey } from './ministry-key.js';
import { temporaryFolder } from './temporary-folder.js';

/** A route by method and path below `/v2`; an array answers call by call, its last element from then on. */
export type Routes = Readonly<Record<string, Handler | Reply | Misbehaviour | readonly (Reply | Misbehaviour)[]>>;

export const LOGIN_REFERENCE = '20261120-AU-2DFC46C000-3AC6D5877F-D4';
export const SESSION = '20261120-SB-213D593000-4DE10D80A5-E9';
export const INVOICE = '20261120-EE-319D7EE000-B67F415CDC-2C';

export interface AdapterUnderTest {
  readonly server: LocalServer;
  readonly key: MinistryKey;
  readonly clock: HandClock;
  readonly secretBox: SecretBox;
  readonly events: readonly KsefAdapterEvent[];
  readonly interactive: InteractiveSessions;
  readonly batches: BatchSessions;
  readonly reader: SessionReader;
  readonly certificates: KsefCertificates;
  readonly packager: BatchPackager;
  readonly probe: KsefProbe;
  readonly limits: KsefLimitsReader;
  readonly traffic: KsefTraffic;
  readonly neutral: NeutralAddresses;
  readonly authorization: Authorization;
  readonly latarnia: Latarnia;
  /** Changes the server's routes from here on. */
  route(routes: Routes): void;
  calls(method: string, path: string): number;
  close(): Promise<void>;
}

export interface Replacements {
  readonly certificates?: LoginCertificates;
  readonly signer?: LoginSigner;
  /** @default permits everything */
  readonly budget?: CallBudget;
  readonly options?: Partial<KsefAdapterOptions>;
  /** The same for processes that follow one another at one KSeF. @default any */
  readonly port?: number;
}

/** Making an RSA key takes a while; one serves all tests of a file. */
let sharedKey: Promise<MinistryKey> | undefined;

let lastToken = 0;
const nextToken = (kind: string): string => `${kind}-secret-${String((lastToken += 1))}`;
const until = (validUntil: string, kind: string): object => ({ token: nextToken(kind), validUntil });

/** Routes of a login that KSeF grants at once. */
export function grantedLogin(key: MinistryKey): Routes {
  return {
    'POST /auth/challenge': json(200, {
      challenge: '20261120-CR-226FB7B000-3ACF9BE4C0-10',
      timestamp: '2026-11-20T10:00:00.0154302+00:00',
      timestampMs: 1_795_000_000_000,
      clientIp: '127.0.0.1',
    }),
    'POST /auth/xades-signature': () =>
      json(202, {
        referenceNumber: LOGIN_REFERENCE,
        authenticationToken: until('2026-11-20T10:45:00+00:00', 'authentication'),
      }),
    [`GET /auth/${LOGIN_REFERENCE}`]: json(200, { status: { code: 200, description: 'Sukces' } }),
    'POST /auth/token/redeem': () =>
      json(200, {
        accessToken: until('2026-11-20T10:15:00+00:00', 'access'),
        refreshToken: until('2026-11-27T10:00:00+00:00', 'refresh'),
      }),
    'POST /auth/token/refresh': () => json(200, { accessToken: until('2026-11-20T10:30:00+00:00', 'refreshed') }),
    'GET /security/public-key-certificates': json(200, [key.dto]),
  };
}

/** The whole adapter, wired as in production, against a server on this machine. */
export async function adapterUnderTest(
  routes: Routes = {},
  replacements: Replacements = {},
): Promise<AdapterUnderTest> {
  sharedKey ??= ministryKey();
  const key = await sharedKey;
  let current: Routes = { ...grantedLogin(key), ...routes };
  const server = await startLocalServer((request) => {
    const name = `${request.method} ${(request.path.split('?', 1)[0] ?? '').replace(/^\/v2/, '')}`;
    const route = current[name] ?? json(404, { title: 'Not Found', status: 404, detail: `no route ${name}` });
    if (typeof route === 'function') return route(request);
    if (!(Array.isArray as (value: unknown) => value is readonly (Reply | Misbehaviour)[])(route)) return route;
    const [first = json(500, {}), ...rest] = route;
    if (rest.length > 0) current = { ...current, [name]: rest };
    return first;
  }, replacements.port);
  const folder = await temporaryFolder();
  const events: KsefAdapterEvent[] = [];
  const clock = new HandClock();
  const secretBox = new MemorySecretBox();
  const container = new Container();
  container.bind<Clock>(PORTS.clock).toConstantValue(clock);
  container.bind<SecretBox>(PORTS.secretBox).toConstantValue(secretBox);
  container.bind<CallBudget>(PORTS.callBudget).toConstantValue(replacements.budget ?? unlimitedBudget);
  container
    .bind<LoginCertificates>(PORTS.loginCertificates)
    .toConstantValue(replacements.certificates ?? oneCertificate);
  container.bind<LoginSigner>(PORTS.loginSigner).toConstantValue(replacements.signer ?? quotingSigner);
  container.load(
    ksefAdapterModule({
      ksefUrl: `${server.url}/v2`,
      latarniaUrl: `${server.url}/latarnia`,
      spoolDirectory: folder.path,
      loginPollMs: 1,
      log: (event) => events.push(event),
      ...replacements.options,
    }),
  );
  return {
    server,
    key,
    clock,
    secretBox,
    events,
    interactive: container.get(PORTS.interactiveSessions),
    batches: container.get(PORTS.batchSessions),
    reader: container.get(PORTS.sessionReader),
    certificates: container.get(PORTS.ksefCertificates),
    packager: container.get(PORTS.batchPackager),
    probe: container.get(PORTS.ksefProbe),
    limits: container.get(PORTS.ksefLimits),
    traffic: container.get(PORTS.ksefTraffic),
    neutral: container.get(PORTS.neutralAddresses),
    authorization: container.get(PORTS.authorization),
    latarnia: container.get(PORTS.latarnia),
    route: (more) => {
      current = { ...current, ...more };
    },
    calls: (method, path) =>
      server.requests.filter((request) => request.method === method && request.path === path).length,
    close: async () => {
      await server.close();
      await folder.remove();
    },
  };
}
