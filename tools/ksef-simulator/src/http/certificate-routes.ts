import type { FastifyInstance } from 'fastify';

import type { EnrolmentOrder } from '../certificates/enrolment-desk.js';
import { certificateStatus, type KsefCertificateType, type RevocationReason } from '../core/certificate-register.js';
import { refuse } from '../core/refusals.js';
import { ksefTimestamp } from '../core/time.js';
import type { SimulatorState } from '../simulator-state.js';
import { type CertificateQuery, queryCertificates } from './certificate-query.js';
import { ENROL_SCHEMA, QUERY_SCHEMA, RETRIEVE_SCHEMA, REVOKE_SCHEMA } from './certificate-schemas.js';
import { accessLogin, assertReference, assertSerial, bodyTimestamp } from './requests.js';

interface EnrolBody {
  readonly certificateName: string;
  readonly certificateType: KsefCertificateType;
  readonly csr: string;
  readonly validFrom?: string | null;
}

/** KSeF certificates. They belong to whoever logged in, whatever the context; no permission is asked for. */
export function registerCertificateRoutes(app: FastifyInstance, state: SimulatorState): void {
  registerEnrolment(app, state);
  registerCertificates(app, state);
}

function registerEnrolment(app: FastifyInstance, state: SimulatorState): void {
  const { enrolments } = state;

  app.get('/certificates/limits', (request) => {
    const { subject, subjectData } = accessLogin(state, request);
    const [limit, left] = [enrolments.limits(subject), enrolments.remaining(subject)];
    return {
      canRequest: subjectData !== undefined && left.enrolments > 0 && left.certificates > 0,
      enrollment: { remaining: left.enrolments, limit: limit.enrolments },
      certificate: { remaining: left.certificates, limit: limit.certificates },
    };
  });

  app.get('/certificates/enrollments/data', (request) => {
    const { subjectData } = accessLogin(state, request);
    if (subjectData === undefined) throw refuse(25001);
    return subjectData;
  });

  app.post<{ Body: EnrolBody }>(
    '/certificates/enrollments',
    { schema: { body: ENROL_SCHEMA } },
    async (request, reply) => {
      const application = await enrolments.submit(accessLogin(state, request), orderOf(request.body));
      const { referenceNumber, requestedAt } = application;
      return reply.code(202).send({ referenceNumber, timestamp: ksefTimestamp(requestedAt) });
    },
  );

  app.get<{ Params: { referenceNumber: string } }>('/certificates/enrollments/:referenceNumber', (request) => {
    const { subject } = accessLogin(state, request);
    assertReference(request.params.referenceNumber);
    const { requestedAt, serialNumber, status } = enrolments.find(subject, request.params.referenceNumber);
    return {
      requestDate: ksefTimestamp(requestedAt),
      status,
      ...(serialNumber === undefined ? {} : { certificateSerialNumber: serialNumber }),
    };
  });
}

function orderOf({ certificateName, certificateType, csr, validFrom }: EnrolBody): EnrolmentOrder {
  return { name: certificateName, type: certificateType, csr, validFrom: bodyTimestamp('validFrom', validFrom) };
}

function registerCertificates(app: FastifyInstance, state: SimulatorState): void {
  const { clock, register, revocations } = state;

  app.post<{ Body: { certificateSerialNumbers: readonly string[] } }>(
    '/certificates/retrieve',
    { schema: { body: RETRIEVE_SCHEMA } },
    (request) => {
      const { subject } = accessLogin(state, request);
      const wanted = new Set(request.body.certificateSerialNumbers);
      return {
        certificates: register
          .ownedBy(subject)
          .filter(({ serialNumber }) => wanted.has(serialNumber))
          .map(({ der, name, serialNumber, type }) => ({
            certificate: der.toString('base64'),
            certificateName: name,
            certificateSerialNumber: serialNumber,
            certificateType: type,
          })),
      };
    },
  );

  app.post<{ Body: CertificateQuery | null | undefined }>(
    '/certificates/query',
    { schema: { body: QUERY_SCHEMA } },
    (request) => {
      const { subject } = accessLogin(state, request);
      const at = clock.now();
      const { found, hasMore } = queryCertificates(register.ownedBy(subject), request, at);
      return {
        certificates: found.map((record) => ({
          certificateSerialNumber: record.serialNumber,
          name: record.name,
          type: record.type,
          commonName: record.commonName,
          status: certificateStatus(record, at),
          subjectIdentifier: record.owner,
          validFrom: ksefTimestamp(record.validFrom),
          validTo: ksefTimestamp(record.validTo),
          ...(record.lastUsedAt === undefined ? {} : { lastUseDate: ksefTimestamp(record.lastUsedAt) }),
          requestDate: ksefTimestamp(record.requestedAt),
        })),
        hasMore,
      };
    },
  );

  app.post<{ Params: { serial: string }; Body: { revocationReason?: RevocationReason | null } | null | undefined }>(
    '/certificates/:serial/revoke',
    { schema: { body: REVOKE_SCHEMA } },
    (request, reply) => {
      const { subject } = accessLogin(state, request);
      assertSerial(request.params.serial);
      revocations.revoke(subject, request.params.serial, request.body?.revocationReason ?? 'Unspecified');
      return reply.code(204).send();
    },
  );
}
