/** What one client asked for, and everything it was told. */
export interface JournalEntry {
  readonly key: string;
  readonly tenant: number;
  readonly sellerNip: string;
  readonly number: string;
  readonly kind: string;
  /** SHA-256 of the bytes that were sent, Base64. */
  readonly sha256: string;
  readonly answers: readonly Answer[];
}

/** One answer; lost ones and those that ask to come again are not in the journal. */
export interface Answer {
  readonly status: number;
  /** `type` of a problem, or the invoice's id and hash. */
  readonly code: string | undefined;
  readonly id: string | undefined;
  readonly sha256: string | undefined;
  readonly at: number;
}

/** A legally issued invoice, as far as its client knows: it was answered with 2xx. */
export const issuedOf = (entry: JournalEntry): readonly Answer[] => entry.answers.filter(({ status }) => status < 300);
