import type { AvailabilityBulletin } from '../outage/availability-bulletin.js';
import type { EvidenceEntry, EvidenceProvider, PackagedInvoice } from './evidence-entry.js';
import { jsonEntry } from './evidence-text.js';
import { deadlineHistory } from './deadline-history.js';
import type { Jurisdiction } from '../legal-situation/legal-situation.js';

/** The messages that its mode and its deadlines rested on: every version of every message of those events. */
export class OutageEvidence implements EvidenceProvider {
  constructor(private readonly jurisdiction: Jurisdiction) {}

  entries(subject: PackagedInvoice): Promise<readonly EvidenceEntry[]> {
    const events = eventsOf(subject, this.jurisdiction);
    const messages = subject.legal.bulletins
      .filter(({ eventId }) => events.has(eventId))
      .sort((a, b) => a.fetchedAt.epochMilliseconds - b.fetchedAt.epochMilliseconds || a.version - b.version);
    if (messages.length === 0) return Promise.resolve([]);
    const confirmations = subject.legal.confirmations
      .filter(({ eventId }) => events.has(eventId))
      .map(({ confirmedAt, ...rest }) => ({ ...rest, confirmedAt: confirmedAt.toString() }));
    return Promise.resolve([
      jsonEntry(
        'outage/messages.json',
        { messages: messages.map(messageView), confirmations },
        {
          pl: 'komunikaty o dostępności KSeF, na których oparto tryb i termin: każda wersja, z chwilą jej odczytania',
          en: 'messages on the availability of KSeF that decided mode and deadline: every version, and when it was read',
        },
      ),
    ]);
  }
}

function eventsOf(subject: PackagedInvoice, jurisdiction: Jurisdiction): ReadonlySet<string> {
  const { stored, legal } = subject;
  const rested = deadlineHistory(subject, jurisdiction).flatMap(({ term }) => term?.deadline.inputs?.bulletins ?? []);
  const ids = new Set(rested.map(({ bulletinId }) => bulletinId));
  const events = legal.bulletins.filter(({ id }) => ids.has(id)).map(({ eventId }) => eventId);
  const { invoice } = stored;
  const evidence = 'issue' in invoice ? invoice.issue.evidence : undefined;
  return new Set(evidence?.kind === 'bulletin' ? [...events, evidence.eventId] : events);
}

/** `raw` is the message as it was read, a text: a digest over it is the same everywhere. */
function messageView({ start, end, publishedAt, fetchedAt, ...rest }: AvailabilityBulletin) {
  return {
    ...rest,
    start: start.toString(),
    end: end?.toString() ?? null,
    publishedAt: publishedAt.toString(),
    fetchedAt: fetchedAt.toString(),
  };
}
