import { SecretBoxError, type SecretBox } from '../../certificate/secret-box.port.js';
import type { OutboxEvent } from '../../event/outbox.port.js';
import type { PublicEvent } from '../../event/public-event.js';
import { err, ok, type Result } from '../../shared/result.js';
import { MONDAY_11, TENANT } from '../../testing/builders.js';
import { CountingIds } from '../../testing/counting-ids.js';
import { FixedClock } from '../../testing/fixed-clock.js';
import { InMemoryDatabase } from '../../testing/in-memory-database.js';
import { ChangeWebhook } from '../change-webhook.js';
import { DeliverEvents } from '../deliver-events.js';
import { FanOutEvents } from '../fan-out-events.js';
import { RegisterWebhook } from '../register-webhook.js';
import type { WebhookAnswer, WebhookMessage, WebhookSender, WebhookUrlRefusal } from '../webhook-sender.port.js';
import type { WebhookId } from '../webhook.js';

export const TAKEN: WebhookAnswer = { kind: 'taken', httpStatus: 204 };

/** Bound to its label, as the real one is; without its key nothing opens. */
class LabelledBox implements SecretBox {
  hasKey = true;

  seal(secret: Uint8Array, label: string): Promise<Uint8Array> {
    if (!this.hasKey) return Promise.reject(new SecretBoxError('no key'));
    return Promise.resolve(new TextEncoder().encode(`${label}|${[...secret].join()}`));
  }

  open(box: Uint8Array, label: string): Promise<Uint8Array> {
    const [own, bytes = ''] = new TextDecoder().decode(box).split('|');
    if (!this.hasKey || own !== label) return Promise.reject(new SecretBoxError('no key, or another label'));
    return Promise.resolve(Uint8Array.from(bytes.split(',').map(Number)));
  }
}

/** Answers as a test says, and keeps what it was sent. */
class ScriptedReceiver implements WebhookSender {
  messages: readonly WebhookMessage[] = [];
  refusal: WebhookUrlRefusal | undefined;
  answer: (event: PublicEvent, message: WebhookMessage) => WebhookAnswer | Promise<WebhookAnswer> = () => TAKEN;

  examine(): Promise<Result<void, WebhookUrlRefusal>> {
    return Promise.resolve(this.refusal === undefined ? ok(undefined) : err(this.refusal));
  }

  async send(message: WebhookMessage): Promise<WebhookAnswer> {
    this.messages = [...this.messages, message];
    return this.answer(JSON.parse(message.body) as PublicEvent, message);
  }
}

/** A tenant with receivers of events, and a clock. */
export class WebhookWorld {
  readonly clock = new FixedClock(MONDAY_11);
  readonly database = new InMemoryDatabase(this.clock);
  readonly secretBox = new LabelledBox();
  readonly receiver = new ScriptedReceiver();
  #secrets = 0;
  readonly #ports = {
    unitOfWork: this.database,
    sender: this.receiver,
    secretBox: this.secretBox,
    secretSource: { next: () => new Uint8Array(32).fill(++this.#secrets) },
    clock: this.clock,
    ids: new CountingIds(),
  };
  readonly register = new RegisterWebhook(this.#ports);
  readonly change = new ChangeWebhook(this.#ports);

  worker(processName = 'worker-1'): DeliverEvents {
    return new DeliverEvents(this.#ports, { processName, disableAfterSeconds: 5 * 86_400, random: () => 0 });
  }

  async webhook(filter: readonly string[] = []): Promise<WebhookId> {
    const claim = { key: `key-${String(this.database.webhooks.rows.length)}`, fingerprint: 'print' };
    const request = { tenant: TENANT, actor: 'api-key:k', claim, url: 'https://erp.example/hook?token=t', filter };
    const registered = await this.register.execute({ ...request, description: 'ERP' });
    if (!registered.ok) throw new Error(registered.error.code);
    return registered.value.webhook.id;
  }

  async happened(...subjects: readonly string[]): Promise<void> {
    const at = this.clock.now();
    const events = subjects.map((subject): OutboxEvent => ({ at, type: 'invoice.accepted', subject, facts: {} }));
    await this.database.inTenant(TENANT, ({ outbox }) => outbox.append(events));
  }

  /** One round of a worker: new events, then this webhook. */
  async deliver(id: WebhookId, worker = this.worker()) {
    await new FanOutEvents(this.database).execute(TENANT);
    return worker.execute(TENANT, id);
  }

  get sent(): readonly string[] {
    return this.receiver.messages.map(
      ({ id, body }) => `${(JSON.parse(body) as PublicEvent).subject}${id.slice(id.lastIndexOf('_'))}`,
    );
  }
}
