import {
  Temporal,
  type ContextIdentifier,
  type DocumentLanguage,
  type EmailAddress,
  type EmailSettings,
  type EmailSettingsBook,
  type TenantId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import type { Transaction } from '../database/transactions.js';

export class TypeormEmailSettings implements EmailSettingsBook {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async of({ type, value }: ContextIdentifier): Promise<EmailSettings | undefined> {
    const where = 'AND context_type = $2 AND context_value = $3';
    const { rows } = await this.transaction.sql<SettingsRow>(`${SELECT} ${where}`, [this.tenant, type, value]);
    return rows[0] && toSettings(rows[0]);
  }

  async all(): Promise<readonly EmailSettings[]> {
    const { rows } = await this.transaction.sql<SettingsRow>(`${SELECT} ORDER BY 1, 2`, [this.tenant]);
    return rows.map(toSettings);
  }

  async put(settings: EmailSettings): Promise<void> {
    const { context, sender, senderName, replyTo, language, sending, confirmations, changedAt, changedBy } = settings;
    await this.transaction.sql(PUT, [
      ...[this.tenant, context.type, context.value, sender, senderName ?? null, replyTo ?? null, language, sending],
      ...[confirmations, instantText(changedAt), changedBy],
    ]);
  }
}

interface SettingsRow {
  readonly context_type: string;
  readonly context_value: string;
  readonly sender: string;
  readonly sender_name: string | null;
  readonly reply_to: string | null;
  readonly language: DocumentLanguage;
  readonly sending: EmailSettings['sending'];
  readonly confirmations: boolean;
  readonly changed_at: string;
  readonly changed_by: string;
}

function toSettings(row: SettingsRow): EmailSettings {
  return {
    context: { type: row.context_type, value: row.context_value } as ContextIdentifier,
    sender: row.sender as EmailAddress,
    ...(row.sender_name === null ? {} : { senderName: row.sender_name }),
    ...(row.reply_to === null ? {} : { replyTo: row.reply_to as EmailAddress }),
    language: row.language,
    sending: row.sending,
    confirmations: row.confirmations,
    changedAt: Temporal.Instant.from(row.changed_at),
    changedBy: row.changed_by,
  };
}

const SELECT = `
  SELECT context_type, context_value, sender, sender_name, reply_to, language, sending, confirmations,
    changed_at::text, changed_by
  FROM email_settings WHERE tenant_id = $1`;

const PUT = `
  INSERT INTO email_settings (tenant_id, context_type, context_value, sender, sender_name, reply_to, language, sending,
    confirmations, changed_at, changed_by)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (tenant_id, context_type, context_value) DO UPDATE SET
    sender = excluded.sender, sender_name = excluded.sender_name, reply_to = excluded.reply_to,
    language = excluded.language, sending = excluded.sending, confirmations = excluded.confirmations,
    changed_at = excluded.changed_at, changed_by = excluded.changed_by`;
