import { callJson } from './http.js';

/** An invoice that the simulated KSeF accepted, from its own ledger. */
export interface LedgerEntry {
  readonly ksefNumber: string;
  /** SHA-256, Base64. */
  readonly invoiceHash: string;
  readonly invoiceNumber: string;
  readonly sellerNip: string;
  readonly sessionReferenceNumber: string;
  readonly offlineDeclared: boolean;
  /** Of a technical correction: SHA-256 of the file it stands for, Base64. */
  readonly hashOfCorrectedInvoice: string | null;
}

export interface IssuedCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly certificateSerialNumber: string;
}

/** What a person at the controls of the simulator can do. */
export class SimulatorControl {
  constructor(private readonly controlUrl: string) {}

  async issueCertificate(
    type: 'Authentication' | 'Offline',
    nip: string,
    keyType: 'EC' | 'RSA' = 'EC',
  ): Promise<IssuedCertificate> {
    return (await this.post('/certificates', { type, nip, keyType })) as IssuedCertificate;
  }

  /** PEM of the certificate that signs the simulator's UPOs. */
  async upoSigner(): Promise<string> {
    const answer = await fetch(`${this.controlUrl}/upo-signer`);
    if (!answer.ok) throw new Error(`the simulator gives no certificate for UPOs: HTTP ${String(answer.status)}`);
    return answer.text();
  }

  /** Lets a context issue for another seller (self-billing). */
  async allowIssuing(contextNip: string, sellerNip: string): Promise<void> {
    await this.post('/issuers', { context: { type: 'Nip', value: contextNip }, sellerNip });
  }

  /** KSeF stops answering and Latarnia announces a failure. @returns the event to end */
  async beginFailure(title: string): Promise<number> {
    const event = (await this.post('/outages', { category: 'FAILURE', announce: true, unreachable: true, title })) as {
      readonly eventId: number;
    };
    return event.eventId;
  }

  /** Latarnia states ends in whole seconds: the next one, so that what was issued until now lies inside the outage. */
  async endOutage(eventId: number): Promise<void> {
    const end = new Date(Math.ceil(Date.now() / 1000) * 1000).toISOString();
    await this.post(`/outages/${String(eventId)}/end`, { end });
  }

  /** Only the connection; nothing is announced. */
  async setReachable(reachable: boolean): Promise<void> {
    await this.post('/ksef', { reachable });
  }

  /** Plays something that happened to clients of the real KSeF; GET /incidents of the control API lists them. */
  async playIncident(name: string, times = 1): Promise<void> {
    await this.post('/incidents', { name, times });
  }

  /** Orders a fault for certain, the next so many times it can befall; GET /faults of the control API lists the kinds. */
  async orderFault(kind: string, times = 1): Promise<void> {
    await this.post('/faults', { kind, times });
  }

  /** Switches to a fault profile; the same seed and the same calls bring the same faults. */
  async useFaults(profile: string, seed: string): Promise<void> {
    await callJson('PUT', `${this.controlUrl}/faults`, { profile, seed });
  }

  /** No faults any more; what hangs goes on. */
  async endFaults(): Promise<void> {
    await callJson('DELETE', `${this.controlUrl}/faults`, undefined);
  }

  /** Every fault that was injected, in order. */
  async faultJournal(): Promise<
    readonly { readonly kind: string; readonly cause: string; readonly endpoint: string }[]
  > {
    const journal = (await callJson('GET', `${this.controlUrl}/journal`)) as {
      readonly entries: Awaited<ReturnType<SimulatorControl['faultJournal']>>;
    };
    return journal.entries;
  }

  async settings(settings: Readonly<Record<string, unknown>>): Promise<void> {
    await callJson('PATCH', `${this.controlUrl}/settings`, settings);
  }

  async ledger(): Promise<{
    readonly accepted: readonly LedgerEntry[];
    readonly violations: readonly unknown[];
    readonly counters: Readonly<Record<string, number>>;
  }> {
    return (await callJson('GET', `${this.controlUrl}/ledger`)) as Awaited<ReturnType<SimulatorControl['ledger']>>;
  }

  private post(path: string, body: unknown): Promise<unknown> {
    return callJson('POST', `${this.controlUrl}${path}`, body);
  }
}
