import type { Email, EmailSettings } from '@latarnik/domain';
import { z } from 'zod';

export const EmailView = z.object({
  id: z.uuid(),
  invoiceId: z.uuid(),
  state: z
    .enum(['pending', 'preparing', 'sending', 'delivered', 'unknown', 'failed', 'withdrawn'])
    .describe('unknown: it may have left; a person decides. failed: for good, until a person wants it again'),
  recipient: z.string(),
  language: z.enum(['pl', 'en']),
  cause: z.enum(['automatic', 'demand']),
  requestedAt: z.iso.datetime(),
  requestedBy: z.string(),
  attempts: z.int(),
  nextAttemptAt: z.iso.datetime().nullable(),
  document: z.string().nullable().describe('what left, or may have'),
  sha256: z.string().nullable().describe('of the attached PDF, Base64'),
  deliveredAt: z.iso.datetime().nullable(),
  failure: z.object({ cause: z.string(), smtpStatus: z.int().nullable() }).nullable(),
  reason: z.string().nullable().describe('why it was withdrawn'),
});
export type EmailView = z.infer<typeof EmailView>;
export const EmailList = z.object({ items: z.array(EmailView) });

export function emailView(email: Email): EmailView {
  const { id, invoiceId, state, recipient, language, cause, requestedAt, requestedBy, attempts } = email;
  const file = 'file' in email ? email.file : undefined;
  return {
    ...{ id, invoiceId, state, recipient, language, cause, requestedBy, attempts },
    requestedAt: requestedAt.toString(),
    nextAttemptAt: email.state === 'pending' ? email.nextAttemptAt.toString() : null,
    document: file?.document ?? null,
    sha256: file?.sha256 ?? null,
    deliveredAt: email.state === 'delivered' ? email.deliveredAt.toString() : null,
    failure: failureView(email),
    reason: email.state === 'withdrawn' ? email.reason : null,
  };
}

function failureView(email: Email): EmailView['failure'] {
  const failure = 'failure' in email ? email.failure : email.state === 'pending' ? email.lastFailure : undefined;
  return failure === undefined ? null : { cause: failure.cause, smtpStatus: failure.smtpStatus ?? null };
}

export const EmailSettingsView = z.object({
  context: z.object({ type: z.string(), value: z.string() }),
  sender: z.string(),
  senderName: z.string().nullable(),
  replyTo: z.string().nullable(),
  language: z.enum(['pl', 'en']),
  sending: z.enum(['automatic', 'on-demand']),
  confirmations: z.boolean(),
  changedAt: z.iso.datetime(),
  changedBy: z.string(),
});
export const EmailSettingsList = z.object({
  configured: z.boolean().describe('whether this installation has a mail system'),
  items: z.array(EmailSettingsView),
});

export function emailSettingsView(settings: EmailSettings): z.infer<typeof EmailSettingsView> {
  const { context, sender, language, sending, confirmations, changedAt, changedBy } = settings;
  return {
    context: { type: context.type, value: context.value },
    ...{ sender, language, sending, confirmations, changedBy },
    senderName: settings.senderName ?? null,
    replyTo: settings.replyTo ?? null,
    changedAt: changedAt.toString(),
  };
}
