import type { EndpointGroup } from '../limits/endpoints.js';
import type { FaultKind } from './fault-kinds.js';

/** One injected fault. */
export interface FaultEntry {
  /** Counts the faults of the run, from 1. */
  readonly ordinal: number;
  readonly seed: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly kind: FaultKind;
  /** The profile, `incident: …`, or `ordered`. */
  readonly cause: string;
  /** The endpoint called, or what the fault befell: a session, an invoice, a login. */
  readonly endpoint: string;
  readonly group: EndpointGroup | 'inside';
  /** Which call of the group, or which occasion of the kind, it was, from 1: with the seed it decides the fault. */
  readonly occasion: number;
  /** What the client was told, and what KSeF really answered; as soon as it is known. */
  detail?: string;
}

/** Every fault that was injected, in order; nothing else ever misbehaves on purpose. */
export class FaultJournal {
  readonly #entries: FaultEntry[] = [];

  constructor(private readonly announce: (line: string) => void) {}

  write(entry: Omit<FaultEntry, 'ordinal'>): FaultEntry {
    const written = { ordinal: this.#entries.length + 1, ...entry };
    this.#entries.push(written);
    const { ordinal, kind, cause, endpoint, group, occasion } = written;
    this.announce(`fault ${String(ordinal)}: ${kind} at ${endpoint} (${group} ${String(occasion)}, ${cause})`);
    return written;
  }

  /** @param after ordinal of the last entry already read */
  read(after = 0): readonly FaultEntry[] {
    return this.#entries.slice(after);
  }
}
