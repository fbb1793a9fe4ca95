import { PORTS, type WebhookSender } from '@latarnik/domain';
import { perverted, plant } from './perverting.js';

const EVERY = 5;
let sent = 0;

/** Every fifth event is noted as taken, and was never posted. */
export const latarnikModule = plant([
  [
    PORTS.webhookSender,
    (inner: WebhookSender) =>
      perverted(inner, {
        send: (send) => (message) => {
          sent += 1;
          return sent % EVERY === 0 ? Promise.resolve({ kind: 'taken' as const, httpStatus: 204 }) : send(message);
        },
      }),
  ],
]);
