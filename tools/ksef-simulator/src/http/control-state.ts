import { countInvoices } from '../core/session.js';
import type { SimulatorState } from '../simulator-state.js';

/** A summary of where everything stands. */
export function describeState(state: SimulatorState) {
  const { board, clock, faults, holds, ksefReachability, latarniaReachability, ledger, sessions, settings } = state;
  return {
    now: new Date(clock.now()).toISOString(),
    ksef: { reachable: ksefReachability.reachable, manner: ksefReachability.manner ?? null },
    latarnia: {
      reachable: latarniaReachability.reachable,
      manner: latarniaReachability.manner ?? null,
      status: board.status().status,
    },
    outages: board.events().map(({ start, end, ...event }) => ({
      ...event,
      start: new Date(start).toISOString(),
      end: end === undefined ? null : new Date(end).toISOString(),
    })),
    sessions: [...sessions.values()].map((session) => ({
      referenceNumber: session.referenceNumber,
      type: session.kind,
      context: session.context,
      status: session.status,
      dateCreated: new Date(session.createdAt).toISOString(),
      invoices: countInvoices(session),
    })),
    counters: ledger.report().counters,
    faults: {
      seed: faults.draws.seed,
      profile: faults.profile.name,
      armed: faults.armed.length,
      injected: faults.journal.read().length,
      hanging: holds.names,
    },
    timeline: state.timeline.report() ?? null,
    settings,
  };
}
