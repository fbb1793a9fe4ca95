import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import type { DocumentLanguage } from '../visualization/document-renderer.port.js';
import type { EmailAddress } from './email-address.js';

/** How documents of one context go to buyers by e-mail. */
export interface EmailSettings {
  readonly context: ContextIdentifier;
  readonly sender: EmailAddress;
  /** Beside the address. */
  readonly senderName?: string;
  readonly replyTo?: EmailAddress;
  readonly language: DocumentLanguage;
  /** `automatic`: what is owed goes by itself, and again with the KSeF number; `on-demand`: only what is asked for. */
  readonly sending: 'automatic' | 'on-demand';
  /** Whether transaction confirmations, which nobody owes, go by themselves as well. */
  readonly confirmations: boolean;
  readonly changedAt: Instant;
  readonly changedBy: string;
}

/** Of one tenant: one for each context that has any. */
export interface EmailSettingsBook {
  of(context: ContextIdentifier): Promise<EmailSettings | undefined>;
  all(): Promise<readonly EmailSettings[]>;
  put(settings: EmailSettings): Promise<void>;
}
