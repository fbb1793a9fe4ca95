import { toBase64 } from '../shared/base64.js';

/** How a signing secret is written for a receiver (Standard Webhooks 1.0.0). */
export const webhookSecretText = (secret: Uint8Array): string => `whsec_${toBase64(secret)}`;
