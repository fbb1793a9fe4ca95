import {
  ChangeWebhook,
  DeliverEvents,
  FanOutEvents,
  PORTS,
  PruneEvents,
  ReadEvents,
  RegisterWebhook,
  type Clock,
  type IdSource,
  type SecretBox,
  type UnitOfWork,
  type WebhookSecretSource,
  type WebhookSender,
} from '@latarnik/domain';
import { webhooksModule } from '@latarnik/webhooks';
import type { Container, ContainerModule } from 'inversify';

/** What is told to the outside: the stream of events, and webhooks. */
export interface EventUseCases {
  readonly readEvents: ReadEvents;
  readonly pruneEvents: PruneEvents;
  readonly registerWebhook: RegisterWebhook;
  readonly changeWebhook: ChangeWebhook;
  /** For a worker: new events, then what is due for one webhook. */
  readonly fanOutEvents: FanOutEvents;
  readonly deliverEvents: DeliverEvents;
}

export interface EventConfiguration {
  /** Events older than that go, once every webhook has had them. */
  readonly eventDays: number;
  /** For one delivery to a webhook. */
  readonly webhookTimeoutSeconds: number;
  /** A webhook that took nothing for so long is disabled. */
  readonly webhookDisableHours: number;
  /** Webhooks on this machine, also by http: for tests and demonstrations, never on production. */
  readonly webhookLoopback: boolean;
}

/** The part of a reader of variables that is needed here. */
interface Reader {
  integer(name: string, fallback: number, least: number, most: number): number;
  oneOf<const T extends string>(name: string, allowed: readonly T[], fallback?: T): T;
  refuse(problem: string): void;
}

/** The lease of a delivery (60 s) outlasts the longest attempt. */
const LONGEST_TIMEOUT_SECONDS = 30;

export function readEventConfiguration(reader: Reader, environment: string | undefined): EventConfiguration {
  const name = 'LATARNIK_WEBHOOK_LOOPBACK';
  const webhookLoopback = reader.oneOf(name, ['allowed', 'refused'], 'refused') === 'allowed';
  if (webhookLoopback && environment === 'production') reader.refuse(`${name} must not be allowed on production`);
  return {
    eventDays: reader.integer('LATARNIK_EVENT_DAYS', 30, 1, 3650),
    webhookTimeoutSeconds: reader.integer('LATARNIK_WEBHOOK_TIMEOUT_SECONDS', 10, 1, LONGEST_TIMEOUT_SECONDS),
    webhookDisableHours: reader.integer('LATARNIK_WEBHOOK_DISABLE_HOURS', 120, 1, 720),
    webhookLoopback,
  };
}

export const webhooksFrom = ({ webhookTimeoutSeconds, webhookLoopback }: EventConfiguration): ContainerModule =>
  webhooksModule({ timeoutMs: webhookTimeoutSeconds * 1000, allowLoopback: webhookLoopback });

export function buildEvents(
  container: Container,
  { processName, eventDays, webhookDisableHours }: EventConfiguration & { readonly processName: string },
): EventUseCases {
  const ports = {
    unitOfWork: container.get<UnitOfWork>(PORTS.unitOfWork),
    sender: container.get<WebhookSender>(PORTS.webhookSender),
    secretSource: container.get<WebhookSecretSource>(PORTS.webhookSecretSource),
    secretBox: container.get<SecretBox>(PORTS.secretBox),
    clock: container.get<Clock>(PORTS.clock),
    ids: container.get<IdSource>(PORTS.idSource),
  };
  const { unitOfWork } = ports;
  const disableAfterSeconds = webhookDisableHours * 3600;
  return {
    readEvents: new ReadEvents(unitOfWork),
    pruneEvents: new PruneEvents(unitOfWork, eventDays),
    registerWebhook: new RegisterWebhook(ports),
    changeWebhook: new ChangeWebhook(ports),
    fanOutEvents: new FanOutEvents(unitOfWork),
    deliverEvents: new DeliverEvents(ports, { processName, disableAfterSeconds, random: Math.random }),
  };
}
