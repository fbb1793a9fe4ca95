import {
  type Authorization,
  BATCH_LIMITS,
  type BatchPackager,
  type BatchSessions,
  type Clock,
  type InteractiveSessions,
  type KsefCertificates,
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
import { HttpBatchSessions } from './http/http-batch-sessions.js';
import { HttpInteractiveSessions } from './http/http-interactive-sessions.js';
import { HttpKsefCertificates } from './http/http-ksef-certificates.js';
import { HttpKsefProbe } from './http/http-ksef-probe.js';
import { HttpLatarnia } from './http/http-latarnia.js';
import { HttpNeutralAddresses } from './http/http-neutral-addresses.js';
import { HttpSessionReader } from './http/http-session-reader.js';
import { FileKeptLogins, type KeptLogins, NO_KEPT_LOGINS } from './http/kept-logins.js';
import { KsefApi } from './http/ksef-api.js';
import { KsefCalls } from './http/ksef-calls.js';
import { LoginAttempts } from './http/login-attempts.js';
import { PartUpload } from './http/part-upload.js';
import { TrafficMeter } from './http/traffic-meter.js';
import { Transport } from './http/transport.js';
import { UpoDownload } from './http/upo-download.js';
import { XadesLogin } from './http/xades-login.js';
import { type KsefAdapterOptions, type KsefAdapterSettings, parseKsefAdapterOptions } from './ksef-adapter-options.js';
import { SpoolBatchPackager } from './package/spool-batch-packager.js';
import { tarGz } from './package/tar-gz.js';

const port = <T>(token: symbol): ServiceIdentifier<T> => token;
const own = <T>(name: string): ServiceIdentifier<T> => Symbol(`ksef-adapter/${name}`);

const publicKeys = own<KsefPublicKeys>('KsefPublicKeys');

/**
 * Provides PORTS.interactiveSessions, batchSessions, sessionReader, ksefCertificates, batchPackager, authorization,
 * ksefTraffic, ksefProbe, neutralAddresses and latarnia. Requires PORTS.loginSigner, loginCertificates, secretBox and clock
 * from the composition root. One container shares one login per tenant and context, one meter of calls and one pool of
 * connections; the probe, neutral addresses and Latarnia have connections of their own and are not metered.
 * @throws when the options cannot work
 */
export function ksefAdapterModule(options: KsefAdapterOptions): ContainerModule {
  const settings = parseKsefAdapterOptions(options);
  const transport = new Transport(settings);
  const meter = new TrafficMeter();
  const api = new KsefApi(transport, { ...settings, meter });
  return new ContainerModule((load) => {
    bindPublic(load, settings);
    bindInTheNameOf(load, settings, transport, api);
    bindPackager(load, settings);
    load.bind(port<KsefTraffic>(PORTS.ksefTraffic)).toConstantValue(meter);
  });
}

/** What needs no login. */
function bindPublic({ bind }: ContainerModuleLoadOptions, settings: KsefAdapterSettings): void {
  const { probeTimeoutMs } = settings;
  // Connections of its own: calls that hang and hold every connection must not make KSeF look unreachable.
  const transport = new Transport({ connectTimeoutMs: probeTimeoutMs });
  const api = new KsefApi(transport, { ...settings, callTimeoutMs: probeTimeoutMs });
  bind(port<KsefProbe>(PORTS.ksefProbe)).toConstantValue(new HttpKsefProbe(api));
  bind(port<NeutralAddresses>(PORTS.neutralAddresses)).toConstantValue(new HttpNeutralAddresses(transport, settings));
  bind(port<Latarnia>(PORTS.latarnia))
    .toResolvedValue((clock: Clock) => new HttpLatarnia(transport, clock, settings), [port<Clock>(PORTS.clock)])
    .inSingletonScope();
}

function keptLogins({ keptLogins: kept, log }: KsefAdapterSettings): KeptLogins {
  return kept === undefined ? NO_KEPT_LOGINS : new FileKeptLogins({ ...kept, log });
}

/** What is packed is wrapped for KSeF with the key that its sessions open with. */
function bindPackager({ bind }: ContainerModuleLoadOptions, settings: KsefAdapterSettings): void {
  bind(port<BatchPackager>(PORTS.batchPackager))
    .toResolvedValue(
      (secretBox: SecretBox, keys: KsefPublicKeys) =>
        new SpoolBatchPackager(tarGz, secretBox, (sessionKey) => keys.wrap(sessionKey), {
          spoolDirectory: settings.spoolDirectory,
          limits: { ...BATCH_LIMITS, partBytes: settings.partBytes },
        }),
      [port<SecretBox>(PORTS.secretBox), publicKeys],
    )
    .inSingletonScope();
}

/** What is done in the name of a context. */
function bindInTheNameOf(
  { bind }: ContainerModuleLoadOptions,
  settings: KsefAdapterSettings,
  transport: Transport,
  api: KsefApi,
): void {
  const calls = own<KsefCalls>('KsefCalls');
  const tokens = own<AccessTokens>('AccessTokens');
  bind(tokens)
    .toResolvedValue(
      (certificates: LoginCertificates, signer: LoginSigner, clock: Clock) =>
        new AccessTokens(
          api,
          new XadesLogin(api, certificates, signer, settings),
          clock,
          keptLogins(settings),
          settings,
        ),
      [
        port<LoginCertificates>(PORTS.loginCertificates),
        port<LoginSigner>(PORTS.loginSigner),
        port<Clock>(PORTS.clock),
      ],
    )
    .inSingletonScope();
  bind(calls)
    .toResolvedValue((held: AccessTokens) => new KsefCalls(api, held), [tokens])
    .inSingletonScope();
  bind(port<Authorization>(PORTS.authorization))
    .toResolvedValue(
      (held: AccessTokens, clock: Clock) => new LoginAttempts(held, clock),
      [tokens, port<Clock>(PORTS.clock)],
    )
    .inSingletonScope();
  bind(publicKeys)
    .toResolvedValue((clock: Clock) => new KsefPublicKeys(api, clock, settings), [port<Clock>(PORTS.clock)])
    .inSingletonScope();
  bind(port<InteractiveSessions>(PORTS.interactiveSessions))
    .toResolvedValue(
      (made: KsefCalls, keys: KsefPublicKeys) => new HttpInteractiveSessions(made, keys, settings),
      [calls, publicKeys],
    )
    .inSingletonScope();
  bind(port<BatchSessions>(PORTS.batchSessions))
    .toResolvedValue(
      (made: KsefCalls, keys: KsefPublicKeys, secretBox: SecretBox) =>
        new HttpBatchSessions(made, keys, secretBox, new PartUpload(transport, settings)),
      [calls, publicKeys, port<SecretBox>(PORTS.secretBox)],
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
