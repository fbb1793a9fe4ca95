import { sameSubject, type CertificateRegister, type KsefCertificateType } from '../core/certificate-register.js';
import type { Clock } from '../core/clock.js';
import type { SubjectIdentifier } from '../core/context.js';
import type { Login } from '../core/login.js';
import { type RandomOctets, referenceNumber } from '../core/numbers.js';
import { Gone, refuse } from '../core/refusals.js';
import type { Settings } from '../core/settings.js';
import { assertMove, ENROLMENT_STATUS, ENROLMENT_TRANSITIONS, type Status } from '../core/status.js';
import type { Tasks } from '../core/tasks.js';
import { DAY_MS } from '../core/time.js';
import type { CertificateAuthority } from '../crypto/certificate-authority.js';
import { readSigningRequest, type SigningRequest } from './signing-request.js';

/** How long the outcome of an application can be read (OpenAPI, GET /certificates/enrollments/{referenceNumber}). */
const STATUS_LIFE_MS = 30 * DAY_MS;

/** How many applications a subject may make, and how many active certificates it may have (limity.md). */
export interface SubjectLimits {
  readonly enrolments: number;
  readonly certificates: number;
}
const DEFAULT_LIMITS: Readonly<Record<SubjectIdentifier['type'], SubjectLimits>> = {
  Nip: { enrolments: 300, certificates: 100 },
  Pesel: { enrolments: 12, certificates: 6 },
  Fingerprint: { enrolments: 12, certificates: 6 },
};

/** A certificate as it is asked for. */
export interface EnrolmentOrder {
  readonly name: string;
  readonly type: KsefCertificateType;
  /** PKCS#10, DER, Base64. */
  readonly csr: string;
  /** Epoch milliseconds; a moment gone by means the moment of issue. */
  readonly validFrom: number | undefined;
}

/** An application and what became of it. */
export interface Application {
  readonly referenceNumber: string;
  readonly owner: SubjectIdentifier;
  readonly requestedAt: number;
  status: Status;
  serialNumber?: string;
}

export interface EnrolmentDeskParts {
  readonly clock: Clock;
  readonly random: RandomOctets;
  readonly settings: Settings;
  readonly tasks: Tasks;
  readonly authority: CertificateAuthority;
  readonly register: CertificateRegister;
}

/** Applications for certificates: taken at once, carried out later. */
export class EnrolmentDesk {
  readonly #applications = new Map<string, Application>();
  readonly #limits = new Map<string, SubjectLimits>();

  constructor(private readonly parts: EnrolmentDeskParts) {}

  limits(owner: SubjectIdentifier): SubjectLimits {
    return this.#limits.get(key(owner)) ?? DEFAULT_LIMITS[owner.type];
  }

  changeLimits(owner: SubjectIdentifier, change: Partial<SubjectLimits>): void {
    this.#limits.set(key(owner), { ...this.limits(owner), ...change });
  }

  restoreLimits(owner: SubjectIdentifier): void {
    this.#limits.delete(key(owner));
  }

  /** What is left of the limits now. */
  remaining(owner: SubjectIdentifier): SubjectLimits {
    const { enrolments, certificates } = this.limits(owner);
    const made = [...this.#applications.values()].filter((made) => sameSubject(made.owner, owner)).length;
    const active = this.parts.register.countActive(owner, this.parts.clock.now());
    return { enrolments: Math.max(0, enrolments - made), certificates: Math.max(0, certificates - active) };
  }

  /** @throws {KsefRefusal} 25002, 25003, 25004, 25006, 25007, 25010, 25011 */
  async submit({ subject: owner, subjectData }: Login, order: EnrolmentOrder): Promise<Application> {
    if (subjectData === undefined) throw refuse(25002);
    const request = await readSigningRequest(order.csr, subjectData);
    const left = this.remaining(owner);
    if (left.enrolments === 0) throw refuse(25006);
    if (left.certificates === 0) throw refuse(25007);
    const { clock, random, settings, tasks } = this.parts;
    const requestedAt = clock.now();
    const application: Application = {
      referenceNumber: referenceNumber('EH', requestedAt, random),
      owner,
      requestedAt,
      status: { code: 100, description: ENROLMENT_STATUS[100] },
    };
    this.#applications.set(application.referenceNumber, application);
    tasks.later(settings.processingDelayMs, () => this.#carryOut(application, order, request, subjectData.commonName));
    return application;
  }

  /** @throws {KsefRefusal} 25005 when the subject made none such, {Gone} after 30 days */
  find(owner: SubjectIdentifier, reference: string): Application {
    const application = this.#applications.get(reference);
    if (application === undefined || !sameSubject(application.owner, owner)) throw refuse(25005);
    if (this.parts.clock.now() >= application.requestedAt + STATUS_LIFE_MS) throw new Gone();
    return application;
  }

  async #carryOut(
    application: Application,
    order: EnrolmentOrder,
    { publicKey, publicKeyId, subject }: SigningRequest,
    commonName: string,
  ): Promise<void> {
    const { authority, clock, register, settings } = this.parts;
    if (settings.enrolmentOutcome !== 'issued') {
      move(application, settings.enrolmentOutcome === 'cancelled' ? 550 : 500);
      return;
    }
    const { owner, requestedAt } = application;
    const now = clock.now();
    const certified = await authority.certify({
      type: order.type,
      subject,
      publicKey,
      validFrom: Math.max(order.validFrom ?? now, now),
    });
    // Nothing may come between these checks and the entry: two applications can be under way at a time.
    if (register.knowsKeyOfAnother(publicKeyId, owner)) {
      move(application, 400, 'Klucz publiczny został już certyfikowany przez inny podmiot.');
    } else if (register.countActive(owner, now) >= this.limits(owner).certificates) {
      move(application, 400, 'Osiągnięto dopuszczalny limit posiadanych certyfikatów.');
    } else {
      register.add({ ...certified, type: order.type, name: order.name, commonName, owner, publicKeyId, requestedAt });
      application.serialNumber = certified.serialNumber;
      move(application, 200);
    }
  }
}

function move(application: Application, code: 200 | 400 | 500 | 550, detail?: string): void {
  assertMove(ENROLMENT_TRANSITIONS, application.status.code, code);
  const details = detail ?? ENROLMENT_DETAILS[code];
  application.status = {
    code,
    description: ENROLMENT_STATUS[code],
    ...(details === undefined ? {} : { details: [details] }),
  };
}

const ENROLMENT_DETAILS: Readonly<Record<number, string>> = {
  550: 'Przetwarzanie zostało przerwane z przyczyn wewnętrznych systemu. Spróbuj ponownie',
};

function key({ type, value }: SubjectIdentifier): string {
  return `${type}:${value}`;
}
