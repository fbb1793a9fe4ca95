import { describe, expect, it } from '@jest/globals';
import type { CompleteInvoice, DueTerm, IssuedInvoice, StoredInvoice } from '@latarnik/domain';
import { ACCEPTANCE, instant, ISSUED, MONDAY_TERM, OFFLINE_ISSUE, ONLINE_ISSUE } from '../testing/samples.js';
import { carriesNoCodes, codeOf, invoiceView } from './invoice.view.js';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const delivery = { channel: 'interactive' } as const;
const online: CompleteInvoice = {
  ...ISSUED,
  state: 'complete',
  issue: ONLINE_ISSUE,
  delivery,
  acceptance: ACCEPTANCE,
};
const LIFTED: DueTerm = { deadline: { ...MONDAY_TERM.deadline, kind: 'none', regime: 'total-failure' } };
const inTotalFailure: IssuedInvoice = {
  ...ISSUED,
  issue: {
    ...OFFLINE_ISSUE,
    mode: 'total-failure',
    evidence: { kind: 'bulletin', bulletinId: 'K/2026/AWC/01', version: 1, eventId: '1003' },
  },
};

describe('the deadline of an invoice', () => {
  it('is explained from its own moment on, with the target of the house', () => {
    const target = { at: instant('2026-11-23T10:00:00Z'), explanation: ['House policy: 2026-11-23 11:00.'] };
    const { deadline } = invoiceView({ invoice: ISSUED, term: { ...MONDAY_TERM, target } }, NOW);

    expect(deadline).toMatchObject({
      day: '2026-11-23',
      endsAt: '2026-11-23T22:59:59.999Z',
      targetAt: '2026-11-23T10:00:00Z',
      overdue: false,
    });
    expect(deadline?.explanation[0]).toBe('Issued on 2026-11-20 11:00 (Europe/Warsaw), dated 2026-11-20.');
    expect(deadline?.explanation.at(-1)).toBe('House policy: 2026-11-23 11:00.');
  });

  it('is aimed at by its very end where the house has no policy', () => {
    expect(invoiceView({ invoice: ISSUED, term: MONDAY_TERM }, NOW).deadline?.targetAt).toBe(
      '2026-11-23T22:59:59.999Z',
    );
  });

  it('may have a target without a day', () => {
    const openTerm: DueTerm = {
      deadline: { ...MONDAY_TERM.deadline, kind: 'open', regime: 'emergency' },
      target: { at: instant('2026-11-27T22:59:59.999Z'), explanation: [] },
    };
    expect(invoiceView({ invoice: ISSUED, term: openTerm }, NOW).deadline).toMatchObject({
      kind: 'open',
      day: null,
      endsAt: null,
      targetAt: '2026-11-27T22:59:59.999Z',
      overdue: false,
    });
  });
});

describe('the explanation of an invoice', () => {
  const explanationOf = (stored: StoredInvoice) => invoiceView(stored, NOW).explanation;

  it('tells the mode, then every step of the deadline', () => {
    const [mode, ...steps] = explanationOf({ invoice: ISSUED, term: MONDAY_TERM });

    expect(mode).toBe('Issued as offline24 (art. 106nda). The issuer chose offline24.');
    expect(steps).toEqual(invoiceView({ invoice: ISSUED, term: MONDAY_TERM }, NOW).deadline?.explanation);
    expect(steps.length).toBeGreaterThan(1);
  });

  it('names the message that an announced mode rests on', () => {
    expect(explanationOf({ invoice: inTotalFailure, term: LIFTED })[0]).toBe(
      'Issued in a total failure of KSeF, outside of it (art. 106ng). ' +
        'It was announced by K/2026/AWC/01, version 1 (event 1003).',
    );
  });

  it.each<[string, StoredInvoice, readonly string[]]>([
    [
      'online and accepted as such',
      { invoice: online },
      [
        'Issued online (art. 106na). KSeF answers, and no announced outage covers the invoice.',
        'Posted online on the day of P_1: nothing is due later (art. 106na).',
      ],
    ],
    [
      'online without an answer',
      { invoice: { ...ISSUED, state: 'in-session', issue: ONLINE_ISSUE, delivery } },
      [
        'Issued online (art. 106na). KSeF answers, and no announced outage covers the invoice.',
        'Sent online on the day of P_1; KSeF has not given its number yet.',
      ],
    ],
    [
      'only received',
      { invoice: { ...ISSUED, state: 'received' } },
      ['It was received and is on its way to KSeF online: it is not issued yet, and nothing is due.'],
    ],
    [
      'never issued',
      { invoice: { ...ISSUED, state: 'not-issued', reason: 'KSeF refused it' } },
      ['It was not issued: KSeF refused it.', 'Nothing is due, and the number is free.'],
    ],
  ])('says of one that is %s why nothing is due', (_what, stored, expected) => {
    expect(explanationOf(stored)).toEqual(expected);
    expect(invoiceView(stored, NOW).deadline).toBeNull();
  });

  it('gives the day of one that KSeF marked offline, and says so where no day limits it', () => {
    const marked: CompleteInvoice = { ...online, acceptance: { ...ACCEPTANCE, invoicingMode: 'offline' } };

    expect(invoiceView({ invoice: marked, term: MONDAY_TERM }, NOW).deadline).toMatchObject({
      day: '2026-11-23',
      deliveredAt: '2026-11-20T10:00:05Z',
      late: false,
    });
    expect(explanationOf({ invoice: marked })[2]).toContain('KSeF marked it offline');
  });
});

describe('the codes of an invoice', () => {
  it('are two while it waits, and the number later', () => {
    const complete: CompleteInvoice = { ...ISSUED, state: 'complete', delivery, acceptance: ACCEPTANCE };

    expect(invoiceView({ invoice: ISSUED, term: MONDAY_TERM }, NOW).codes).toMatchObject({
      invoice: { label: 'OFFLINE' },
      certificate: { label: 'CERTYFIKAT' },
    });
    expect(codeOf({ invoice: complete }, 'invoice')?.label).toBe(ACCEPTANCE.ksefNumber);
    expect(codeOf({ invoice: online }, 'certificate')).toBeUndefined();
  });

  it('are none on a document of a total failure, and neither are links to them', () => {
    const { codes, links } = invoiceView({ invoice: inTotalFailure, term: LIFTED }, NOW);

    expect(codes).toEqual({ invoice: null, certificate: null });
    expect(Object.keys(links)).not.toContain('qrInvoice');
    expect(Object.keys(links)).not.toContain('qrCertificate');
    expect(links['evidence']).toBe(`/v1/invoices/${ISSUED.id}/evidence`);
  });

  it('come back with the duty to send when the total failure is taken back', () => {
    expect(carriesNoCodes({ invoice: inTotalFailure, term: LIFTED })).toBe(true);
    expect(carriesNoCodes({ invoice: inTotalFailure, term: MONDAY_TERM })).toBe(false);
    expect(carriesNoCodes({ invoice: ISSUED, term: LIFTED })).toBe(false);
  });
});

describe('an online invoice posted near the end of its day', () => {
  const { kodII, certificateSerial } = OFFLINE_ISSUE;
  const issue = { ...ONLINE_ISSUE, prepared: { kodII, certificateSerial } };
  const certificateOf = (invoicingMode: 'online' | 'offline') =>
    invoiceView({ invoice: { ...online, issue, acceptance: { ...ACCEPTANCE, invoicingMode } } }, NOW);

  it('has both codes and its evidence until KSeF says what it is', () => {
    const {
      ksefNumber,
      codes,
      certificateSerial: serial,
      links,
    } = invoiceView({ invoice: { ...ISSUED, state: 'in-session', issue, delivery, requestedMode: 'online' } }, NOW);
    expect({ ksefNumber, serial }).toEqual({ ksefNumber: null, serial: certificateSerial });
    expect(codes).toMatchObject({ invoice: { label: 'OFFLINE' }, certificate: { url: kodII, label: 'CERTYFIKAT' } });
    expect(Object.keys(links)).toEqual(expect.arrayContaining(['evidence', 'qrCertificate']));
  });

  it('keeps them when KSeF marked it offline, and says why it is', () => {
    const view = certificateOf('offline');
    expect(view).toMatchObject({
      mode: 'online',
      ksefInvoicingMode: 'offline',
      codes: { certificate: { url: kodII } },
    });
    expect(view.explanation).toContain(
      'KSeF took it after the day of P_1, which makes it an offline invoice (art. 106nda(16)). ' +
        'Its codes and its evidence were made before it was posted.',
    );
  });

  it('does not show them when KSeF took it as online', () => {
    const view = certificateOf('online');
    expect(view).toMatchObject({ codes: { certificate: null }, certificateSerial: null });
    expect(Object.keys(view.links)).not.toContain('qrCertificate');
  });
});
