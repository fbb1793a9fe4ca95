import type { WebhookSecretSource } from '@latarnik/domain';
import { randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

export class RandomWebhookSecrets implements WebhookSecretSource {
  next(): Uint8Array {
    return Uint8Array.from(randomBytes(SECRET_BYTES));
  }
}
