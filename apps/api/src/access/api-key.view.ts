import { contextLabel, isLive, TENANT_PERMISSIONS, type ApiKey, type Instant } from '@latarnik/domain';
import { z } from 'zod';
import { Moment, shortText } from '../http/fields.js';
import { isAddressRange } from './address.js';

/** What a key may do; `platform` is for no tenant's key. */
const Scope = z.enum(TENANT_PERMISSIONS);

const MOST_LIMITS = 100;

export const ApiKeyBody = z.strictObject({
  client: shortText(64).describe(
    'the program or team that uses it: a-z, 0-9, dot, dash, underscore. Two of its keys may live at a time, for rotation',
  ),
  scopes: z.array(Scope).min(1).describe('what it may do, and nothing else'),
  contexts: z
    .array(shortText(64))
    .min(1)
    .max(MOST_LIMITS)
    .optional()
    .describe('`Nip:5265877635`: the only contexts it may issue and read in; all of the tenant when absent'),
  ipRanges: z
    .array(shortText(64).refine(isAddressRange, 'must be an IPv4 or IPv6 address or CIDR range'))
    .min(1)
    .max(MOST_LIMITS)
    .optional()
    .describe('where it may be used from; anywhere when absent'),
  expiresAt: Moment.describe('its end: at most 365 days from now'),
});

export const ApiKeyView = z.object({
  id: z.string(),
  client: z.string(),
  scopes: z.array(z.string()),
  contexts: z.array(z.string()).nullable(),
  ipRanges: z.array(z.string()).nullable(),
  live: z.boolean(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  expiresAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable().describe('to the minute'),
});
export type ApiKeyView = z.infer<typeof ApiKeyView>;

export const MadeApiKeyView = ApiKeyView.extend({
  token: z.string().nullable().describe('the key itself, this once; null in the answer to a repeat'),
});

export const ApiKeyList = z.object({ items: z.array(ApiKeyView), next: z.string().nullable() });

export function apiKeyView(key: ApiKey, now: Instant): ApiKeyView {
  return {
    id: key.id,
    client: key.client,
    scopes: [...key.scopes],
    contexts: key.contexts?.map(contextLabel) ?? null,
    ipRanges: key.ipRanges === undefined ? null : [...key.ipRanges],
    live: isLive(key, now),
    createdAt: key.createdAt.toString(),
    createdBy: key.createdBy,
    expiresAt: key.expiresAt?.toString() ?? null,
    revokedAt: key.revokedAt?.toString() ?? null,
    lastUsedAt: key.lastUsedAt?.toString() ?? null,
  };
}
