import { contextKey, contextNip, type ContextIdentifier, type SubjectIdentifier } from './context.js';
import { AccessDenied } from './refusals.js';

export const PERMISSIONS = [
  'InvoiceRead',
  'InvoiceWrite',
  'Introspection',
  'CredentialsRead',
  'CredentialsManage',
  'EnforcementOperations',
  'SubunitManage',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Who acts, where, and within which bounds. */
export interface Actor {
  readonly context: ContextIdentifier;
  readonly subject: SubjectIdentifier;
  /** Undefined when nothing but the subject's own permissions bounds it. */
  readonly grants: readonly Permission[] | undefined;
}

/** Who may log in where, and which context may issue for which foreign seller. */
export class PermissionBook {
  readonly #grants = new Map<string, Set<Permission>>();
  readonly #issuers = new Set<string>();
  readonly #attachments = new Set<string>();

  /** Lets `subject` act in `context`. */
  grant(context: ContextIdentifier, subject: SubjectIdentifier, permissions: readonly Permission[]): void {
    const key = grantKey(context, subject);
    this.#grants.set(key, new Set([...(this.#grants.get(key) ?? []), ...permissions]));
  }

  revoke(context: ContextIdentifier, subject: SubjectIdentifier): void {
    this.#grants.delete(grantKey(context, subject));
  }

  /** Everything `subject` may do in `context`; the owner of the NIP may do all. */
  held(context: ContextIdentifier, subject: SubjectIdentifier): readonly Permission[] {
    if (subject.type === 'Nip' && subject.value === contextNip(context)) return PERMISSIONS;
    return [...(this.#grants.get(grantKey(context, subject)) ?? [])];
  }

  /** What a login may do: all its subject may, or what the KSeF token it came with allows of that. */
  heldBy({ context, subject, grants }: Actor): readonly Permission[] {
    const held = this.held(context, subject);
    return grants === undefined ? held : held.filter((permission) => grants.includes(permission));
  }

  /** @throws {AccessDenied} when the login may do none of `anyOf` */
  require(actor: Actor, anyOf: readonly Permission[]): void {
    const held = this.heldBy(actor);
    if (anyOf.some((permission) => held.includes(permission))) return;
    throw new AccessDenied('missing-permissions', {
      requiredAnyOfPermissions: anyOf,
      presentPermissions: held,
    });
  }

  /** Lets a context issue for a seller that is not its own NIP (self-billing, tax representative). */
  allowIssuing(context: ContextIdentifier, sellerNip: string): void {
    this.#issuers.add(`${contextKey(context)}>${sellerNip}`);
  }

  forbidIssuing(context: ContextIdentifier, sellerNip: string): void {
    this.#issuers.delete(`${contextKey(context)}>${sellerNip}`);
  }

  /** Whether invoices of `sellerNip` may come from `context` (domain-rules 1.10). */
  mayIssue(context: ContextIdentifier, sellerNip: string): boolean {
    return contextNip(context) === sellerNip || this.#issuers.has(`${contextKey(context)}>${sellerNip}`);
  }

  allowAttachments(nip: string): void {
    this.#attachments.add(nip);
  }

  forbidAttachments(nip: string): void {
    this.#attachments.delete(nip);
  }

  mayAttach(nip: string): boolean {
    return this.#attachments.has(nip);
  }
}

function grantKey(context: ContextIdentifier, { type, value }: SubjectIdentifier): string {
  return `${contextKey(context)}<${type}:${value}`;
}
