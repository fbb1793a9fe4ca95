import { type Simulator, type SimulatorOptions, startSimulator } from '../index.js';
import { KsefClient } from './ksef-client.js';
import { sampleInvoice, type SampleInvoice } from './sample-invoice.js';

/** A NIP with a right check digit that most tests sell under. */
export const SELLER = '5265877635';
export const OTHER = '7762811692';

export const nipContext = (value: string) => ({ type: 'Nip', value }) as const;

/** The calendar day in Warsaw. */
export function warsawToday(now: number = Date.now()): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Warsaw' }).format(now);
}

/** The day a week ago, in Warsaw. */
export function lastWeek(): string {
  return warsawToday(Date.now() - 7 * 86_400_000);
}

/** An invoice of today from SELLER, unless the test says otherwise. */
export function invoiceOf(number: string, more: Partial<SampleInvoice> = {}): string {
  return sampleInvoice({ number, sellerNip: SELLER, issueDate: warsawToday(), ...more });
}

/** A simulator without processing delay. */
export async function startQuick(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator({ processingDelayMs: 0, ...options });
}

/** A client that is logged in under its own NIP. */
export async function loggedIn(simulator: Simulator, nip: string = SELLER): Promise<KsefClient> {
  const client = new KsefClient(simulator);
  const certificate = await simulator.issueCertificate({ type: 'Authentication', nip });
  const { body, text } = await client.login(certificate, nipContext(nip));
  if (body.status.code !== 200) throw new Error(`login: ${text}`);
  return client;
}
