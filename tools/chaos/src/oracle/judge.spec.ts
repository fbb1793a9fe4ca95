import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anEvidence, HASHES, IDS, NUMBERS, upoOf } from '../testing/evidence.js';
import { deadlinesAreRight } from './deadlines.js';
import { nothingForbiddenWasDone, nothingIsSentTwice, sessionsHoldTheirBatches } from './deliveries.js';
import { acceptancesAreProven, booksAgree, hashesAgree } from './documents.js';
import { movesAreTold, receiversHearAll } from './events.js';
import type { Change, Evidence } from './evidence.js';
import { allCameToRest, issueIsFinal, movesAreDeclared, oneHolderAtATime } from './history.js';
import { nothingIsLost, oneInvoicePerRequest } from './issued.js';
import { tenantsNeverMix } from './tenants.js';
import type { Finding } from './verdict.js';

/** Answers like our API: UPOs, and whatever invoice is asked for when `leaky`. */
let api: Server;
let apiUrl: string;
let upo: string;
let leaky: boolean;
beforeAll(async () => {
  api = createServer((request, response) => {
    const isUpo = request.url?.endsWith('/upo') ?? false;
    response.statusCode = isUpo || leaky ? 200 : 404;
    response.end(isUpo ? upo : '{}');
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  apiUrl = `http://127.0.0.1:${String((api.address() as AddressInfo).port)}`;
});
afterAll(() => new Promise((resolve) => api.close(resolve)));

async function allFindings(evidence: Evidence): Promise<readonly Finding[]> {
  return [
    nothingIsLost(evidence),
    oneInvoicePerRequest(evidence),
    nothingIsSentTwice(evidence),
    booksAgree(evidence),
    ...(await acceptancesAreProven(evidence)),
    await hashesAgree(evidence),
    sessionsHoldTheirBatches(evidence),
    nothingForbiddenWasDone(evidence),
    deadlinesAreRight(evidence),
    oneHolderAtATime(evidence),
    await tenantsNeverMix(evidence),
    movesAreDeclared(evidence),
    allCameToRest(evidence),
    issueIsFinal(evidence),
    movesAreTold(evidence),
    receiversHearAll(evidence),
  ];
}

async function broken(evidence: Evidence): Promise<readonly string[]> {
  const findings = await allFindings(evidence);
  return [...new Set(findings.filter(({ breaches }) => breaches.length > 0).map(({ invariant }) => invariant))];
}

const fresh = (): Evidence => {
  upo = upoOf(0) + upoOf(1);
  leaky = false;
  return anEvidence(apiUrl);
};
const edit = <T>(items: readonly T[], at: number, change: Partial<T>): readonly T[] =>
  items.map((item, index) => (index === at ? { ...item, ...change } : item));
const change = (evidence: Evidence, which: (change: Change) => boolean, after: object): readonly Change[] =>
  evidence.changes.map((each) => (which(each) ? { ...each, after: { ...each.after, ...after } } : each));

describe('the judge', () => {
  it('finds nothing where all is in order, and has looked at everything', async () => {
    const findings = await allFindings(fresh());

    expect(findings.flatMap(({ breaches }) => breaches)).toEqual([]);
    expect(findings.filter(({ checked }) => checked === 0)).toEqual([]);
  });

  const cases: readonly (readonly [string, readonly string[], (evidence: Evidence) => Evidence])[] = [
    ['an invoice of a 201 is gone', ['I1', 'I3'], (it) => ({ ...it, invoices: it.invoices.slice(1) })],
    [
      'stored bytes are others',
      ['I1', 'I4'],
      (it) => ({ ...it, invoices: edit(it.invoices, 0, { document: Buffer.from('x') }) }),
    ],
    [
      'one key has two invoices',
      ['I2'],
      (it) => {
        const [entry] = it.journal;
        const again = { ...entry!.answers[0]!, id: IDS[1] };
        return { ...it, journal: edit(it.journal, 0, { answers: [...entry!.answers, again] }) };
      },
    ],
    ['a number is accepted twice', ['I2'], (it) => ({ ...it, accepted: [...it.accepted, it.accepted[0]!] })],
    [
      'accepted bytes are offered again',
      ['I2'],
      (it) => ({
        ...it,
        sessions: [
          ...it.sessions,
          {
            ...it.sessions[0]!,
            referenceNumber: 'SB-2',
            createdAt: '2026-11-20T10:10:00.000Z',
            invoices: [{ ...it.sessions[0]!.invoices[0]!, code: 440, ksefNumber: null }],
          },
        ],
      }),
    ],
    [
      'KSeF has what we do not know',
      ['I3'],
      (it) => ({ ...it, invoices: edit(it.invoices, 1, { ksef_number: null, state: 'issued' }) }),
    ],
    [
      'a number is another one',
      ['I3', 'I8'],
      (it) => ({ ...it, invoices: edit(it.invoices, 0, { ksef_number: NUMBERS[1]! }) }),
    ],
    [
      'KOD I names another hash',
      ['I4'],
      (it) => ({ ...it, invoices: edit(it.invoices, 0, { kod_i: it.invoices[1]!.kod_i }) }),
    ],
    [
      'KOD II names another hash',
      ['I4'],
      (it) => ({ ...it, invoices: edit(it.invoices, 0, { kod_ii: it.invoices[1]!.kod_ii }) }),
    ],
    [
      'the evidence signs another digest',
      ['I4'],
      (it) => ({ ...it, invoices: edit(it.invoices, 0, { evidence: it.invoices[1]!.evidence }) }),
    ],
    [
      'a session lacks an invoice of its batch',
      ['I4'],
      (it) => ({ ...it, sessions: edit(it.sessions, 0, { invoices: it.sessions[0]!.invoices.slice(1) }) }),
    ],
    ['KSeF saw a violation', ['I4'], (it) => ({ ...it, violations: [{ kind: 'AUTHORIZATION_SENT_TO_STORAGE' }] })],
    [
      'a deadline is a day late',
      ['I5'],
      (it) => ({ ...it, invoices: edit(it.invoices, 0, { term_ends_at: new Date('2026-11-24T22:59:59.999Z') }) }),
    ],
    [
      'there is no deadline',
      ['I5'],
      (it) => ({ ...it, invoices: edit(it.invoices, 0, { term_kind: null, term_ends_at: null }) }),
    ],
    ['nobody was warned', ['I5'], (it) => ({ ...it, alerts: [] })],
    [
      'a batch is written by one who does not hold it',
      ['I6'],
      (it) => ({
        ...it,
        changes: it.changes.map((each) => (each.relation === 'batch' ? { ...each, process: 'worker-2.1' } : each)),
      }),
    ],
    [
      'a session is of another context',
      ['I7'],
      (it) => ({ ...it, sessions: edit(it.sessions, 0, { context: { type: 'Nip', value: '7792433875' } }) }),
    ],
    [
      'there is no audit row',
      ['I9'],
      (it) => ({ ...it, changes: it.changes.filter(({ relation }) => relation !== 'audit') }),
    ],
    [
      'a move is not in the graph',
      ['I9'],
      (it) => ({ ...it, moves: new Set([...it.moves].filter((move) => move !== 'invoice planned in-session')) }),
    ],
    [
      'it does not come to rest',
      ['I10'],
      (it) => ({ ...it, rest: { ...it.rest, settled: false, open: ['batch b: open'] } }),
    ],
    [
      'a person is asked without a cause',
      ['I3', 'I10'],
      (it) => ({
        ...it,
        invoices: edit(it.invoices, 0, { state: 'needs-review', refusal: { code: 0, advice: 'Look.' } }),
      }),
    ],
    [
      'a number is told to nobody',
      ['I13'],
      (it) => ({ ...it, changes: it.changes.filter(({ after }) => after['type'] !== 'invoice.accepted') }),
    ],
    [
      'a proof is told before there is one',
      ['I13'],
      (it) => ({
        ...it,
        changes: change(it, ({ after }) => after['type'] === 'invoice.accepted', { type: 'invoice.complete' }),
      }),
    ],
    [
      'an event is of another transaction',
      ['I13'],
      (it) => ({
        ...it,
        changes: it.changes.map((each) => (each.relation === 'event' ? { ...each, xid: '7' } : each)),
      }),
    ],
    [
      'events are read in another order',
      ['I13'],
      (it) => ({ ...it, events: [...it.events.slice(2), ...it.events.slice(0, 2)] }),
    ],
    ['an event has no place', ['I13'], (it) => ({ ...it, events: edit(it.events, 5, { sequence: null }) })],
    ['an event was never taken', ['I13'], (it) => ({ ...it, messages: it.messages.slice(0, -1) })],
    [
      'an event is offered before the one before it was taken',
      ['I13'],
      (it) => ({ ...it, messages: edit(it.messages, 1, { isTaken: false }) }),
    ],
    [
      'a message is signed by nobody',
      ['I13'],
      (it) => ({ ...it, messages: edit(it.messages, 0, { isSigned: false }) }),
    ],
    [
      'a tenant is told of another',
      ['I13'],
      (it) => ({ ...it, messages: edit(it.messages, 6, { tenantId: it.system.tenants[1]!.tenantId }) }),
    ],
    [
      'the mode is rewritten',
      ['I12'],
      (it) => ({ ...it, changes: change(it, ({ after }) => after['state'] === 'complete', { mode: 'emergency' }) }),
    ],
  ];

  it.each(cases)('sees that %s', async (_what, invariants, spoil) => {
    const found = await broken(spoil(fresh()));

    for (const invariant of invariants) expect(found).toContain(invariant);
  });

  it('sees that a UPO is about another invoice', async () => {
    const evidence = fresh();
    upo = upoOf(1);

    expect(await broken(evidence)).toEqual(['I8']);
  });

  it('sees that one tenant is shown what another has', async () => {
    const evidence = fresh();
    leaky = true;

    expect(await broken(evidence)).toEqual(['I7']);
  });

  describe('follows a technical correction', () => {
    const mended = Buffer.from('<Faktura>1, mended</Faktura>');
    const sha256 = createHash('sha256').update(mended).digest('base64');
    /** The first invoice was refused for its file, and its correction was accepted. */
    const corrected = (): Evidence => {
      const evidence = fresh();
      upo = upoOf(1) + upoOf(0).replace(HASHES[0]!, sha256);
      const [row] = evidence.invoices;
      const accepted = edit(evidence.accepted, 0, { invoiceHash: sha256, hashOfCorrectedInvoice: row!.sha256 });
      const document = (number: string) =>
        number === NUMBERS[0] ? Promise.resolve(mended) : evidence.system.ksef.document(number);
      return {
        ...evidence,
        accepted,
        corrections: [{ invoice_id: row!.id, sha256, state: 'complete', document: mended }],
        system: { ...evidence.system, ksef: { document } } as unknown as Evidence['system'],
      };
    };

    it('whose file is another one, and whose original is named', async () => {
      expect(await broken(corrected())).toEqual([]);
    });

    it('and sees that its original is not named', async () => {
      const evidence = corrected();

      expect(
        await broken({ ...evidence, accepted: edit(evidence.accepted, 0, { hashOfCorrectedInvoice: null }) }),
      ).toEqual(['I3']);
    });

    it('and sees that the UPO is still about the refused file', async () => {
      const evidence = corrected();
      upo = upoOf(0) + upoOf(1);

      expect(await broken(evidence)).toEqual(['I8']);
    });
  });

  it('does not call it sending twice when every earlier offer was finally refused before', () => {
    const evidence = fresh();
    const [session] = evidence.sessions;
    const refused = {
      ...session!,
      referenceNumber: 'SB-0',
      createdAt: '2026-11-20T09:00:00.000Z',
      updatedAt: '2026-11-20T09:30:00.000Z',
      invoices: session!.invoices.map((invoice) => ({ ...invoice, code: 500, ksefNumber: null })),
    };
    const late = { ...refused, updatedAt: '2026-11-20T10:00:30.000Z' };

    expect(nothingIsSentTwice({ ...evidence, sessions: [refused, session!] }).breaches).toEqual([]);
    expect(nothingIsSentTwice({ ...evidence, sessions: [late, session!] }).breaches).toHaveLength(HASHES.length);
    const online = { ...late, type: 'Online' as const };
    expect(nothingIsSentTwice({ ...evidence, sessions: [online, session!] }).breaches).toEqual([]);
  });
});
