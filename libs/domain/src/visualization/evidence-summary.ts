/** A moment in a life: when, what, by whom. */
export interface EvidenceEvent {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly action: string;
  readonly actor: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** A file by its digest, for a reader to compare. */
export interface EvidenceFile {
  readonly kind: 'invoice' | 'delivered-file' | 'evidence' | 'upo' | 'upo-page';
  readonly sha256Base64: string;
  readonly sizeBytes?: number;
}

/**
 * What an accountant shows to prove how an invoice was issued and when it reached KSeF: which announcement the mode rests
 * on, which deadline followed and why, which bytes were signed and sent, and what KSeF answered.
 */
export interface EvidenceSummary {
  readonly invoiceId: string;
  readonly number: string;
  readonly sellerNip: string;
  readonly sellerName: string;
  readonly issueDate: string;
  readonly status: string;
  readonly requestedMode?: string;
  readonly issue?: {
    readonly mode: string;
    readonly issuedAt: string;
    readonly basis:
      | { readonly kind: 'own-choice'; readonly reason: string }
      | { readonly kind: 'bulletin'; readonly bulletinId: string; readonly version: number; readonly eventId: string };
    readonly certificateSerial?: string;
  };
  readonly deadline?: {
    readonly kind: 'due' | 'open' | 'none';
    readonly day?: string;
    readonly endsAt?: string;
    readonly targetAt?: string;
    readonly legalBasis: string;
    /** The steps that led there, as sentences. */
    readonly steps: readonly string[];
  };
  readonly delivery?: { readonly channel: string; readonly session?: string; readonly batchId?: string };
  readonly acceptance?: {
    readonly ksefNumber: string;
    readonly acceptedAt: string;
    readonly numberAssignedAt?: string;
    readonly invoicingMode?: string;
    readonly late?: boolean;
  };
  readonly refusal?: { readonly code: number; readonly description: string; readonly details: readonly string[] };
  readonly links: readonly { readonly kind: 'KOD I' | 'KOD II'; readonly link: string }[];
  readonly files: readonly EvidenceFile[];
  readonly upoSignature?: { readonly verdict: 'valid' | 'not-checked'; readonly signer?: string };
  /** Oldest first. */
  readonly events: readonly EvidenceEvent[];
}
