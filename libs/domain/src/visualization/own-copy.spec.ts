import { describe, expect, it } from '@jest/globals';
import type { StoredInvoice } from '../invoice/invoice-repository.port.js';
import type {
  AcceptedInvoice,
  InSessionInvoice,
  NotIssuedInvoice,
  OnlineIssue,
  RefusedInvoice,
} from '../invoice/invoice.js';
import { AN_OFFLINE_ISSUE, anAcceptance, anIssuedInvoice, aReceivedInvoice } from '../testing/builders.js';
import { ownCopy } from './own-copy.js';

const ELEMENT = { name: 'Faktura', attributes: [], children: [], text: '' };
const { kodI, kodII, issuedAt, certificateSerial, evidence } = AN_OFFLINE_ISSUE;
const ONLINE: OnlineIssue = { mode: 'online', evidence, issuedAt, kodI };
const received = aReceivedInvoice();
const delivery = { channel: 'interactive' } as const;
const inSession = (issue: InSessionInvoice['issue']): InSessionInvoice => ({
  ...received,
  ...{ state: 'in-session', issue, delivery },
});
const accepted = (issue: InSessionInvoice['issue']): AcceptedInvoice => ({
  ...received,
  ...{ state: 'accepted', issue, delivery, acceptance: anAcceptance() },
});
const notIssued: NotIssuedInvoice = { ...received, state: 'not-issued', reason: 'KSeF refused it' };
const refused: RefusedInvoice = {
  ...received,
  ...{ state: 'rejected', issue: AN_OFFLINE_ISSUE, delivery },
  refusal: { code: 450, description: 'schema', details: [], advice: 'mend it' },
};
const inTotalFailure = anIssuedInvoice('FV/2', { issue: { ...AN_OFFLINE_ISSUE, mode: 'total-failure' } });

const OFFLINE = { kind: 'KOD I', link: kodI, label: 'OFFLINE' };
const NUMBERED = { kind: 'KOD I', link: kodI, label: '5265877635-20250826-0100001AF629-AF' };
const CERTIFICATE = { kind: 'KOD II', link: kodII, label: 'CERTYFIKAT' };

/** Domain rules 1.1 (codes before and after the number) and 3.4 (labels). */
const CASES: readonly [string, StoredInvoice['invoice'], string, readonly object[]][] = [
  ['received', received, 'draft', []],
  ['not issued', notIssued, 'not-issued', []],
  ['issued as offline24', anIssuedInvoice(), 'offline', [OFFLINE, CERTIFICATE]],
  [
    'issued in a failure',
    anIssuedInvoice('FV/1', { issue: { ...AN_OFFLINE_ISSUE, mode: 'emergency' } }),
    'offline',
    [OFFLINE, CERTIFICATE],
  ],
  ['offline, with its number', accepted(AN_OFFLINE_ISSUE), 'numbered', [NUMBERED]],
  ['posted online, without a number', inSession(ONLINE), 'online', [OFFLINE]],
  [
    'posted online at the end of its day',
    inSession({ ...ONLINE, prepared: { kodII, certificateSerial } }),
    'online',
    [OFFLINE, CERTIFICATE],
  ],
  // What the buyer may hold already carries both (domain rules 1.8); the notice above says how it stands.
  ['offline, and refused', refused, 'refused', [OFFLINE, CERTIFICATE]],
  ['online, with its number', accepted(ONLINE), 'numbered', [NUMBERED]],
  ['issued in a total failure', inTotalFailure, 'total-failure', []],
];

describe("the issuer's own copy", () => {
  it.each(CASES)('of one that is %s carries its codes', (_name, invoice, standing, codes) => {
    const copy = ownCopy({ invoice }, ELEMENT);
    expect(copy.standing).toBe(standing);
    expect(copy.codes).toEqual(codes);
    expect(copy.ksefNumber).toBe(standing === 'numbered' ? '5265877635-20250826-0100001AF629-AF' : undefined);
  });
});
