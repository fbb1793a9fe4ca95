import type { RemoteStatus, Revocation } from '@latarnik/domain';
import { required } from '../database/required.js';
import type { CertificateRecord } from './certificate.record.js';

/** What KSeF said last; `undefined` before the first look. */
export function remoteOf(record: CertificateRecord): RemoteStatus | undefined {
  const { remoteState: state, remoteType: type, remoteNotAfter: notAfter } = record;
  if (state === null) return undefined;
  return {
    state,
    syncedAt: required(record.remoteSyncedAt, 'remote_synced_at'),
    ...(type === null ? {} : { type }),
    ...(notAfter === null ? {} : { notAfter }),
  };
}

export function revocationOf(record: CertificateRecord): Revocation | undefined {
  const { revocationState: state } = record;
  if (state === null) return undefined;
  const intent = {
    reason: required(record.revocationReason, 'revocation_reason'),
    person: required(record.revocationPerson, 'revocation_person'),
    requestedAt: required(record.revocationRequestedAt, 'revocation_requested_at'),
  };
  const settledAt = () => required(record.revocationSettledAt, 'revocation_settled_at');
  switch (state) {
    case 'sending':
      return { ...intent, state };
    case 'done':
      return { ...intent, state, settledAt: settledAt() };
    case 'refused':
      return {
        ...intent,
        state,
        settledAt: settledAt(),
        refusal: required(record.revocationRefusal, 'revocation_refusal'),
      };
  }
}
