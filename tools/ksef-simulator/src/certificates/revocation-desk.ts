import {
  type CertificateRecord,
  type CertificateRegister,
  certificateStatus,
  type RevocationReason,
  sameSubject,
} from '../core/certificate-register.js';
import type { Clock } from '../core/clock.js';
import type { SubjectIdentifier } from '../core/context.js';
import { refuse } from '../core/refusals.js';
import type { Settings } from '../core/settings.js';
import type { Tasks } from '../core/tasks.js';

export interface RevocationDeskParts {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly tasks: Tasks;
  readonly register: CertificateRegister;
}

/** What an owner does with a certificate before its end. */
export class RevocationDesk {
  constructor(private readonly parts: RevocationDeskParts) {}

  /**
   * Blocks a certificate at once; a little later it is revoked. Only its owner may.
   * @throws {KsefRefusal} 25008, 25009
   */
  revoke(owner: SubjectIdentifier, serialNumber: string, reason: RevocationReason): void {
    const record = this.#own(owner, serialNumber);
    const { clock, settings, tasks } = this.parts;
    if (certificateStatus(record, clock.now()) !== 'Active') throw refuse(25009);
    const revocation: NonNullable<CertificateRecord['revocation']> = { state: 'Blocked', reason };
    record.revocation = revocation;
    tasks.later(settings.processingDelayMs, () => {
      revocation.state = 'Revoked';
    });
  }

  /**
   * Test data: lets a certificate end sooner.
   * @throws {KsefRefusal} 25008, 21405 when that were later than now agreed
   */
  shorten(owner: SubjectIdentifier, serialNumber: string, validTo: number): void {
    const record = this.#own(owner, serialNumber);
    if (validTo > record.validTo) throw refuse(21405, 'Okres ważności certyfikatu można tylko skrócić.');
    record.validTo = validTo;
  }

  #own(owner: SubjectIdentifier, serialNumber: string): CertificateRecord {
    const record = this.parts.register.find(serialNumber);
    if (record === undefined || !sameSubject(record.owner, owner)) throw refuse(25008);
    return record;
  }
}
