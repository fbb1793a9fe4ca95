import {
  contextLabel,
  LISTED_INVOICES,
  typeDiffers,
  type Certificate,
  type CertificateWarning,
  type Instant,
  type RemoteStatus,
  type Revocation,
  type RevocationReason,
  type SyncReport,
  type UnsentInvoices,
} from '@latarnik/domain';
import { z } from 'zod';
import { CertificateView, certificateView, typeName } from './certificate.view.js';

/** KSeF's words for the reasons. */
export const REASONS = {
  Unspecified: 'unspecified',
  Superseded: 'superseded',
  KeyCompromise: 'key-compromise',
} as const satisfies Record<string, RevocationReason>;
const Reason = z.enum(['Unspecified', 'Superseded', 'KeyCompromise']);

const TypeName = z.enum(['Offline', 'Authentication']);

export const RemoteView = z.object({
  state: z
    .enum(['Active', 'Blocked', 'Revoked', 'Expired', 'unknown'])
    .describe(
      '`unknown`: KSeF does not list it for the subject that logs in. Blocked, Revoked and Expired: never used',
    ),
  lastSyncedAt: z.iso.datetime(),
  type: TypeName.nullable(),
  typeDiffers: z.boolean().describe('KSeF lists it under another type than its key usage says: it is not used'),
  notAfter: z.iso.datetime().nullable().describe('End of validity at KSeF'),
});

export const RevocationView = z.object({
  state: z.enum(['sending', 'done', 'refused']),
  reason: Reason,
  person: z.string(),
  requestedAt: z.iso.datetime(),
  settledAt: z.iso.datetime().nullable(),
  refusal: z.object({ code: z.string(), detail: z.string() }).nullable(),
});

export const WarningView = z.object({
  stage: z.enum(['60d', '30d', '14d', '7d', '1d', 'before-deadline', 'open-deadline']),
  raisedAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  deadlineAt: z.iso.datetime().nullable(),
  message: z.string(),
});

/** A certificate with what became of it at KSeF. */
export const CertificateStanding = CertificateView.extend({
  remote: RemoteView.nullable().describe('As KSeF showed it last; null before the first look'),
  revocation: RevocationView.nullable(),
  warnings: z.array(WarningView).describe('Oldest first; each stage is warned of once'),
});
export type CertificateStanding = z.infer<typeof CertificateStanding>;
export const CertificateStandings = z.object({ items: z.array(CertificateStanding) });

/** @param warnings of all certificates */
export function certificateStanding(
  certificate: Certificate,
  warnings: readonly CertificateWarning[],
  now: Instant,
): CertificateStanding {
  return {
    ...certificateView(certificate, now),
    remote: remoteView(certificate),
    revocation: certificate.revocation === undefined ? null : revocationView(certificate.revocation),
    warnings: warnings.filter(({ certificateId }) => certificateId === certificate.id).map(warningView),
  };
}

const STATES = {
  active: 'Active',
  blocked: 'Blocked',
  revoked: 'Revoked',
  expired: 'Expired',
  unknown: 'unknown',
} as const satisfies Record<RemoteStatus['state'], z.infer<typeof RemoteView>['state']>;

export function remoteView(certificate: Pick<Certificate, 'purpose' | 'remote'>): z.infer<typeof RemoteView> | null {
  const { remote } = certificate;
  if (remote === undefined) return null;
  return {
    state: STATES[remote.state],
    lastSyncedAt: remote.syncedAt.toString(),
    type: remote.type === undefined ? null : typeName(remote.type),
    typeDiffers: typeDiffers(certificate),
    notAfter: remote.notAfter?.toString() ?? null,
  };
}

const REASON_NAMES = {
  unspecified: 'Unspecified',
  superseded: 'Superseded',
  'key-compromise': 'KeyCompromise',
} as const satisfies Record<RevocationReason, z.infer<typeof Reason>>;

export function revocationView(revocation: Revocation): z.infer<typeof RevocationView> {
  const { state, reason, person, requestedAt } = revocation;
  return {
    ...{ state, reason: REASON_NAMES[reason], person, requestedAt: requestedAt.toString() },
    settledAt: state === 'sending' ? null : revocation.settledAt.toString(),
    refusal: state === 'refused' ? { code: revocation.refusal.code, detail: revocation.refusal.description } : null,
  };
}

function warningView({ stage, raisedAt, endsAt, deadlineAt }: CertificateWarning): z.infer<typeof WarningView> {
  return {
    ...{ stage, raisedAt: raisedAt.toString(), endsAt: endsAt.toString() },
    deadlineAt: deadlineAt?.toString() ?? null,
    message: messageOf(stage),
  };
}

function messageOf(stage: CertificateWarning['stage']): string {
  if (stage === 'before-deadline') {
    return (
      'It ends before the longest deadline of the invoices that it signed, or of its context: renew it, and have sent ' +
      'what it signed, for its codes verify until it ends only.'
    );
  }
  if (stage === 'open-deadline') {
    return 'Nobody knows how long invoices that it signed, or those of its context, will wait: renew it now.';
  }
  return stage === '1d' ? 'It ends within a day: renew it.' : `It ends within ${stage.slice(0, -1)} days: renew it.`;
}

export const UnsentInvoicesView = z.object({
  count: z.int().min(0).describe('All of them, listed or not'),
  items: z
    .array(z.object({ id: z.uuid(), number: z.string(), state: z.string(), mode: z.string(), link: z.string() }))
    .max(LISTED_INVOICES)
    .describe(`The oldest ${String(LISTED_INVOICES)}`),
});

export const unsentInvoicesView = ({ count, items }: UnsentInvoices): z.infer<typeof UnsentInvoicesView> => ({
  count,
  items: items.map((invoice) => ({ ...invoice, link: `/v1/invoices/${invoice.id}` })),
});

export const SyncView = z.object({
  items: z.array(
    z.object({
      context: z.string(),
      outcome: z.enum(['synced', 'failed']),
      syncedAt: z.iso.datetime().nullable(),
      certificates: z.array(
        z.object({ id: z.uuid(), serial: z.string(), type: TypeName, remote: RemoteView.nullable() }),
      ),
      notHere: z
        .array(z.object({ serial: z.string(), name: z.string(), type: TypeName, notAfter: z.iso.datetime() }))
        .describe('Active at KSeF and not here: of another system, or one whose key was lost'),
      code: z.string().nullable(),
      detail: z.string().nullable(),
    }),
  ),
});

export function syncView(report: SyncReport): z.infer<typeof SyncView>['items'][number] {
  const context = contextLabel(report.context);
  if (report.outcome === 'failed') {
    const { outcome, code, detail } = report;
    return { context, outcome, syncedAt: null, certificates: [], notHere: [], code, detail };
  }
  return {
    ...{ context, outcome: report.outcome, syncedAt: report.syncedAt.toString(), code: null, detail: null },
    certificates: report.certificates.map((certificate) => ({
      ...{ id: certificate.id, serial: certificate.serial, type: typeName(certificate.purpose) },
      remote: remoteView(certificate),
    })),
    notHere: report.notHere.map(({ serial, name, type, notAfter }) => ({
      ...{ serial, name, type: typeName(type), notAfter: notAfter.toString() },
    })),
  };
}
