/**
 * What a caller may be allowed to do; each route of the API names the one it needs (reliability S4).
 *
 * - `read` what is issued, waits, was sent; `issue` new invoices
 * - `resend` decide on sending: send now, resume, settle, second delivery
 * - `correct` ask for or approve a technical correction
 * - `keys` import, enrol, retire and revoke certificates
 * - `audit` read the audit trail and export evidence
 * - `administer` contexts, API keys, webhooks, policies, rehearsals of one tenant
 * - `platform` tenants themselves; gives no access to their data
 */
export const PERMISSIONS = ['read', 'issue', 'resend', 'correct', 'keys', 'audit', 'administer', 'platform'] as const;

export type Permission = (typeof PERMISSIONS)[number];
