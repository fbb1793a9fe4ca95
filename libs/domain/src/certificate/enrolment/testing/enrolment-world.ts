import type { TenantId } from '../../../tenant/tenant.js';
import { Temporal, type Instant } from '../../../shared/instant.js';
import { done, failed, unknown } from '../../../shared/attempt.js';
import { ok } from '../../../shared/result.js';
import { KsefLoginError, KsefThrottledError } from '../../../session/ksef-access.js';
import { CountingIds } from '../../../testing/counting-ids.js';
import { FixedClock } from '../../../testing/fixed-clock.js';
import { InMemoryDatabase } from '../../../testing/in-memory-database.js';
import { SELLER_CONTEXT, TENANT } from '../../../testing/builders.js';
import type { CertificateSerial, SealedKey } from '../../certificate.js';
import type {
  CertificateLimits,
  EnrolmentReference,
  EnrolmentRequest,
  EnrolmentStatus,
  KsefCertificateEntry,
  KsefCertificates,
} from '../../ksef-certificates.port.js';
import { AdvanceEnrolment } from '../advance-enrolment.js';
import type {
  CertificateReader,
  CertificateRequest,
  CertificateRequests,
  IssuedCertificateFacts,
  KeyFingerprint,
} from '../certificate-requests.port.js';
import type { EnrolmentStores, EnrolmentWork } from '../enrolment-repository.port.js';
import { type Enrolment, isUnderWay } from '../enrolment.js';
import { StartEnrolment } from '../start-enrolment.js';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Keys are numbered; a request is the number of its key and the subject, as JSON. */
export class NumberedKeys implements CertificateRequests {
  made = 0;

  create(...[owner, subject]: Parameters<CertificateRequests['create']>): Promise<CertificateRequest> {
    this.made += 1;
    const keyFingerprint = `key-${String(this.made)}` as KeyFingerprint;
    return Promise.resolve({
      csr: bytes({ keyFingerprint, subject }),
      keyFingerprint,
      sealedKey: bytes({ keyFingerprint, owner }) as SealedKey,
    });
  }
}

/** A certificate is the JSON of its facts. */
export const jsonCertificates: CertificateReader = {
  read: (der) => {
    const facts = JSON.parse(text(der)) as Record<keyof IssuedCertificateFacts, string>;
    const [notBefore, notAfter] = [Temporal.Instant.from(facts.notBefore), Temporal.Instant.from(facts.notAfter)];
    return { ...facts, notBefore, notAfter } as unknown as IssuedCertificateFacts;
  },
};

/** How KSeF takes the next application. `lost-after` takes it and loses the answer. */
export type Reception = 'taken' | 'lost-before' | 'lost-after' | 'refused' | 'throttled' | 'no-login';
/** What becomes of the applications it takes. */
export type Verdict = 'issued' | 'rejected' | 'failed' | 'processing';

/** KSeF as far as certificates go; counts what it takes. */
export class ScriptedKsefCertificates implements KsefCertificates {
  limit = 300;
  receptions: Reception[] = [];
  verdict: Verdict = 'issued';
  /** Replaces what is asked for by the certificate of another type. */
  wrongType = false;
  readonly taken: EnrolmentRequest[] = [];
  readonly forgottenReferences = new Set<EnrolmentReference>();
  readonly #entries: (KsefCertificateEntry & { readonly der: Uint8Array })[] = [];
  readonly #outcomes = new Map<EnrolmentReference, EnrolmentStatus>();

  constructor(private readonly clock: FixedClock) {}

  limits(): Promise<CertificateLimits> {
    const remaining = this.limit - this.taken.length;
    return Promise.resolve({
      canRequest: remaining > 0,
      enrolments: { limit: this.limit, remaining },
      certificates: { limit: 100, remaining: 100 - this.#entries.length },
    });
  }

  enrolmentData() {
    return Promise.resolve(ok({ commonName: 'Sprzedawca', countryName: 'PL' }));
  }

  enrol(_access: unknown, request: EnrolmentRequest): ReturnType<KsefCertificates['enrol']> {
    switch (this.receptions.shift() ?? 'taken') {
      case 'taken':
        return Promise.resolve(done({ reference: this.#take(request), requestedAt: this.clock.now() }));
      case 'lost-after':
        this.#take(request);
        return Promise.resolve(unknown('reset'));
      case 'lost-before':
        return Promise.resolve(unknown('reset'));
      case 'refused':
        return Promise.resolve(failed({ code: 'CSR_SUBJECT_DIFFERS', ksefCode: 25003, description: 'Dane w CSR' }));
      case 'throttled':
        return Promise.reject(new KsefThrottledError(30));
      case 'no-login':
        return Promise.reject(new KsefLoginError('LOGIN_REFUSED', 'no'));
    }
  }

  enrolmentStatus(_access: unknown, reference: EnrolmentReference): Promise<EnrolmentStatus> {
    if (this.forgottenReferences.has(reference)) return Promise.resolve({ state: 'forgotten' });
    return Promise.resolve(this.#outcomes.get(reference) ?? { state: 'unknown-reference' });
  }

  retrieve(_access: unknown, serials: readonly CertificateSerial[]) {
    return Promise.resolve(this.#entries.filter(({ serial }) => serials.includes(serial)));
  }

  list(): Promise<readonly KsefCertificateEntry[]> {
    return Promise.resolve(this.#entries);
  }

  /** How KSeF takes the next wishes to revoke; then it does as it is told. */
  revocations: ('lost-before' | 'lost-after' | 'throttled' | 'no-login' | 'refused')[] = [];
  revokeCalls = 0;

  revoke(_access: unknown, serial: CertificateSerial): ReturnType<KsefCertificates['revoke']> {
    this.revokeCalls += 1;
    const reception = this.revocations.shift();
    switch (reception) {
      case 'lost-before':
        return Promise.resolve(unknown('reset'));
      case 'throttled':
        return Promise.reject(new KsefThrottledError(30));
      case 'no-login':
        return Promise.reject(new KsefLoginError('LOGIN_REFUSED', 'no'));
      case 'refused':
        return Promise.resolve(failed({ code: 'CERTIFICATE_UNKNOWN', ksefCode: 25008, description: 'Brak' }));
      case 'lost-after':
      case undefined: {
        const entry = this.#entries.find((one) => one.serial === serial);
        if (entry?.state !== 'active') {
          return Promise.resolve(failed({ code: 'CERTIFICATE_NOT_ACTIVE', ksefCode: 25009, description: 'Nie' }));
        }
        this.show(serial, { state: 'blocked' });
        return Promise.resolve(reception === undefined ? done(undefined) : unknown('reset'));
      }
    }
  }

  /** Puts a certificate into KSeF's list, or changes what the list says of it. */
  show(serial: CertificateSerial, change: Partial<KsefCertificateEntry>): void {
    const at = this.#entries.findIndex((one) => one.serial === serial);
    const now = this.clock.now();
    const fresh = {
      ...{ serial, name: 'Certyfikat', type: 'offline' as const, state: 'active' as const, commonName: 'Sprzedawca' },
      ...{ subject: { type: 'Nip' as const, value: SELLER_CONTEXT.value } },
      ...{ notBefore: now, notAfter: now.add({ hours: 24 * 730 }), requestedAt: now, der: bytes({ serial }) },
    };
    if (at === -1) this.#entries.unshift({ ...fresh, ...change });
    else this.#entries[at] = { ...(this.#entries[at] ?? fresh), ...change };
  }

  #take(request: EnrolmentRequest): EnrolmentReference {
    this.taken.push(request);
    const number = this.taken.length;
    const reference = `reference-${String(number)}` as EnrolmentReference;
    this.#outcomes.set(reference, this.#judge(request, number));
    return reference;
  }

  #judge({ csr, name, type }: EnrolmentRequest, number: number): EnrolmentStatus {
    if (this.verdict === 'processing') return { state: 'processing' };
    if (this.verdict === 'rejected')
      return { state: 'rejected', description: 'Wniosek odrzucony', details: ['Klucz.'] };
    if (this.verdict === 'failed') return { state: 'failed', ksefCode: 550, description: 'Anulowana', details: [] };
    const serial = String(number).padStart(16, '0') as CertificateSerial;
    const { keyFingerprint } = JSON.parse(text(csr)) as { keyFingerprint: string };
    const notBefore = this.clock.now();
    const notAfter = notBefore.add({ hours: 24 * 730 });
    const purpose = this.wrongType ? 'authentication' : type;
    this.#entries.unshift({
      serial,
      name,
      type,
      state: 'active',
      commonName: 'Sprzedawca',
      subject: { type: 'Nip', value: SELLER_CONTEXT.value },
      notBefore,
      notAfter,
      requestedAt: notBefore,
      der: bytes({ serial, purpose, keyFingerprint, subject: 'CN=Sprzedawca', notBefore, notAfter }),
    });
    return { state: 'issued', serial, requestedAt: notBefore };
  }
}

/** Everything an enrolment needs, in memory. */
export class EnrolmentWorld {
  readonly clock = new FixedClock('2026-11-23T10:00:00Z');
  readonly database = new InMemoryDatabase(this.clock);
  readonly enrolments = this.database.enrolments;
  readonly ksef = new ScriptedKsefCertificates(this.clock);
  readonly keys = new NumberedKeys();
  orders = 0;
  /** Transactions that succeed before one fails, as if the process died there. */
  crashAfter = Number.POSITIVE_INFINITY;

  readonly work: EnrolmentWork = {
    inTenant: <T>(tenant: TenantId, work: (stores: EnrolmentStores) => Promise<T>): Promise<T> => {
      if (this.crashAfter <= 0) return Promise.reject(new Error('crash'));
      this.crashAfter -= 1;
      return this.database.inTenant(tenant, work);
    },
  };

  readonly start = new StartEnrolment(this.work, this.ksef, this.keys, this.clock, new CountingIds());
  readonly advance = new AdvanceEnrolment(this.work, this.ksef, jsonCertificates, this.clock);

  order(change: Partial<Parameters<StartEnrolment['execute']>[0]> = {}) {
    return this.start.execute({
      tenant: TENANT,
      actor: 'api-key:1',
      claim: { key: `key-${String((this.orders += 1))}`, fingerprint: 'as asked' },
      context: SELLER_CONTEXT,
      name: 'Kasa nr 1',
      type: 'offline',
      keyAlgorithm: 'ec-p256',
      ...change,
    });
  }

  /** One step of the only enrolment. */
  async step(): Promise<Enrolment> {
    const [row] = this.enrolments.rows;
    if (row === undefined) throw new Error('no enrolment');
    const outcome = await this.advance.execute(TENANT, row.id);
    if (!outcome.ok) throw new Error(outcome.error.code);
    return outcome.value;
  }

  /** Steps until nothing is left to do, a minute apart; errors are repeated, as the worker does. */
  async run(minutes = 300): Promise<Enrolment> {
    for (let minute = 0; minute < minutes; minute += 1) {
      const after = await this.step().catch(() => undefined);
      if (after !== undefined && !isUnderWay(after)) return after;
      this.clock.advance(60);
    }
    const [row] = this.enrolments.rows;
    if (row === undefined) throw new Error('no enrolment');
    return row;
  }

  get state(): Enrolment['state'] | undefined {
    return this.enrolments.rows[0]?.state;
  }

  now(): Instant {
    return this.clock.now();
  }
}
