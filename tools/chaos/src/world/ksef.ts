import { callJson, SimulatorControl, type LedgerEntry } from '@latarnik/launcher';

/** An invoice that KSeF accepted. */
export interface AcceptedEntry extends LedgerEntry {
  /** RodzajFaktury. */
  readonly kind: string;
  readonly hashOfCorrectedInvoice: string | null;
}

/** One invoice in one session, as the simulated KSeF has it. */
export interface WitnessedInvoice {
  /** SHA-256, Base64. */
  readonly invoiceHash: string;
  readonly ordinal: number;
  readonly code: number;
  readonly ksefNumber: string | null;
  readonly hashOfCorrectedInvoice: string | null;
}

export interface WitnessedSession {
  readonly referenceNumber: string;
  readonly type: 'Batch' | 'Online';
  readonly context: { readonly type: string; readonly value: string };
  readonly code: number;
  readonly createdAt: string;
  readonly closedAt: string | null;
  /** When its status last changed. */
  readonly updatedAt: string;
  readonly invoices: readonly WitnessedInvoice[];
}

export interface Fault {
  readonly kind: string;
  readonly cause: string;
  readonly endpoint: string;
}

/** The simulated KSeF, as somebody at its controls and as a witness sees it. */
export class Ksef extends SimulatorControl {
  constructor(private readonly control: string) {
    super(control);
  }

  sessions(): Promise<readonly WitnessedSession[]> {
    return callJson('GET', `${this.control}/witness/sessions`) as Promise<readonly WitnessedSession[]>;
  }

  /** The bytes that KSeF took under a number. */
  async document(ksefNumber: string): Promise<Uint8Array> {
    const response = await fetch(`${this.control}/witness/documents/${ksefNumber}`);
    if (!response.ok) throw new Error(`no document under ${ksefNumber}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  /** Only what Latarnia says. */
  async announceFailure(title: string): Promise<number> {
    const order = { category: 'FAILURE', announce: true, unreachable: false, title };
    const { eventId } = (await callJson('POST', `${this.control}/outages`, order)) as { readonly eventId: number };
    return eventId;
  }

  async correctStart(eventId: number, start: Date): Promise<void> {
    await callJson('POST', `${this.control}/outages/${String(eventId)}/correct`, { start: start.toISOString() });
  }

  /** Only the connection. */
  async cut(manner: string): Promise<void> {
    await callJson('POST', `${this.control}/ksef`, { reachable: false, manner });
  }

  async releaseHolds(): Promise<void> {
    await callJson('POST', `${this.control}/holds/release`, {});
  }

  /** What was ordered and has not happened yet, by its cause: `ordered`, or `incident: <name>`. */
  async ordersAhead(): Promise<readonly { readonly cause: string; readonly left: number }[]> {
    const { armed } = (await callJson('GET', `${this.control}/faults`)) as {
      readonly armed: readonly { readonly cause: string; readonly left: number }[];
    };
    return armed;
  }
}
