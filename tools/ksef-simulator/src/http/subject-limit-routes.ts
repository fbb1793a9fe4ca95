import type { FastifyInstance } from 'fastify';

import type { SimulatorState } from '../simulator-state.js';
import { SHORTEN_SCHEMA, SUBJECT_LIMITS_SCHEMA } from './certificate-schemas.js';
import { accessLogin, assertSerial, bodyTimestamp } from './requests.js';

interface LimitsBody {
  readonly enrollment?: { readonly maxEnrollments?: number | null } | null;
  readonly certificate?: { readonly maxCertificates?: number | null } | null;
}

/** How many certificates a subject may have, and the official test-data operations about that and about their end. */
export function registerSubjectLimitRoutes(app: FastifyInstance, state: SimulatorState): void {
  const { enrolments, revocations } = state;

  app.get('/limits/subject', (request) => {
    const { enrolments: maxEnrollments, certificates: maxCertificates } = enrolments.limits(
      accessLogin(state, request).subject,
    );
    return { enrollment: { maxEnrollments }, certificate: { maxCertificates } };
  });

  app.post<{ Body: LimitsBody }>(
    '/testdata/limits/subject/certificate',
    { schema: { body: SUBJECT_LIMITS_SCHEMA } },
    (request, reply) => {
      const { subject } = accessLogin(state, request);
      const maxEnrolments = request.body.enrollment?.maxEnrollments ?? undefined;
      const maxCertificates = request.body.certificate?.maxCertificates ?? undefined;
      enrolments.changeLimits(subject, {
        ...(maxEnrolments === undefined ? {} : { enrolments: maxEnrolments }),
        ...(maxCertificates === undefined ? {} : { certificates: maxCertificates }),
      });
      return reply.code(200).send();
    },
  );

  app.delete('/testdata/limits/subject/certificate', (request, reply) => {
    enrolments.restoreLimits(accessLogin(state, request).subject);
    return reply.code(200).send();
  });

  // API 2.7.0: not yet in the contract the tests compare with.
  app.put<{ Params: { serial: string }; Body: { validTo: string } }>(
    '/testdata/certificates/:serial',
    { schema: { body: SHORTEN_SCHEMA } },
    (request, reply) => {
      const { subject } = accessLogin(state, request);
      assertSerial(request.params.serial);
      const validTo = bodyTimestamp('validTo', request.body.validTo) ?? 0;
      revocations.shorten(subject, request.params.serial, validTo);
      return reply.code(200).send();
    },
  );
}
