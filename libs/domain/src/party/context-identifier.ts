import type { Brand } from '../shared/brand.js';
import { err, ok, type Result } from '../shared/result.js';
import { parseNip } from './nip.js';

/** The kinds of KSeF login context, spelled as the API and KOD II spell them (domain rules 3.3). */
export const CONTEXT_TYPES = ['Nip', 'InternalId', 'NipVatUe', 'PeppolId'] as const;
export type ContextType = (typeof CONTEXT_TYPES)[number];

/** The identifier in whose name we log in to KSeF; not always the seller (self-billing, VAT groups, branches). */
export interface ContextIdentifier {
  readonly type: ContextType;
  readonly value: ContextValue;
}
export type ContextValue = Brand<string, 'ContextValue'>;

export interface InvalidContext {
  readonly code: 'INVALID_CONTEXT';
}

/** NIP; NIP-5 digits; NIP-EU VAT number (2 letters and 2 to 12 signs); Peppol provider id (P, 2 letters, 6 digits). */
const SHAPES = {
  Nip: /^[0-9]{10}$/,
  InternalId: /^[0-9]{10}-[0-9]{5}$/,
  NipVatUe: /^[0-9]{10}-[A-Z]{2}[0-9A-Z+*]{2,12}$/,
  PeppolId: /^P[A-Z]{2}[0-9]{6}$/,
} as const satisfies Record<ContextType, RegExp>;

export function parseContextIdentifier(type: string, value: string): Result<ContextIdentifier, InvalidContext> {
  const known = CONTEXT_TYPES.find((candidate) => candidate === type);
  if (known === undefined || !SHAPES[known].test(value)) return err({ code: 'INVALID_CONTEXT' });
  if (known !== 'PeppolId' && !parseNip(value.slice(0, 10)).ok) return err({ code: 'INVALID_CONTEXT' });
  return ok({ type: known, value: value as ContextValue });
}

export function sameContext(a: ContextIdentifier, b: ContextIdentifier): boolean {
  return a.type === b.type && a.value === b.value;
}

/** `Nip:5265877635`: for logs, keys of maps and query parameters. */
export const contextLabel = ({ type, value }: ContextIdentifier): string => `${type}:${value}`;
