import type { KsefRefusal } from '../invoice/invoice.js';
import { acceptanceIn } from '../session/acceptance-in.js';
import { findInKsef, type Whereabouts } from '../session/find-in-ksef.js';
import type { KsefAccess } from '../session/ksef-access.js';
import type { SessionReader } from '../session/session-reader.port.js';
import type { CorrectionSteps } from './correction-steps.js';
import { lineageOf, type LineageFile } from './lineage.js';
import type { HeldCorrection } from './technical-correction-repository.port.js';
import { acceptCorrection, lookAgainForCorrection } from './technical-correction-transitions.js';
import type { ResolvingCorrection, SendingCorrection } from './technical-correction.js';

/** A list of accepted invoices may lag behind KSeF's own checks; after that a person looks. */
const MOST_LOOKUPS = 5;
/** Apart so far: KSeF answers 20 searches an hour in a context (domain rules 8.1). */
const LOOKUP_GAP_SECONDS = 600;

type Held = HeldCorrection<ResolvingCorrection>;

/**
 * KSeF holds something in the place of this file (21166, 21167, or a duplicate that is not settled). Reads the sessions
 * where files of the lineage were posted, then asks KSeF for the number; adopts what is ours, by hash, and marks as a
 * conflict what is not (reliability D6).
 */
export class ResolveLineage {
  constructor(
    private readonly steps: CorrectionSteps,
    private readonly reader: SessionReader,
  ) {}

  /** @returns whether the claim was given back */
  async execute(access: KsefAccess, held: Held): Promise<boolean> {
    const told = await this.look(access, held, false);
    return (await this.adopt(access, held, told)) || this.notFound(access, held);
  }

  /** Where KSeF has a file of the lineage. @param isLongAgo see `Sought` */
  async look(
    access: KsefAccess,
    { correction }: HeldCorrection<SendingCorrection | ResolvingCorrection>,
    isLongAgo: boolean,
  ): Promise<Whereabouts<LineageFile>> {
    const lineage = await this.steps.unitOfWork.inTenant(access.tenant, (stores) => lineageOf(stores, correction));
    return findInKsef(this.reader, access, { ...lineage, isLongAgo });
  }

  /** Takes over what KSeF surely holds. @returns whether it did, and the claim was given back */
  async adopt(
    { tenant }: KsefAccess,
    held: HeldCorrection<SendingCorrection | ResolvingCorrection>,
    told: Whereabouts<LineageFile>,
    refusal?: KsefRefusal,
  ): Promise<boolean> {
    const { correction } = held;
    if (told.kind === 'other') {
      const said = refusal ?? ('refusal' in correction ? correction.refusal : ANOTHER);
      await this.steps.refused(tenant, held, 'conflict', { ...said, advice: conflictWith(told.ksefNumber) });
      return true;
    }
    if (told.kind !== 'accepted') return false;
    const { file, session, row } = told;
    const acceptance = acceptanceIn(session, row);
    if (acceptance.ok) {
      const next = acceptCorrection(correction, acceptance.value, file.ordinal);
      await this.steps.accepted(tenant, held, next, file.ordinal === 1 ? undefined : file);
    } else {
      await this.steps.stuck(tenant, held, 'needs-review', acceptance.error);
    }
    return true;
  }

  private async notFound({ tenant }: KsefAccess, held: Held): Promise<true> {
    const next = lookAgainForCorrection(held.correction);
    const { refusal } = next;
    if (next.lookups < MOST_LOOKUPS) {
      await this.steps.store(tenant, held, next, LOOKUP_GAP_SECONDS, { lookups: next.lookups });
    } else {
      await this.steps.stuck(tenant, held, 'needs-review', { ...refusal, advice: NOT_FOUND } satisfies KsefRefusal);
    }
    return true;
  }
}

const NOT_FOUND =
  'KSeF says that it holds a file of this invoice, and none was found: look it up in KSeF, then read again, resume or decline.';
const ANOTHER = { code: 440, description: 'KSeF holds another document under this number.', details: [] } as const;
const conflictWith = (ksefNumber: string): string =>
  `KSeF holds another document under this number (${ksefNumber}): a person compares and decides.`;
