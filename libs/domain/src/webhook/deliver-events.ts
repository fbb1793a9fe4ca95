import { SecretBoxError, type SecretBox } from '../certificate/secret-box.port.js';
import { eventId, publicEvent } from '../event/public-event.js';
import type { Clock } from '../shared/clock.port.js';
import type { StopSignal } from '../shared/job-source.port.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { disableWebhook } from './disable-webhook.js';
import { restSeconds, retryDelaySeconds } from './retry-delay.js';
import type { ClaimedDelivery, DeliveryFailure } from './webhook-deliveries.port.js';
import { webhookSecretLabel } from './webhook-repository.port.js';
import type { WebhookAnswer, WebhookSender } from './webhook-sender.port.js';
import type { DisablingCause, EnabledWebhook, WebhookId } from './webhook.js';

/** Sent side by side to one receiver. */
const AT_A_TIME = 8;
/** In one pass; then other receivers have their turn. */
const MOST_ROUNDS = 25;
/** Longer than any attempt, with what is written after it. */
const LEASE_SECONDS = 60;
/** Until somebody looks again whether the secret can be opened. */
const SEALED_REST_SECONDS = 30;
const GONE = 410;

export interface DeliverySettings {
  /** Of this process, in leases. */
  readonly processName: string;
  /** A receiver that took nothing for so long is disabled. */
  readonly disableAfterSeconds: number;
  /** From 0 inclusive to 1 exclusive. */
  readonly random: () => number;
}

/** `sealed`: the secret cannot be opened without its key-encryption key; everything waits, nothing is lost. */
export interface DeliveryTally {
  readonly delivered: number;
  readonly failed: number;
  readonly unknown: number;
  readonly stopped?: 'sealed' | DisablingCause;
}

/**
 * Delivers what waits for one webhook: at least once, and of one subject in order. That an attempt is made is stored before
 * the call; one whose end nobody saw is made again with the same id, by which the receiver knows it (docs/adr/0031).
 */
export class DeliverEvents {
  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly sender: WebhookSender;
      readonly secretBox: SecretBox;
      readonly clock: Clock;
    },
    private readonly settings: DeliverySettings,
  ) {}

  async execute(tenant: TenantId, id: WebhookId, stop: StopSignal = { aborted: false }): Promise<DeliveryTally> {
    const tally = { delivered: 0, failed: 0, unknown: 0 };
    const secrets = await this.openSecrets(tenant, id);
    if (secrets === 'sealed') return { ...tally, stopped: 'sealed' };
    for (let round = 0; round < MOST_ROUNDS && !stop.aborted; round++) {
      const { webhook, claimed } = await this.claim(tenant, id);
      if (webhook === undefined || claimed.length === 0) break;
      const ends = await Promise.all(claimed.map((each) => this.deliver(tenant, webhook, each, secrets)));
      for (const end of ends) if (end !== 'lost') tally[end.result] += 1;
      const cause = ends.map((end) => (end === 'lost' ? undefined : end.disable)).find((each) => each !== undefined);
      if (cause !== undefined) {
        await this.disable(tenant, id, cause);
        return { ...tally, stopped: cause };
      }
    }
    return tally;
  }

  /** Before anything is claimed: what cannot be signed is no attempt. */
  private async openSecrets(tenant: TenantId, id: WebhookId): Promise<readonly Uint8Array[] | 'sealed'> {
    const { unitOfWork, secretBox } = this.ports;
    const sealed = await unitOfWork.inTenant(tenant, ({ webhooks }) => webhooks.secrets(id));
    try {
      return await Promise.all(sealed.map((each) => secretBox.open(each.box, webhookSecretLabel(tenant, each.id))));
    } catch (error) {
      if (!(error instanceof SecretBoxError)) throw error;
      await unitOfWork.inTenant(tenant, (stores) => stores.webhookDeliveries.rest(id, SEALED_REST_SECONDS));
      return 'sealed';
    }
  }

  private claim(
    tenant: TenantId,
    id: WebhookId,
  ): Promise<{ readonly webhook: EnabledWebhook | undefined; readonly claimed: readonly ClaimedDelivery[] }> {
    const by = { owner: this.settings.processName, leaseSeconds: LEASE_SECONDS };
    return this.ports.unitOfWork.inTenant(tenant, async ({ webhooks, webhookDeliveries }) => {
      const webhook = await webhooks.find(id);
      if (webhook?.state !== 'enabled') return { webhook: undefined, claimed: [] };
      return { webhook, claimed: await webhookDeliveries.claim(id, by, AT_A_TIME) };
    });
  }

  private async deliver(
    tenant: TenantId,
    { url }: EnabledWebhook,
    claimed: ClaimedDelivery,
    secrets: readonly Uint8Array[],
  ): Promise<End | 'lost'> {
    const { sender, clock, unitOfWork } = this.ports;
    const { event } = claimed;
    const body = JSON.stringify(publicEvent(tenant, event));
    const answer = await sender.send({ url, id: eventId(tenant, event.sequence), at: clock.now(), body, secrets });
    return unitOfWork.inTenant(tenant, (stores) =>
      answer.kind === 'taken' ? this.taken(stores, claimed) : this.notTaken(stores, claimed, answer),
    );
  }

  private async taken({ webhookDeliveries }: TenantStores, claimed: ClaimedDelivery): Promise<End | 'lost'> {
    return (await webhookDeliveries.delivered(claimed)) ? { result: 'delivered' } : 'lost';
  }

  private async notTaken(
    { webhookDeliveries }: TenantStores,
    claimed: ClaimedDelivery,
    answer: NotTaken,
  ): Promise<End | 'lost'> {
    const failure = failureOf(answer);
    const asked = answer.kind === 'refused' ? answer.retryAfterSeconds : undefined;
    const delay = retryDelaySeconds(claimed.attempt, this.settings.random(), asked);
    const standing = await webhookDeliveries.failed(claimed, failure, delay);
    if (standing === undefined) return 'lost';
    const rest = restSeconds(standing.failuresInARow, asked);
    if (rest > 0) await webhookDeliveries.rest(claimed.webhookId, rest);
    if (failure.httpStatus === GONE) return { result: 'failed', disable: 'gone' };
    const hasFailedLong = standing.failingSeconds >= this.settings.disableAfterSeconds;
    return { result: failure.outcome, ...(hasFailedLong ? { disable: 'failing' } : {}) };
  }

  private disable(tenant: TenantId, id: WebhookId, cause: DisablingCause): Promise<void> {
    return this.ports.unitOfWork.inTenant(tenant, async (stores) => {
      const webhook = await stores.webhooks.find(id);
      // Another worker was first, or a person.
      if (webhook?.state !== 'enabled') return;
      await disableWebhook(stores, webhook, { cause, actor: 'worker', at: this.ports.clock.now() });
    });
  }
}

type NotTaken = Exclude<WebhookAnswer, { kind: 'taken' }>;

interface End {
  readonly result: 'delivered' | 'failed' | 'unknown';
  readonly disable?: DisablingCause;
}

function failureOf(answer: NotTaken): DeliveryFailure {
  if (answer.kind !== 'refused')
    return { outcome: answer.kind === 'unknown' ? 'unknown' : 'failed', cause: answer.cause };
  const { httpStatus } = answer;
  return { outcome: 'failed', cause: `HTTP ${String(httpStatus)}`, httpStatus };
}
