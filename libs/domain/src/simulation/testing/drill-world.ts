import { CheckAvailability } from '../../availability/check-availability.js';
import { IssueInvoice } from '../../invoice/issue-invoice.js';
import { PostOnline } from '../../invoice/post-online.js';
import { SealOffline } from '../../invoice/seal-offline.js';
import { EnterNotice } from '../../outage/enter-notice.js';
import { anAuthenticationCertificate, anOfflineCertificate, TENANT } from '../../testing/builders.js';
import { CrashPoints } from '../../testing/crash-points.js';
import { DeliveryWorld } from '../../testing/delivery-world.js';
import { JURISDICTION } from '../../testing/issuing-world.js';
import { KeyedDigestSigner } from '../../testing/keyed-digest-signer.js';
import { PlainDocuments } from '../../testing/plain-documents.js';
import { nodeHasher } from '../../testing/sha256.js';
import { AdvanceDrill } from '../advance-drill.js';
import { isDrillUnderWay, type Drill } from '../drill.js';
import { StartDrill } from '../start-drill.js';
import { EndDowntime, StartDowntime } from '../switch-downtime.js';

/** Everything a drill needs: a tenant with certificates, KSeF, and the workers that send. */
export class DrillWorld extends DeliveryWorld {
  readonly notices = new EnterNotice(this.database, this.clock, 'test');
  readonly availability = new CheckAvailability(this.database, this.clock, JURISDICTION);
  readonly startDrill = new StartDrill(this.database, this.clock, this.ids, JURISDICTION);
  readonly startDowntime = new StartDowntime(this.database, this.notices, this.clock, JURISDICTION);
  readonly endDowntime = new EndDowntime(this.database, this.notices, this.clock);
  readonly #signer = new KeyedDigestSigner();

  /** Both certificates of the seller's context, and a look that found KSeF answering. */
  async ready(): Promise<void> {
    await this.database.certificates.add(anOfflineCertificate());
    await this.database.certificates.add(anAuthenticationCertificate());
    await this.looked();
  }

  async looked(reachable = true): Promise<void> {
    await this.database.connection.looked(reachable, this.clock.now());
  }

  /** The use case of a process that dies where `crash` says. */
  advanceDrill(crash = new CrashPoints(0), jurisdiction = JURISDICTION): AdvanceDrill {
    const { clock, ids } = this;
    const unitOfWork = crash.around(this.database);
    const seal = new SealOffline({
      unitOfWork,
      signer: this.#signer,
      clock,
      environment: 'test',
      batchLingerSeconds: 5,
    });
    const sessions = this.ksef.interactiveSessions;
    const post = new PostOnline({ unitOfWork, sessions, clock, environment: 'test' }, seal);
    const documents = new PlainDocuments();
    const ports = { unitOfWork, documents, hasher: nodeHasher, clock, ids, jurisdiction: JURISDICTION };
    const issue = new IssueInvoice(ports, seal, post);
    const notices = new EnterNotice(unitOfWork, clock, 'test');
    const availability = new CheckAvailability(unitOfWork, clock, JURISDICTION);
    return new AdvanceDrill({ unitOfWork, clock }, notices, issue, availability, jurisdiction);
  }

  /** Sends what waits, if it may go, as the worker does. */
  async send(): Promise<void> {
    await this.looked();
    const planned = await this.planner.whenSendable(TENANT);
    for (const { id } of planned.ok ? planned.value : []) await this.runToEnd(id);
  }

  /** Advances and sends in turns, a minute each, until the drill has ended. */
  async runDrill(rounds = 100): Promise<Drill> {
    for (let round = 0; round < rounds; round += 1) {
      await this.advanceDrill().execute(TENANT);
      const [drill] = await this.database.drills.list(1);
      if (drill !== undefined && !isDrillUnderWay(drill)) return drill;
      await this.send();
      this.clock.advance(60);
      await this.looked();
    }
    throw new Error('the drill does not end');
  }
}
