import type { Connection, SendingGate } from '@latarnik/domain';
import { ConnectionRecord } from './connection.record.js';

/** The number of the one row. */
export const CONNECTION_ROW = 1;

export function toConnectionRecord(connection: Connection): ConnectionRecord {
  const { ksefReachable, ksefDetail, ksefCheckedAt, latarnia, latarniaCheckedAt } = connection;
  return Object.assign(new ConnectionRecord(), {
    id: CONNECTION_ROW,
    ksefReachable,
    ksefDetail,
    ksefCheckedAt,
    latarnia: latarniaCheckedAt === undefined ? null : latarnia,
    latarniaCheckedAt: latarniaCheckedAt ?? null,
    ...learntColumns(connection),
    ...gateColumns(connection.gate),
  });
}

function learntColumns({ lastLook, failedCall }: Connection) {
  const { at: lastLookAt = null, ...look } = lastLook ?? {};
  const { cause = null, at: failedCallAt = null } = failedCall ?? {};
  return { lastLook: lastLookAt === null ? null : look, lastLookAt, failedCallCause: cause, failedCallAt };
}

function gateColumns(gate: SendingGate | undefined) {
  const { state = null, since = null, lookedAt = null, against } = gate ?? {};
  const { looks = null, at = null } = against ?? {};
  return { gate: state, gateSince: since, gateLookedAt: lookedAt, gateAgainst: looks, gateAgainstAt: at };
}

/** `undefined` of a row that knows nothing of KSeF yet. */
export function toConnection(record: ConnectionRecord): Connection | undefined {
  const { ksefReachable, ksefDetail, ksefCheckedAt, latarnia, latarniaCheckedAt } = record;
  if (ksefReachable === null || ksefDetail === null || ksefCheckedAt === null) return undefined;
  return {
    ksefReachable,
    ksefDetail,
    ksefCheckedAt,
    latarnia: latarnia ?? 'unknown',
    ...(latarniaCheckedAt === null ? {} : { latarniaCheckedAt }),
    ...learntOf(record),
    ...gateOf(record),
  };
}

function learntOf(record: ConnectionRecord): Pick<Connection, 'lastLook' | 'failedCall'> {
  const { lastLook, lastLookAt, failedCallCause, failedCallAt } = record;
  return {
    ...(lastLook === null || lastLookAt === null ? {} : { lastLook: { ...lastLook, at: lastLookAt } }),
    ...(failedCallCause === null || failedCallAt === null
      ? {}
      : { failedCall: { cause: failedCallCause, at: failedCallAt } }),
  };
}

function gateOf(record: ConnectionRecord): { readonly gate?: SendingGate } {
  const { gate: state, gateSince: since, gateLookedAt: lookedAt, gateAgainst: looks, gateAgainstAt: at } = record;
  if (state === null || since === null || lookedAt === null || looks === null) return {};
  return { gate: { state, since, lookedAt, against: at === null ? { looks } : { looks, at } } };
}
