import { warsawText } from '../calendar/warsaw-time.js';
import type { IssuingMode } from '../invoice/issuing-mode.js';
import type { Connection } from '../outage/connection.js';
import type { LatarniaState } from '../outage/latarnia.port.js';
import type { Outage } from '../outage/outage.js';
import { isStale } from '../outage/sending-gate.js';
import type { Instant } from '../shared/instant.js';

/** What the explanation goes by. */
export interface ModeFacts {
  readonly mode: IssuingMode;
  /** Why, where an announced outage decides or nothing stands against online. */
  readonly reason: string;
  readonly connection: Connection | undefined;
  /** Announced and in force, also those nobody may rely on yet. */
  readonly inForce: readonly Outage[];
  /** Those that decide (see `reliableOutages`). */
  readonly relied: readonly Outage[];
}

/**
 * Why an invoice issued now would get its mode, for an accountant: what is announced, how KSeF and our own network look,
 * and what to check by hand.
 */
export function explainMode(now: Instant, facts: ModeFacts): string {
  const { mode, reason, connection, inForce, relied } = facts;
  const latarnia = latarniaNow(now, connection);
  const sentences = [
    ...(mode === 'offline24' ? whyOffline24(now, connection, announcedInWords(inForce, latarnia)) : [reason]),
    ...inForce.filter((outage) => !relied.some((other) => isSameEvent(outage, other))).map(unconfirmed),
    ...(inForce.length === 0 ? checkByHand(latarnia) : []),
  ];
  return sentences.join(' ');
}

/** Those that decide are built apart from those that are announced, of fewer messages. */
const isSameEvent = (a: Outage, b: Outage): boolean => a.eventId === b.eventId && a.category === b.category;

/** What Latarnia says; after five minutes it has said nothing (reliability B6). */
export function latarniaNow(now: Instant, connection: Connection | undefined): LatarniaState {
  if (connection?.latarniaCheckedAt === undefined || isStale(connection.latarniaCheckedAt, now)) return 'unknown';
  return connection.latarnia;
}

function whyOffline24(now: Instant, connection: Connection | undefined, announced: string): readonly string[] {
  return [
    lookInWords(now, connection),
    `${announced}, and a connection that fails is not a failure in law (art. 106ne): the invoice would be offline24.`,
  ];
}

function announcedInWords(inForce: readonly Outage[], latarnia: LatarniaState): string {
  if (inForce.length > 0) return 'No announced outage counts yet';
  return latarnia === 'unknown' ? 'No outage is known to be announced' : 'No outage is announced';
}

function lookInWords(now: Instant, connection: Connection | undefined): string {
  if (connection === undefined) return 'Nobody has looked at KSeF yet.';
  const { ksefCheckedAt, ksefDetail } = connection;
  return isStale(ksefCheckedAt, now)
    ? `Nobody has looked at KSeF since ${warsawText(ksefCheckedAt)}: is a worker running?`
    : ksefDetail;
}

function checkByHand(latarnia: LatarniaState): readonly string[] {
  switch (latarnia) {
    case 'available':
      return [];
    case 'unknown':
      return ['Latarnia, which announces outages, does not answer: check the announcements in BIP by hand.'];
    case 'maintenance':
    case 'failure':
    case 'total-failure':
      return [`Latarnia says "${latarnia}" without a message that covers this moment: check BIP by hand.`];
  }
}

const unconfirmed = ({ announcement }: Outage): string =>
  `A total failure is announced (${announcement.bulletinId}); it decides nothing until people have confirmed it.`;
