import {
  trafficVerdict,
  type Availability,
  type CertificateView,
  type Connection,
  type ContextAuthorization,
  type ContextReadiness,
  type Deadline,
  type Outage,
} from '@latarnik/domain';
import { z } from 'zod';

const OutageView = z.object({
  eventId: z.string(),
  category: z.enum(['failure', 'total-failure', 'maintenance']),
  start: z.iso.datetime(),
  end: z.iso.datetime().nullable(),
  announcedAt: z.iso.datetime(),
  bulletin: z.string().describe('id of the message'),
  version: z.int(),
});

const CertificateAnswer = z.object({
  serial: z.string(),
  type: z.enum(['Offline', 'Authentication']),
  notBefore: z.iso.datetime(),
  notAfter: z.iso.datetime(),
});

const ContextAnswer = z.object({
  context: z.string(),
  mode: z
    .string()
    .nullable()
    .describe('what an invoice issued now in this context would get; null: it would be refused'),
  reason: z.string().describe('why, for an accountant'),
  canIssueOffline: z.boolean().describe('has a usable certificate of type Offline'),
  cannotIssueOfflineBecause: z.string().nullable(),
  offlineCertificate: CertificateAnswer.nullable().describe('the one that is used, or that comes nearest to it'),
  canLogIn: z.boolean().describe('has a usable certificate of type Authentication; without one nothing can be sent'),
  cannotLogInBecause: z.string().nullable(),
  loginCertificate: CertificateAnswer.nullable().describe('the one that is used, or that comes nearest to it'),
});

export const AvailabilityAnswer = z.object({
  checkedAt: z.iso.datetime(),
  ksef: z.object({
    reachable: z.boolean().nullable().describe('as known at once, unsmoothed; null: nobody has looked yet'),
    detail: z.string().describe('for an accountant'),
    checkedAt: z.iso.datetime().nullable(),
    probe: z
      .enum(['answered', 'unusable', 'silent'])
      .nullable()
      .describe('a test question at the last look; unusable: answered, but not as KSeF does'),
    traffic: z
      .enum(['none', 'answers', 'fails', 'mixed'])
      .nullable()
      .describe('what real calls met before the last look; they count more than the test question'),
  }),
  network: z
    .enum(['up', 'down', 'unknown'])
    .describe('our own network at the last look, as far as one can tell; never a failure in law'),
  latarnia: z.object({
    status: z
      .enum(['available', 'maintenance', 'failure', 'total-failure', 'unknown'])
      .describe('unknown: Latarnia gives no answer; neither available nor an outage'),
    checkedAt: z.iso.datetime().nullable(),
  }),
  mode: z.string().describe('what an invoice issued now would get by the circumstances'),
  reason: z.string().describe('why, for an accountant'),
  deadline: z
    .object({ kind: z.enum(['due', 'open', 'none']), day: z.iso.date().nullable(), basis: z.string() })
    .nullable()
    .describe(
      'until when an invoice issued and dated now would have to be in KSeF; null: online, nothing is due later',
    ),
  sending: z.boolean().describe('whether batches go out now; smoothed, unlike the mode'),
  sendingReason: z.string().describe('why, for an accountant'),
  outages: z.array(OutageView).describe('announced and in force'),
  contexts: z.array(ContextAnswer),
  banner: z.string().nullable().describe('what people are to be shown: a downtime simulation runs; null: none does'),
});
export type AvailabilityAnswer = z.infer<typeof AvailabilityAnswer>;

export const RetryAnswer = AvailabilityAnswer.extend({
  contexts: z.array(
    ContextAnswer.extend({
      authorization: z
        .object({
          outcome: z
            .enum(['authorized', 'refused', 'unreachable', 'no-certificate', 'not-now'])
            .describe('not-now: not tried, or KSeF asks to wait'),
          detail: z.string(),
          triedAt: z.iso.datetime().describe('an attempt less than 10 seconds old is not made again'),
        })
        .nullable(),
    }),
  ),
});
export type RetryAnswer = z.infer<typeof RetryAnswer>;

export function availabilityView(availability: Availability): AvailabilityAnswer {
  const { checkedAt, connection, latarnia, mode, reason, deadline, sending, outagesInForce, contexts } = availability;
  return {
    checkedAt: checkedAt.toString(),
    ksef: ksefView(connection),
    network: connection?.lastLook?.network ?? 'unknown',
    latarnia: { status: latarnia, checkedAt: connection?.latarniaCheckedAt?.toString() ?? null },
    mode,
    reason,
    deadline: deadline === undefined ? null : deadlineView(deadline),
    sending: sending.sending,
    sendingReason: sending.reason,
    outages: outagesInForce.map(outageView),
    contexts: contexts.map(contextView),
    banner: availability.banner ?? null,
  };
}

export function retryView(availability: Availability, tried: readonly ContextAuthorization[]): RetryAnswer {
  const { contexts, ...rest } = availabilityView(availability);
  return {
    ...rest,
    contexts: contexts.map((view) => {
      const authorization = tried.find(({ context }) => context === view.context)?.authorization;
      return {
        ...view,
        authorization:
          authorization === undefined ? null : { ...authorization, triedAt: authorization.triedAt.toString() },
      };
    }),
  };
}

function deadlineView(deadline: Deadline) {
  const { kind, basis } = deadline;
  return { kind, day: deadline.kind === 'due' ? deadline.day.toString() : null, basis };
}

function ksefView(connection: Connection | undefined): AvailabilityAnswer['ksef'] {
  if (connection === undefined) {
    return { reachable: null, detail: 'Nobody has looked at KSeF yet.', checkedAt: null, probe: null, traffic: null };
  }
  const { ksefReachable, ksefDetail, ksefCheckedAt, lastLook } = connection;
  return {
    reachable: ksefReachable,
    detail: ksefDetail,
    checkedAt: ksefCheckedAt.toString(),
    probe: lastLook?.probe.kind ?? null,
    traffic: lastLook === undefined ? null : trafficVerdict(lastLook.traffic),
  };
}

function contextView({ context, offline, login, invoiceNow }: ContextReadiness): z.infer<typeof ContextAnswer> {
  return {
    context,
    mode: invoiceNow.mode ?? null,
    reason: invoiceNow.reason,
    canIssueOffline: offline.ready,
    cannotIssueOfflineBecause: offline.ready ? null : offline.reason,
    offlineCertificate: certificateView(offline.certificate),
    canLogIn: login.ready,
    cannotLogInBecause: login.ready ? null : login.reason,
    loginCertificate: certificateView(login.certificate),
  };
}

function certificateView(certificate: CertificateView | undefined): z.infer<typeof CertificateAnswer> | null {
  if (certificate === undefined) return null;
  const { serial, type, notBefore, notAfter } = certificate;
  return { serial, type, notBefore: notBefore.toString(), notAfter: notAfter.toString() };
}

function outageView({ eventId, category, start, end, announcedAt, announcement }: Outage): z.infer<typeof OutageView> {
  return {
    eventId,
    category,
    start: start.toString(),
    end: end?.toString() ?? null,
    announcedAt: announcedAt.toString(),
    bulletin: announcement.bulletinId,
    version: announcement.version,
  };
}
