import { sameHash } from '../invoice/invoice-hash.js';
import type { InvoiceFacts } from '../invoice/invoice-facts.js';
import type { KsefRefusal } from '../invoice/invoice.js';
import type { KsefAccess } from '../session/ksef-access.js';
import { sessionInvoices } from '../session/session-invoices.js';
import type { InvoiceInKsef, SessionInvoice, SessionReader } from '../session/session-reader.port.js';
import type { SessionReference } from '../session/session-reference.js';
import type { CorrectionSteps } from './correction-steps.js';
import { correctingInvoice } from './correction-steps.js';
import { acceptanceIn, filesOf, type LineageFile } from './lineage.js';
import type { HeldCorrection } from './technical-correction-repository.port.js';
import { acceptCorrection, lookAgainForCorrection } from './technical-correction-transitions.js';
import type { ResolvingCorrection } from './technical-correction.js';

/** A list of accepted invoices may lag behind KSeF's own checks; after that a person looks. */
const MOST_LOOKUPS = 5;
/** Apart so far: KSeF answers 20 searches an hour in a context (domain rules 8.1). */
const LOOKUP_GAP_SECONDS = 600;
/** A session lives so long: an invoice accepted now was posted into one opened since (domain rules 8.2). */
const LONGEST_SESSION_HOURS = 13;
const ACCEPTED = 200;

type Held = HeldCorrection<ResolvingCorrection>;
interface Hit {
  readonly file: LineageFile;
  readonly session: SessionReference;
  readonly row: SessionInvoice;
}

/**
 * After 21166 or 21167: KSeF holds something in the place of this file. Reads the sessions where files of the lineage
 * were posted, then asks KSeF for the number; adopts what is ours, by hash, and marks as a conflict what is not
 * (reliability D6).
 */
export class ResolveLineage {
  constructor(
    private readonly steps: CorrectionSteps,
    private readonly reader: SessionReader,
  ) {}

  /** @returns whether the claim was given back */
  async execute(access: KsefAccess, held: Held): Promise<boolean> {
    const { correction } = held;
    const { files, facts } = await this.steps.unitOfWork.inTenant(access.tenant, async (stores) => ({
      files: await filesOf(stores, correction),
      facts: (await correctingInvoice(stores, correction)).facts,
    }));
    const hit = (await this.inKnownSessions(access, files)) ?? (await this.byNumber(access, files, facts));
    if (hit === 'conflict') {
      await this.steps.refused(access.tenant, held, 'conflict', {
        ...correction.refusal,
        advice: 'KSeF holds another document under this number: a person compares and decides.',
      });
      return true;
    }
    if (hit === undefined) return this.notFound(access, held);
    const acceptance = acceptanceIn(hit.session, hit.row);
    if (!acceptance.ok) {
      await this.steps.stuck(access.tenant, held, 'needs-review', acceptance.error);
      return true;
    }
    const next = acceptCorrection(correction, acceptance.value, hit.file.ordinal);
    await this.steps.accepted(access.tenant, held, next, hit.file.ordinal === 1 ? undefined : hit.file);
    return true;
  }

  private async inKnownSessions(access: KsefAccess, files: readonly LineageFile[]): Promise<Hit | undefined> {
    for (const file of files) {
      for (const session of file.sessions) {
        const row = await this.acceptedRow(access, session, file);
        if (row !== undefined) return { file, session, row };
      }
    }
    return undefined;
  }

  private async byNumber(
    access: KsefAccess,
    files: readonly LineageFile[],
    facts: InvoiceFacts,
  ): Promise<Hit | 'conflict' | undefined> {
    const found = await this.reader.findByNumber(access, facts);
    for (const known of found) {
      const file = files.find(({ hash }) => sameHash(hash, known.hash));
      if (file !== undefined) return this.sessionOf(access, file, known);
    }
    return found.length === 0 ? undefined : 'conflict';
  }

  /** Ours, in a session that we do not know: found among those that were open when KSeF took it. */
  private async sessionOf(access: KsefAccess, file: LineageFile, known: InvoiceInKsef): Promise<Hit | undefined> {
    const to = known.invoicingDate.add({ seconds: 1 });
    const from = known.invoicingDate.subtract({ hours: LONGEST_SESSION_HOURS });
    for (const kind of ['interactive', 'batch'] as const) {
      for (const { reference, invoiceCount } of await this.reader.sessionsOpened(access, kind, from, to)) {
        const row = invoiceCount === 0 ? undefined : await this.acceptedRow(access, reference, file);
        if (row !== undefined) return { file, session: reference, row };
      }
    }
    return undefined;
  }

  private async acceptedRow(
    access: KsefAccess,
    session: SessionReference,
    file: LineageFile,
  ): Promise<SessionInvoice | undefined> {
    for await (const row of sessionInvoices(this.reader, access, session)) {
      if (row.code === ACCEPTED && sameHash(row.hash, file.hash)) return row;
    }
    return undefined;
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
  'KSeF says that it holds a file of this invoice, and none was found: look it up in KSeF, then resume or decline.';
