import { TENANT } from '../../../testing/builders.js';
import type { Certificate } from '../../certificate.js';
import { EnrolmentWorld } from '../../enrolment/testing/enrolment-world.js';
import { RevokeCertificate } from '../revoke-certificate.js';
import { SyncCertificates } from '../sync-certificates.js';
import { TendCertificates } from '../tend-certificates.js';
import { WarnOfExpiry } from '../warn-of-expiry.js';

/** Certificates, KSeF's list of them, and what is done with both. */
export class LifecycleWorld extends EnrolmentWorld {
  readonly revoke = new RevokeCertificate(this.database, this.ksef, this.clock);
  readonly sync = new SyncCertificates(this.database, this.ksef, this.clock);
  readonly warn = new WarnOfExpiry(this.database, this.clock);
  readonly tend = new TendCertificates(this.database, this.advance, this.revoke, this.sync, this.clock);

  /** Takes certificates in as an import does, and has KSeF list them. */
  async has(...certificates: readonly Certificate[]): Promise<void> {
    await this.database.inTenant(TENANT, async (stores) => {
      for (const certificate of certificates) await stores.certificates.add(certificate);
    });
    for (const { serial, purpose: type, notBefore, notAfter } of certificates) {
      this.ksef.show(serial, { type, notBefore, notAfter });
    }
  }

  stored(id: Certificate['id']): Certificate {
    const found = this.database.certificates.stored.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no certificate ${id}`);
    return found;
  }

  get actions(): readonly string[] {
    return this.database.audit.entries.map(({ action }) => action);
  }
}
