import {
  type Authorization,
  BATCH_LIMITS,
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
import { ContainerModule, type ContainerModuleLoadOptions, type ServiceIdentifier } from 'inversify';

import { KsefPublicKeys } from './crypto/public-keys.js';
import { AccessTokens } from './http/access-tokens.js';
import { CallGate } from './http/call-gate.js';
import { HttpBatchSessions } from './http/http-batch-sessions.js';
import { HttpInteractiveSessions } from './http/http-interactive-sessions.js';
import { HttpKsefCertificates } from './http/http-ksef-certificates.js';
import { HttpKsefLimits } from './http/http-ksef-limits.js';
import { HttpKsefProbe } from './http/http-ksef-probe.js';
import { HttpLatarnia } from './http/http-latarnia.js';
import { HttpNeutralAddresses } from './http/http-neutral-addresses.js';
import { HttpSessionReader } from './http/http-session-reader.js';
import { FileKeptLogins, NO_KEPT_LOGINS } from './http/kept-logins.js';
import { KsefApi } from './http/ksef-api.js';
import { KsefCalls } from './http/ksef-calls.js';
import { LoginAttempts } from './http/login-attempts.js';
import { PartUpload } from './http/part-upload.js';
import { publicAddressesOnly } from './http/private-address.js';
import { TrafficMeter } from './http/traffic-meter.js';
import { Transport } from './http/transport.js';
import { UpoDownload } from './http/upo-download.js';
import { XadesLogin } from './http/xades-login.js';
import {
  isLoopback,
  type KsefAdapterOptions,
  type KsefAdapterSettings,
  parseKsefAdapterOptions,
} from './ksef-adapter-options.js';
import { ARCHIVE_FORMATS } from './package/archive-formats.js';
import { SpoolBatchPackager } from './package/spool-batch-packager.js';

const port = <T>(token: symbol): ServiceIdentifier<T> => token;
const own = <T>(name: string): ServiceIdentifier<T> => Symbol(`ksef-adapter/${name}`);

/**
 * Provides PORTS.interactiveSessions, batchSessions, sessionReader, ksefCertificates, batchPackager, authorization,
 * ksefLimits, ksefTraffic, ksefProbe, neutralAddresses and latarnia. Requires PORTS.loginSigner, loginCertificates, secretBox,
 * clock and callBudget from the composition root: no call to KSeF's API is made without a permit. One container shares one login per tenant and context, one meter of calls and one pool of
 * connections; the probe, neutral addresses and Latarnia have connections of their own and are not metered.
 * @throws when the options cannot work
 */
export function ksefAdapterModule(options: KsefAdapterOptions): ContainerModule {
  const settings = parseKsefAdapterOptions(options);
  const transport = new Transport(settings);
  const meter = new TrafficMeter();
  return new ContainerModule((load) => {
    bindPublic(load, settings);
    bindCalls(load, settings, transport, meter);
    bindInTheNameOf(load, settings, transport);
    load.bind(port<KsefTraffic>(PORTS.ksefTraffic)).toConstantValue(meter);
  });
}

/** What needs no login. */
function bindPublic({ bind }: ContainerModuleLoadOptions, settings: KsefAdapterSettings): void {
  const { probeTimeoutMs } = settings;
  // Connections of its own: calls that hang and hold every connection must not make KSeF look unreachable.
  const transport = new Transport({ connectTimeoutMs: probeTimeoutMs });
  const options = { ...settings, callTimeoutMs: probeTimeoutMs, connectTimeoutMs: probeTimeoutMs };
  bind(port<KsefProbe>(PORTS.ksefProbe))
    .toResolvedValue(
      // A probe that got no turn would say nothing of KSeF: it waits as long as for an answer.
      (budget: CallBudget) =>
        new HttpKsefProbe(
          new KsefApi(transport, new CallGate(budget, { ...settings, patienceMs: probeTimeoutMs }), options),
        ),
      [port<CallBudget>(PORTS.callBudget)],
    )
    .inSingletonScope();
  bind(port<NeutralAddresses>(PORTS.neutralAddresses)).toConstantValue(new HttpNeutralAddresses(transport, settings));
  bind(port<Latarnia>(PORTS.latarnia))
    .toResolvedValue((clock: Clock) => new HttpLatarnia(transport, clock, settings), [port<Clock>(PORTS.clock)])
    .inSingletonScope();
}

const apiToken = own<KsefApi>('KsefApi');
const tokensToken = own<AccessTokens>('AccessTokens');
const callsToken = own<KsefCalls>('KsefCalls');
const publicKeysToken = own<KsefPublicKeys>('KsefPublicKeys');

/** How calls are made: the gate, tokens, KSeF's keys. */
function bindCalls(
  { bind }: ContainerModuleLoadOptions,
  settings: KsefAdapterSettings,
  transport: Transport,
  meter: TrafficMeter,
): void {
  const clock = port<Clock>(PORTS.clock);
  bind(apiToken)
    .toResolvedValue(
      (budget: CallBudget) => new KsefApi(transport, new CallGate(budget, settings), { ...settings, meter }),
      [port<CallBudget>(PORTS.callBudget)],
    )
    .inSingletonScope();
  bind(tokensToken)
    .toResolvedValue(
      (api: KsefApi, certificates: LoginCertificates, signer: LoginSigner, now: Clock) =>
        new AccessTokens(
          api,
          new XadesLogin(api, certificates, signer, settings),
          now,
          settings.keptLogins === undefined
            ? NO_KEPT_LOGINS
            : new FileKeptLogins({ ...settings.keptLogins, ksefUrl: settings.ksefUrl, log: settings.log }),
          settings,
        ),
      [apiToken, port<LoginCertificates>(PORTS.loginCertificates), port<LoginSigner>(PORTS.loginSigner), clock],
    )
    .inSingletonScope();
  bind(callsToken)
    .toResolvedValue((api: KsefApi, held: AccessTokens) => new KsefCalls(api, held), [apiToken, tokensToken])
    .inSingletonScope();
  bind(port<Authorization>(PORTS.authorization))
    .toResolvedValue((held: AccessTokens, now: Clock) => new LoginAttempts(held, now), [tokensToken, clock])
    .inSingletonScope();
  bind(publicKeysToken)
    .toResolvedValue((api: KsefApi, now: Clock) => new KsefPublicKeys(api, now, settings), [apiToken, clock])
    .inSingletonScope();
  bind(port<KsefLimitsReader>(PORTS.ksefLimits))
    .toResolvedValue((made: KsefCalls) => new HttpKsefLimits(made), [callsToken])
    .inSingletonScope();
}

/** What is done in the name of a context. */
function bindInTheNameOf(
  { bind }: ContainerModuleLoadOptions,
  settings: KsefAdapterSettings,
  transport: Transport,
): void {
  const calls = callsToken;
  const publicKeys = publicKeysToken;
  bind(port<InteractiveSessions>(PORTS.interactiveSessions))
    .toResolvedValue(
      (made: KsefCalls, keys: KsefPublicKeys) => new HttpInteractiveSessions(made, keys, settings),
      [calls, publicKeys],
    )
    .inSingletonScope();
  bind(port<BatchSessions>(PORTS.batchSessions))
    .toResolvedValue(
      (made: KsefCalls, keys: KsefPublicKeys, secretBox: SecretBox) =>
        new HttpBatchSessions(made, keys, secretBox, new PartUpload(storageTransport(settings), settings)),
      [calls, publicKeys, port<SecretBox>(PORTS.secretBox)],
    )
    .inSingletonScope();
  bind(port<BatchPackager>(PORTS.batchPackager))
    .toResolvedValue(
      (secretBox: SecretBox, keys: KsefPublicKeys) =>
        new SpoolBatchPackager(
          ARCHIVE_FORMATS[settings.compression],
          secretBox,
          (sessionKey) => keys.wrap(sessionKey),
          {
            spoolDirectory: settings.spoolDirectory,
            limits: { ...BATCH_LIMITS, partBytes: settings.partBytes },
          },
        ),
      [port<SecretBox>(PORTS.secretBox), publicKeys],
    )
    .inSingletonScope();
  bind(port<KsefCertificates>(PORTS.ksefCertificates))
    .toResolvedValue((made: KsefCalls) => new HttpKsefCertificates(made), [calls])
    .inSingletonScope();
  bind(port<SessionReader>(PORTS.sessionReader))
    .toResolvedValue(
      (made: KsefCalls) => new HttpSessionReader(made, new UpoDownload(transport, settings), settings.log),
      [calls],
    )
    .inSingletonScope();
}

/** Connections to where KSeF sends us: to public addresses only, but for a simulator on this machine (S14). */
function storageTransport(settings: KsefAdapterSettings): Transport {
  const known = [...settings.storageOrigins].map((origin) => new URL(origin)).filter(isLoopback);
  return new Transport({ ...settings, lookup: publicAddressesOnly(new Set(known.map(({ hostname }) => hostname))) });
}
