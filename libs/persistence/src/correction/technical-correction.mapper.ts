import {
  invoiceHashFromBytes,
  Temporal,
  type Acceptance,
  type ContextIdentifier,
  type CorrectionVoice,
  type FieldComparison,
  type InvoiceId,
  type InvoiceReference,
  type KsefNumber,
  type KsefRefusal,
  type SessionReference,
  type TechnicalCorrection,
  type TechnicalCorrectionId,
  type TechnicalCorrectionState,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { required } from '../database/required.js';

/** What a state has beyond the columns; moments are text. */
interface Progress {
  readonly notBefore?: string;
  readonly session?: string;
  readonly since?: string;
  readonly reference?: string;
  readonly refusal?: KsefRefusal;
  readonly lookups?: number;
  readonly acceptance?: {
    readonly ksefNumber: string;
    readonly session: string;
    readonly invoice: string;
    readonly invoicingDate: string;
    readonly acquisitionDate?: string;
    readonly invoicingMode?: 'online' | 'offline';
  };
  readonly acceptedOrdinal?: number;
}

/** A row as PostgreSQL gives it. */
export interface TechnicalCorrectionRow {
  readonly id: string;
  readonly invoice_id: string;
  readonly context_type: string;
  readonly context_value: string;
  readonly form_system_code: string;
  readonly form_schema_version: string;
  readonly form_value: string;
  readonly ordinal: number;
  readonly sha256: Buffer;
  readonly size_bytes: number;
  readonly policy: TechnicalCorrection['policy'];
  readonly proposed_by: string;
  readonly proposed_actor: string;
  readonly proposed_at: string;
  readonly proposed_reason: string | null;
  readonly ground_status: number;
  readonly ground_decision: string | null;
  readonly comparison: FieldComparison;
  readonly approved_by: string | null;
  readonly approved_actor: string | null;
  readonly approved_at: string | null;
  readonly approved_reason: string | null;
  readonly declined_by: string | null;
  readonly declined_actor: string | null;
  readonly declined_at: string | null;
  readonly declined_reason: string | null;
  readonly state: TechnicalCorrectionState;
  readonly attempts: number;
  readonly sessions: readonly string[];
  readonly progress: Progress;
  readonly version: number;
  readonly fence: string;
}

/** The row was checked when it was written; each state gets exactly its own data. */
export function toTechnicalCorrection(row: TechnicalCorrectionRow): TechnicalCorrection {
  return { ...identityOf(row), ...OWN_DATA[row.state](row) } as TechnicalCorrection;
}

function identityOf(row: TechnicalCorrectionRow) {
  const { form_system_code: systemCode, form_schema_version: schemaVersion, form_value: value } = row;
  return {
    id: row.id as TechnicalCorrectionId,
    invoiceId: row.invoice_id as InvoiceId,
    context: { type: row.context_type, value: row.context_value } as ContextIdentifier,
    formCode: { systemCode, schemaVersion, value },
    ordinal: row.ordinal,
    hash: invoiceHashFromBytes(new Uint8Array(row.sha256)),
    sizeBytes: row.size_bytes,
    policy: row.policy,
    proposed: required(voiceOf(row, 'proposed'), 'proposer'),
    ground: {
      ksefStatus: row.ground_status,
      ...(row.ground_decision === null ? {} : { decision: row.ground_decision }),
    },
    comparison: row.comparison,
    attempts: row.attempts,
    sessions: row.sessions as readonly SessionReference[],
    version: row.version,
  };
}

function voiceOf(row: TechnicalCorrectionRow, which: 'proposed' | 'approved' | 'declined'): CorrectionVoice | null {
  const [person, actor, at, reason] = [
    row[`${which}_by`],
    row[`${which}_actor`],
    row[`${which}_at`],
    row[`${which}_reason`],
  ];
  if (person === null || actor === null || at === null) return null;
  return { person, actor, at: Temporal.Instant.from(at), ...(reason === null ? {} : { reason }) };
}

const approvedOf = (row: TechnicalCorrectionRow) => ({ approved: required(voiceOf(row, 'approved'), 'approval') });
const refusalOf = ({ progress }: TechnicalCorrectionRow): KsefRefusal => required(progress.refusal ?? null, 'refusal');

const failedOf = (row: TechnicalCorrectionRow) => ({
  state: row.state,
  ...approvedOf(row),
  refusal: refusalOf(row),
});

const acceptedOf = (row: TechnicalCorrectionRow) => ({
  state: row.state,
  ...approvedOf(row),
  acceptance: acceptanceOf(row),
  acceptedOrdinal: required(row.progress.acceptedOrdinal ?? null, 'accepted file'),
});

function acceptanceOf({ progress }: TechnicalCorrectionRow): Acceptance {
  const stored = required(progress.acceptance ?? null, 'acceptance');
  const { acquisitionDate, invoicingMode } = stored;
  return {
    ksefNumber: stored.ksefNumber as KsefNumber,
    session: stored.session as SessionReference,
    invoice: stored.invoice as InvoiceReference,
    invoicingDate: Temporal.Instant.from(stored.invoicingDate),
    ...(acquisitionDate === undefined ? {} : { acquisitionDate: Temporal.Instant.from(acquisitionDate) }),
    ...(invoicingMode === undefined ? {} : { invoicingMode }),
  };
}

const OWN_DATA = {
  proposed: () => ({ state: 'proposed' as const }),
  declined: (row: TechnicalCorrectionRow) => {
    const approved = voiceOf(row, 'approved');
    const declined = required(voiceOf(row, 'declined'), 'who declined');
    return { state: 'declined' as const, declined, ...(approved === null ? {} : { approved }) };
  },
  approved: (row: TechnicalCorrectionRow) => {
    const { notBefore } = row.progress;
    const later = notBefore === undefined ? {} : { notBefore: Temporal.Instant.from(notBefore) };
    return { state: 'approved' as const, ...approvedOf(row), ...later };
  },
  sending: (row: TechnicalCorrectionRow) => {
    const { session, since, reference } = row.progress;
    return {
      state: 'sending' as const,
      ...approvedOf(row),
      session: required(session ?? null, 'session') as SessionReference,
      since: Temporal.Instant.from(required(since ?? null, 'moment of sending')),
      ...(reference === undefined ? {} : { reference: reference as InvoiceReference }),
    };
  },
  resolving: (row: TechnicalCorrectionRow) => ({
    state: 'resolving' as const,
    ...approvedOf(row),
    refusal: refusalOf(row),
    lookups: row.progress.lookups ?? 0,
  }),
  accepted: acceptedOf,
  complete: acceptedOf,
  refused: failedOf,
  blocked: failedOf,
  'needs-review': failedOf,
  conflict: failedOf,
} satisfies Record<
  TechnicalCorrectionState,
  (row: TechnicalCorrectionRow) => { readonly state: TechnicalCorrectionState }
>;

/** What the state has beyond the columns, as JSON: Temporal values write themselves as text. */
export function progressText(correction: TechnicalCorrection): string {
  const own = Object.fromEntries(
    PROGRESS.flatMap((name) => (name in correction ? [[name, Reflect.get(correction, name)]] : [])),
  );
  return JSON.stringify(own, (_name, value: unknown) =>
    value instanceof Temporal.Instant ? instantText(value) : value,
  );
}

const PROGRESS = [
  'notBefore',
  'session',
  'since',
  'reference',
  'refusal',
  'lookups',
  'acceptance',
  'acceptedOrdinal',
] as const satisfies readonly (keyof Progress)[];

/** Person, actor, moment and reason, as columns. */
export function voiceColumns(voice: CorrectionVoice | undefined): readonly (string | null)[] {
  if (voice === undefined) return [null, null, null, null];
  return [voice.person, voice.actor, instantText(voice.at), voice.reason ?? null];
}
