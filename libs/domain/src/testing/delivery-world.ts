import { LIST_KEEPS_UP_TO } from '../batch/accept-by-upo.js';
import { AdvanceBatch } from '../batch/advance-batch.js';
import { BatchSteps } from '../batch/batch-steps.js';
import type { Batch, BatchId } from '../batch/batch.js';
import { OpenSessionStep } from '../batch/open-session-step.js';
import { PackStep } from '../batch/pack-step.js';
import { PlanBatches } from '../batch/plan-batches.js';
import { ReconcileStep } from '../batch/reconcile-step.js';
import { TrackSessionStep } from '../batch/track-session-step.js';
import { UploadStep } from '../batch/upload-step.js';
import { WatchBatch } from '../batch/watch-batch.js';
import { termOf } from '../deadline/due-term.js';
import { situationOf } from '../legal-situation/legal-situation.js';
import type { Invoice, IssuedInvoice } from '../invoice/invoice.js';
import { MONDAY_11, TENANT, anIssuedInvoice } from './builders.js';
import { CountingIds } from './counting-ids.js';
import type { Heartbeat } from '../shared/heartbeat.port.js';
import { CrashPoints } from './crash-points.js';
import { FixedClock } from './fixed-clock.js';
import { InMemoryDatabase } from './in-memory-database.js';
import { InMemoryPackager } from './in-memory-packager.js';
import { JURISDICTION } from './issuing-world.js';
import { plainDocument } from './plain-document.js';
import { ScriptedKsef } from './scripted-ksef.js';

/** So small that five invoices fill five parts, one more than go up at a time. */
const PART_BYTES = 40;

/** Everything that batches need: a database, KSeF, a packager and a clock, with waiting invoices. */
export class DeliveryWorld {
  readonly clock = new FixedClock(MONDAY_11);
  readonly database = new InMemoryDatabase(this.clock);
  readonly packager = new InMemoryPackager(PART_BYTES);
  readonly ksef = new ScriptedKsef(this.clock, this.packager.disk);
  readonly ids = new CountingIds();
  /** As the product has it, unless the test says otherwise. */
  listKeepsUpTo = LIST_KEEPS_UP_TO;
  readonly planner = new PlanBatches(this.database, this.clock, this.ids, JURISDICTION);

  /** Stores issued invoices with their deadlines; by number, or ready-made with the number as content. */
  async add(...invoices: readonly (string | IssuedInvoice)[]): Promise<void> {
    await this.database.inTenant(TENANT, async (stores) => {
      for (const given of invoices) {
        const invoice = typeof given === 'string' ? anIssuedInvoice(given) : given;
        const added = await stores.invoices.add(invoice, plainDocument({ number: invoice.facts.number }));
        if (!added.ok) throw new Error(`${invoice.facts.number} is taken`);
        const situation = situationOf(await stores.legal.read(), JURISDICTION);
        const term = termOf(invoice, situation);
        if (term !== undefined) await stores.invoices.saveTerm(invoice.id, term);
      }
    });
  }

  /** Stores invoices and plans them into one batch. */
  async plannedBatch(...numbers: readonly string[]): Promise<BatchId> {
    await this.add(...numbers);
    const [batch] = await this.planner.execute(TENANT, 'worker');
    if (batch === undefined) throw new Error('nothing was planned');
    return batch.id;
  }

  /** A worker of that name, which dies where `crash` says. */
  worker(owner = 'worker-1', crash = new CrashPoints(0), heartbeat: Heartbeat = beatsOnce): AdvanceBatch {
    const unitOfWork = crash.around(this.database);
    const packager = crash.around(this.packager);
    const sessions = crash.around(this.ksef.batchSessions);
    const reader = crash.around(this.ksef);
    const steps = new BatchSteps(unitOfWork, this.clock, packager, this.ids);
    return new AdvanceBatch(
      unitOfWork,
      { name: owner, heartbeat },
      {
        pack: new PackStep(steps, packager),
        open: new OpenSessionStep(steps, sessions, reader),
        upload: new UploadStep(steps, packager, sessions),
        track: new TrackSessionStep(steps, sessions, reader),
        reconcile: new ReconcileStep(steps, reader, this.listKeepsUpTo),
        watch: new WatchBatch(steps),
      },
    );
  }

  /** Advances one batch again and again, as its next action comes due, until it has ended. */
  async runToEnd(id: BatchId, rounds = 40): Promise<Batch> {
    for (let round = 0; round < rounds; round++) {
      const outcome = await this.worker().execute(TENANT, id, { aborted: false });
      const batch = this.batch(id);
      if (outcome === 'ended') return batch;
      this.clock.advance(this.database.batches.nextActionInSeconds(id) ?? 0);
    }
    throw new Error(`batch ${id} is still ${this.batch(id).state}`);
  }

  batch(id: BatchId): Batch {
    const batch = this.database.batches.stored.find((candidate) => candidate.id === id);
    if (batch === undefined) throw new Error(`no batch ${id}`);
    return batch;
  }

  /** `FV/1: complete`, in the order of arrival. */
  get invoiceStates(): readonly string[] {
    return this.database.invoices.stored.map(({ facts, state }) => `${facts.number}: ${state}`);
  }

  invoice(number: string): Invoice {
    const invoice = this.database.invoices.stored.find(({ facts }) => facts.number === number);
    if (invoice === undefined) throw new Error(`no invoice ${number}`);
    return invoice;
  }
}

/** Beats once before the work: a lease can be renewed at any moment without harm. */
const beatsOnce: Heartbeat = {
  during: async (_everySeconds, beat, work) => {
    await beat();
    return work();
  },
};
