/** Kinds of login context (OpenAPI, auth schema 2.1). */
export const CONTEXT_TYPES = ['Nip', 'InternalId', 'NipVatUe', 'PeppolId'] as const;
export type ContextType = (typeof CONTEXT_TYPES)[number];

/** In whose name a login acts. */
export interface ContextIdentifier {
  readonly type: ContextType;
  readonly value: string;
}

/** Who signed a login. */
export interface SubjectIdentifier {
  readonly type: 'Nip' | 'Pesel' | 'Fingerprint';
  readonly value: string;
}

/** One key per context, for maps. */
export function contextKey({ type, value }: ContextIdentifier): string {
  return `${type}:${value}`;
}

/** The NIP a context belongs to; a Peppol provider has none. */
export function contextNip({ type, value }: ContextIdentifier): string | undefined {
  return type === 'PeppolId' ? undefined : value.slice(0, 10);
}
