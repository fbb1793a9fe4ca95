import { CheckAvailability } from '../../availability/check-availability.js';
import { RecalculateDeadlines } from '../../deadline/recalculate-deadlines.js';
import { IssueInvoice } from '../../invoice/issue-invoice.js';
import { PostOnline } from '../../invoice/post-online.js';
import { SealOffline } from '../../invoice/seal-offline.js';
import { parseKsefNumber } from '../../ksef-number/ksef-number.js';
import { ResolvePosting } from '../../session/resolve-posting.js';
import { SharedSessions } from '../../session/shared-sessions.js';
import { EnterNotice } from '../../outage/enter-notice.js';
import { anAuthenticationCertificate, anOfflineCertificate, TENANT } from '../../testing/builders.js';
import { CrashPoints } from '../../testing/crash-points.js';
import { DeliveryWorld } from '../../testing/delivery-world.js';
import { JURISDICTION } from '../../testing/issuing-world.js';
import { HandStopwatch } from '../../testing/hand-stopwatch.js';
import { KeyedDigestSigner, keyedDigest } from '../../testing/keyed-digest-signer.js';
import { PlainDocuments } from '../../testing/plain-documents.js';
import { nodeHasher } from '../../testing/sha256.js';
import { AdvanceDrill } from '../advance-drill.js';
import { DrillOutages } from '../drill-outage.js';
import { DrillSamples } from '../drill-samples.js';
import { isDrillUnderWay, type Drill } from '../drill.js';
import type { OutageSwitch } from '../outage-switch.port.js';
import { StartDrill } from '../start-drill.js';
import { EndDowntime, StartDowntime } from '../switch-downtime.js';
import type { UpoEntries } from '../upo-entries.port.js';
import type { CodeVerifier } from '../../verification-code/code-verifier.port.js';

/** Everything a drill needs: a tenant with certificates, KSeF, and the workers that send. */
export class DrillWorld extends DeliveryWorld {
  readonly notices = new EnterNotice(this.database, this.clock, 'test');
  readonly availability = new CheckAvailability(this.database, this.clock, JURISDICTION);
  readonly startDrill = new StartDrill(this.database, this.clock, this.ids, JURISDICTION);
  readonly startDowntime = new StartDowntime(this.database, this.notices, this.clock, JURISDICTION);
  readonly endDowntime = new EndDowntime(this.database, this.notices, this.clock);
  /** The controls of a simulated KSeF, where the installation has them. */
  outageSwitch: OutageSwitch | undefined;
  /** Codes that no longer hold, as a bug or a fault of the disk would leave them. */
  brokenSignatures = false;
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
    // Samples are never posted online; an issuer comes with the means all the same.
    const stopwatch = new HandStopwatch(clock);
    const sessions = new SharedSessions(
      { unitOfWork, sessions: this.ksef.interactiveSessions, reader: this.ksef, clock, stopwatch },
      { processName: 'worker', idleSeconds: 300 },
    );
    const resolve = new ResolvePosting(this.ksef, sessions, stopwatch);
    const post = new PostOnline({ unitOfWork, clock, stopwatch, environment: 'test' }, sessions, resolve, seal, {
      budgetMs: 15_000,
      endOfDaySeconds: 600,
    });
    const documents = new PlainDocuments();
    const ports = { unitOfWork, documents, hasher: nodeHasher, clock, ids, jurisdiction: JURISDICTION };
    const issue = new IssueInvoice(ports, seal, post);
    const notices = new EnterNotice(unitOfWork, clock, 'test');
    const availability = new CheckAvailability(unitOfWork, clock, JURISDICTION);
    const outageSwitch = this.outageSwitch === undefined ? undefined : crash.around(this.outageSwitch);
    const outages = new DrillOutages({ unitOfWork, clock }, notices, outageSwitch);
    const samples = new DrillSamples(unitOfWork, jurisdiction, { verifier: this.#verifier, upos: this.#upos });
    return new AdvanceDrill({ unitOfWork, clock }, outages, issue, availability, samples, jurisdiction);
  }

  /** Knows the keyed digests of the signer above by the serial in the text. */
  readonly #verifier: CodeVerifier = {
    verifies: (_certificate, text, signature) => {
      const serial = text.split('/').at(-2) ?? '';
      return !this.brokenSignatures && keyedDigest(serial, text).every((octet, at) => octet === signature[at]);
    },
  };

  /** Knows the UPOs of the scripted KSeF: its ledger says which file has the number. */
  readonly #upos: UpoEntries = {
    entries: (upo) => {
      const [word, named = ''] = new TextDecoder().decode(upo).split(' ');
      if (word !== 'UPO') throw new Error('not a UPO');
      // One invoice's own names it; that of a session is taken to name all.
      return this.ksef.ledger.filter(({ ksefNumber }) => !parseKsefNumber(named).ok || ksefNumber === named);
    },
  };

  /** Sends what waits, if it may go, as the worker does. */
  async send(): Promise<void> {
    await this.looked();
    await new RecalculateDeadlines(this.database, JURISDICTION, this.clock).execute(TENANT);
    const planned = await this.planner.whenSendable(TENANT);
    for (const { id } of planned.ok ? planned.value : []) await this.runToEnd(id);
  }

  /** What a worker reads of Latarnia between two looks; nothing, unless a test has it say something. */
  looksAtLatarnia: () => Promise<void> = () => Promise.resolve();

  /** Advances and sends in turns, a minute each, until the drill has ended. */
  async runDrill(rounds = 100): Promise<Drill> {
    for (let round = 0; round < rounds; round += 1) {
      await this.advanceDrill().execute(TENANT);
      const [drill] = await this.database.drills.list(1);
      if (drill !== undefined && !isDrillUnderWay(drill)) return drill;
      await this.looksAtLatarnia();
      await this.send();
      this.clock.advance(60);
      await this.looked();
    }
    throw new Error('the drill does not end');
  }
}
