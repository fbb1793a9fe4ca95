import { ConcurrentUpdateError } from '../../batch/batch-repository.port.js';
import type { IdempotencyClaim } from '../../invoice/idempotency.port.js';
import type { Clock } from '../../shared/clock.port.js';
import type { SealedWebhookSecret, WebhookRepository } from '../webhook-repository.port.js';
import {
  WEBHOOK_TRANSITIONS,
  type DeletedWebhook,
  type EnabledWebhook,
  type LiveWebhook,
  type Webhook,
  type WebhookId,
} from '../webhook.js';

interface Row {
  readonly webhook: Webhook;
  readonly claim: IdempotencyClaim;
  readonly secrets: readonly (SealedWebhookSecret & { readonly untilMs?: number })[];
}

/** Holds every save to the version and to the lifecycle. */
export class InMemoryWebhooks implements WebhookRepository {
  rows: readonly Row[] = [];

  constructor(private readonly clock: Clock) {}

  savepoint(): () => void {
    const { rows } = this;
    return () => (this.rows = rows);
  }

  add(webhook: EnabledWebhook, secret: SealedWebhookSecret, claim: IdempotencyClaim): Promise<boolean> {
    if (this.rows.some((row) => row.claim.key === claim.key)) return Promise.resolve(false);
    this.rows = [...this.rows, { webhook, claim, secrets: [secret] }];
    return Promise.resolve(true);
  }

  findByKey(key: string) {
    const row = this.rows.find(({ claim }) => claim.key === key);
    return Promise.resolve(row && { webhook: row.webhook, fingerprint: row.claim.fingerprint });
  }

  async find(id: WebhookId): Promise<LiveWebhook | undefined> {
    return (await this.all()).find((webhook) => webhook.id === id);
  }

  all(): Promise<readonly LiveWebhook[]> {
    return Promise.resolve(this.rows.map(({ webhook }) => webhook).filter((each) => each.state !== 'deleted'));
  }

  save(webhook: LiveWebhook): Promise<void> {
    this.replace(webhook, (row) => row.secrets);
    return Promise.resolve();
  }

  remove(webhook: DeletedWebhook): Promise<void> {
    this.replace(webhook, () => []);
    return Promise.resolve();
  }

  secrets(id: WebhookId): Promise<readonly SealedWebhookSecret[]> {
    const now = this.clock.now().epochMilliseconds;
    const live = this.row(id)?.secrets.filter(({ untilMs }) => untilMs === undefined || untilMs > now) ?? [];
    return Promise.resolve(live.map(({ id: secretId, box }) => ({ id: secretId, box })).reverse());
  }

  addSecret(id: WebhookId, secret: SealedWebhookSecret, overlapSeconds: number): Promise<void> {
    const untilMs = this.clock.now().epochMilliseconds + overlapSeconds * 1000;
    this.rows = this.rows.map((row) =>
      row.webhook.id === id
        ? { ...row, secrets: [...row.secrets.slice(-2).map((each) => ({ untilMs, ...each })), secret] }
        : row,
    );
    return Promise.resolve();
  }

  private row(id: WebhookId): Row | undefined {
    return this.rows.find(({ webhook }) => webhook.id === id);
  }

  private replace(next: Webhook, secretsOf: (row: Row) => Row['secrets']): void {
    const row = this.row(next.id);
    if (row?.webhook.version !== next.version) throw new ConcurrentUpdateError(`webhook ${next.id}`);
    const from = row.webhook.state;
    const to: readonly Webhook['state'][] = WEBHOOK_TRANSITIONS[from];
    if (from !== next.state && !to.includes(next.state)) throw new Error(`${from} to ${next.state}`);
    this.rows = this.rows.map((each) =>
      each === row ? { ...each, webhook: { ...next, version: next.version + 1 }, secrets: secretsOf(each) } : each,
    );
  }
}
