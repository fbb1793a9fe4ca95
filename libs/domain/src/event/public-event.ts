import type { Brand } from '../shared/brand.js';
import type { TenantId } from '../tenant/tenant.js';
import type { OutboxEvent } from './outbox.port.js';

/**
 * Place of an event in the order of its tenant, from 1 without gaps, in the order in which it can be read. Of one subject
 * that is the order of the changes (docs/adr/0030).
 */
export type EventSequence = Brand<bigint, 'EventSequence'>;

export const BEFORE_ALL_EVENTS = 0n as EventSequence;

/** An event that has its place. */
export interface SequencedEvent extends OutboxEvent {
  readonly sequence: EventSequence;
}

/** What everybody outside gets, in the stream and by webhook alike (docs/events.md). */
export interface PublicEvent {
  /** Unique in this installation and the same at every delivery: a receiver keeps it to know a repetition. */
  readonly id: string;
  readonly type: string;
  /** When it happened, UTC. */
  readonly at: string;
  /** What it is about: the id of an invoice, a batch, a certificate, a webhook, or a context. */
  readonly subject: string;
  readonly data: OutboxEvent['facts'];
}

export function publicEvent(tenant: TenantId, { sequence, at, type, subject, facts }: SequencedEvent): PublicEvent {
  return { id: eventId(tenant, sequence), type, at: at.toString(), subject, data: facts };
}

/** `evt_<12 hexadecimal digits of the tenant>_<place>`; to others it is opaque. */
export function eventId(tenant: TenantId, sequence: EventSequence): string {
  return `${prefixOf(tenant)}${String(sequence)}`;
}

/** Place 0 is before all events. @returns `undefined` for what is no id of an event of this tenant */
export function parseEventId(tenant: TenantId, id: string): EventSequence | undefined {
  const prefix = prefixOf(tenant);
  const place = id.startsWith(prefix) ? id.slice(prefix.length) : '';
  return /^(?:0|[1-9]\d{0,17})$/.test(place) ? (BigInt(place) as EventSequence) : undefined;
}

/** The last digits of a UUID of version 7 are random. */
const prefixOf = (tenant: TenantId): string => `evt_${tenant.slice(-12)}_`;
