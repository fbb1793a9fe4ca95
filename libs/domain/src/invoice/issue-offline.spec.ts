import { beforeEach, describe, expect, it } from '@jest/globals';
import { SignerUnavailableError } from '../certificate/offline-signer.port.js';
import { Temporal } from '../shared/instant.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import {
  OTHER_CONTEXT,
  SELLER_CONTEXT,
  TENANT,
  anAuthenticationCertificate,
  anOfflineCertificate,
} from '../testing/builders.js';
import { aBulletin, aMaintenanceBulletin, anEndBulletin } from '../testing/bulletins.js';
import { IssuingWorld, requestFor } from '../testing/issuing-world.js';
import { keyedDigest } from '../testing/keyed-digest-signer.js';
import { plainDocument } from '../testing/plain-document.js';
import { sha256, sha256Base64 } from '../testing/sha256.js';
import { hashToBase64, hashToBase64Url } from './invoice-hash.js';

let world: IssuingWorld;
beforeEach(async () => {
  world = new IssuingWorld();
  await world.has(anOfflineCertificate(), anAuthenticationCertificate());
});

describe('an invoice issued as offline24 by choice', () => {
  it('is stored with bytes, codes, evidence, deadline, audit row, key and job in one go', async () => {
    await world.looked(true);
    const bytes = plainDocument({ number: 'FV/1' });
    const outcome = await world.issue({ number: 'FV/1' }, { mode: 'offline24' });
    if (!outcome.ok) throw new Error(outcome.error.code);

    const { invoice, term, replayed } = outcome.value;
    const deadline = term?.deadline;
    const hash = hashToBase64Url(sha256(bytes));
    const unsigned = `qr-test.ksef.mf.gov.pl/certificate/Nip/5265877635/5265877635/01F20A5D352AE590/${hash}`;
    const signature = Buffer.from(keyedDigest('01F20A5D352AE590', unsigned)).toString('base64url');
    expect(replayed).toBe(false);
    expect(invoice).toMatchObject({
      state: 'issued',
      id: '00000000-0000-4000-8000-000000000001',
      context: SELLER_CONTEXT,
      sizeBytes: bytes.length,
      issue: {
        mode: 'offline24',
        evidence: { kind: 'own-choice', reason: 'The issuer chose offline24.' },
        issuedAt: Temporal.Instant.from('2026-11-23T10:00:00Z'),
        kodI: `https://qr-test.ksef.mf.gov.pl/invoice/5265877635/23-11-2026/${hash}`,
        kodII: `https://${unsigned}/${signature}`,
        certificateSerial: '01F20A5D352AE590',
      },
    });
    expect(deadline).toMatchObject({ kind: 'due', day: Temporal.PlainDate.from('2026-11-24'), regime: 'offline24' });

    const { invoices, idempotency, audit, jobs } = world.database;
    expect(await invoices.bytes(invoice.id)).toEqual(bytes);
    expect(new TextDecoder().decode(await invoices.evidence(invoice.id))).toBe(
      `${invoice.id}.xml ${hashToBase64(sha256(bytes))} 2026-11-23T10:00:00Z 01F20A5D352AE590`,
    );
    expect(await invoices.find(invoice.id)).toMatchObject({ term });
    expect(idempotency.keys).toEqual(['key of FV/1']);
    expect(audit.entries).toEqual([
      {
        at: Temporal.Instant.from('2026-11-23T10:00:00Z'),
        actor: 'api-key:1',
        action: 'invoice.issued',
        subject: { kind: 'invoice', id: invoice.id },
        facts: {
          mode: 'offline24',
          evidence: 'own choice',
          certificateSerial: '01F20A5D352AE590',
          deadline: '2026-11-24',
          basis: 'art. 106nda(2)',
        },
      },
    ]);
    expect(jobs.queued.map(({ job }) => job)).toEqual([{ kind: 'plan-batches', tenant: TENANT }]);
    expect(world.ksef.sessions).toEqual([]);
  });

  it('leaves no trace when the last store of its transaction fails', async () => {
    const failing: UnitOfWork = {
      inTenant: (tenant, work) =>
        world.database.inTenant(tenant, (stores: TenantStores) =>
          work({
            ...stores,
            audit: { ...stores.audit, append: () => Promise.reject(new Error('the disk is full')) },
          }),
        ),
      inSystem: (work) => world.database.inSystem(work),
    };
    await expect(
      world.issueInvoice(failing).execute(requestFor({ number: 'FV/1' }, { mode: 'offline24' })),
    ).rejects.toThrow('the disk is full');
    expect(world.invoices).toEqual([]);
    expect(world.database.idempotency.keys).toEqual([]);
    expect(world.database.jobs.queued).toEqual([]);

    expect(await world.issue({ number: 'FV/1' }, { mode: 'offline24' })).toMatchObject({ ok: true });
  });

  it('is not issued when the key cannot be used: nothing is stored', async () => {
    world.signer.unavailable = true;
    await expect(world.issue({ number: 'FV/1' }, { mode: 'offline24' })).rejects.toThrow(SignerUnavailableError);
    expect(world.invoices).toEqual([]);
    expect(world.database.idempotency.keys).toEqual([]);
  });

  it('is built from the JSON model too, and the stored bytes are those that were hashed', async () => {
    const outcome = await world.issue(
      { number: 'FV/7' },
      { mode: 'offline24', document: { kind: 'json', model: { number: 'FV/7' } } },
    );
    if (!outcome.ok) throw new Error(outcome.error.code);
    const bytes = await world.database.invoices.bytes(outcome.value.invoice.id);
    expect(sha256Base64(bytes!)).toBe(hashToBase64(outcome.value.invoice.hash));
  });
});

describe('the mode', () => {
  const modeOf = async () => {
    const outcome = await world.issue({ number: 'FV/1' });
    return outcome.ok && 'issue' in outcome.value.invoice
      ? { ...outcome.value.invoice.issue, deadline: outcome.value.term?.deadline }
      : outcome;
  };

  it('is emergency during an announced failure, though KSeF answers', async () => {
    await world.looked(true);
    await world.announced(aBulletin());
    expect(await modeOf()).toMatchObject({
      mode: 'emergency',
      evidence: { kind: 'bulletin', bulletinId: 'K/2026/AWR/01', version: 1, eventId: '1001' },
      deadline: { kind: 'open', regime: 'emergency' },
    });
    expect(world.ksef.sessions).toEqual([]);
  });

  it('is emergency during an announced failure, though offline24 was asked for', async () => {
    await world.announced(aBulletin());
    expect(await world.issue({ number: 'FV/1' }, { mode: 'offline24' })).toMatchObject({
      value: { invoice: { issue: { mode: 'emergency' } } },
    });
  });

  it('is unavailability during announced maintenance', async () => {
    await world.looked(false);
    await world.announced(
      aMaintenanceBulletin({ start: '2026-11-23T10:00:00+01:00', end: '2026-11-23T14:00:00+01:00' }),
    );
    expect(await modeOf()).toMatchObject({
      mode: 'unavailability',
      evidence: { bulletinId: 'K/2026/NIE/01' },
      deadline: { day: Temporal.PlainDate.from('2026-11-24'), basis: 'art. 106nh(2)' },
    });
  });

  it('is offline24 after the failure has ended', async () => {
    await world.announced(aBulletin(), anEndBulletin({ end: '2026-11-23T10:59:59+01:00' }));
    expect(await modeOf()).toMatchObject({ mode: 'offline24', deadline: { basis: 'art. 106nda(2)' } });
  });

  it('is offline24, and nothing more, when KSeF only does not answer', async () => {
    await world.looked(false);
    expect(await modeOf()).toMatchObject({
      mode: 'offline24',
      evidence: { kind: 'own-choice', reason: 'KSeF does not answer, and no announced outage covers the invoice' },
    });
  });

  it('is offline24 when nobody has looked at KSeF for more than five minutes', async () => {
    await world.looked(true);
    world.clock.advance(300.001);
    expect(await modeOf()).toMatchObject({ mode: 'offline24' });
  });

  it('is not moved by a total failure that nobody has confirmed: the duty to send stands', async () => {
    await world.looked(false);
    await world.announced(aBulletin({ id: 'K/2026/AWC/01', category: 'total-failure' }));
    expect(await modeOf()).toMatchObject({
      mode: 'offline24',
      deadline: { kind: 'due', day: Temporal.PlainDate.from('2026-11-24') },
    });
  });
});

describe('a refusal to issue', () => {
  const nothingStored = () => {
    expect(world.invoices).toEqual([]);
    expect(world.database.idempotency.keys).toEqual([]);
    expect(world.database.audit.entries).toEqual([]);
  };

  it('for want of a certificate of type Offline says what there is instead', async () => {
    world = new IssuingWorld();
    await world.has(anAuthenticationCertificate(), anOfflineCertificate({ context: OTHER_CONTEXT }));
    expect(await world.issue({ number: 'FV/1' }, { mode: 'offline24' })).toEqual({
      ok: false,
      error: {
        code: 'NO_OFFLINE_CERTIFICATE',
        context: 'Nip:5265877635',
        present: [{ serial: '02F20A5D352AE590', purpose: 'authentication', notAfter: '2027-12-31T00:00:00Z' }],
      },
    });
    nothingStored();
  });

  it.each([
    ['expires within a day', { notAfter: Temporal.Instant.from('2026-11-24T10:00:00Z') }],
    ['is not valid yet', { notBefore: Temporal.Instant.from('2026-11-23T10:00:00.001Z') }],
  ])('for a certificate that %s', async (_what, validity) => {
    world = new IssuingWorld();
    await world.has(anOfflineCertificate(validity));
    expect(await world.issue({ number: 'FV/1' }, { mode: 'offline24' })).toMatchObject({
      error: { code: 'NO_OFFLINE_CERTIFICATE' },
    });
    nothingStored();
  });

  it('signs with the certificate that lives longest', async () => {
    await world.has(
      anOfflineCertificate({
        serial: '0000000000000009' as never,
        notAfter: Temporal.Instant.from('2028-01-01T00:00:00Z'),
      }),
    );
    expect(await world.issue({ number: 'FV/1' }, { mode: 'offline24' })).toMatchObject({
      value: { invoice: { issue: { certificateSerial: '0000000000000009' } } },
    });
  });

  it('for an invalid document gives every finding', async () => {
    const document = { number: 'FV/1', sellerNip: '5265877634', issueDate: '2026-11-24' };
    expect(await world.issue(document, { mode: 'offline24' })).toEqual({
      ok: false,
      error: {
        code: 'DOCUMENT_INVALID',
        findings: [
          { code: 'INVALID_NIP', message: 'The seller has no NIP.' },
          { code: 'ISSUE_DATE_IN_FUTURE', message: 'P_1 is later than today.' },
        ],
      },
    });
    nothingStored();
  });

  it('for an invalid JSON model gives its findings', async () => {
    expect(await world.issue({ number: 'FV/1' }, { document: { kind: 'json', model: {} } })).toMatchObject({
      error: { code: 'DOCUMENT_INVALID', findings: [{ code: 'NUMBER_MISSING' }] },
    });
  });

  it('judges P_1 by the day in Warsaw, a second around midnight', async () => {
    world.clock.set('2026-11-23T22:59:59Z');
    expect(await world.issue({ number: 'FV/1', issueDate: '2026-11-24' }, { mode: 'offline24' })).toMatchObject({
      error: { code: 'DOCUMENT_INVALID' },
    });
    world.clock.set('2026-11-23T23:00:00Z');
    expect(await world.issue({ number: 'FV/1', issueDate: '2026-11-24' }, { mode: 'offline24' })).toMatchObject({
      ok: true,
      value: { term: { deadline: { day: Temporal.PlainDate.from('2026-11-25') } } },
    });
  });

  it('for a seller without a context of the tenant names those there are', async () => {
    expect(await world.issue({ number: 'FV/1', sellerNip: '5213814999' }, { mode: 'offline24' })).toEqual({
      ok: false,
      error: {
        code: 'CONTEXT_NOT_FOUND',
        sellerNip: '5213814999',
        contexts: ['Nip:5265877635', 'Nip:7335255579'],
      },
    });
    nothingStored();
  });
});

describe('an Idempotency-Key', () => {
  it('used again with the same request gives the same invoice and does nothing', async () => {
    const first = await world.issue({ number: 'FV/1' }, { mode: 'offline24' });
    const signatures = world.signer.calls;
    world.clock.advance(3600);
    const second = await world.issue({ number: 'FV/1' }, { mode: 'offline24' });
    if (!first.ok || !second.ok) throw new Error('both should succeed');
    expect(second.value).toEqual({ ...first.value, replayed: true });
    expect(world.signer.calls).toBe(signatures);
    expect(world.invoices).toHaveLength(1);
    expect(world.database.audit.entries).toHaveLength(1);
  });

  it('used again with another request is refused', async () => {
    const claim = { key: 'k', fingerprint: 'one' };
    await world.issue({ number: 'FV/1' }, { mode: 'offline24', claim });
    expect(
      await world.issue({ number: 'FV/2' }, { mode: 'offline24', claim: { key: 'k', fingerprint: 'two' } }),
    ).toEqual({ ok: false, error: { code: 'IDEMPOTENCY_KEY_REUSED', invoiceId: world.invoices[0]?.id } });
    expect(world.invoices).toHaveLength(1);
  });

  it('does not help a second invoice with the same number', async () => {
    await world.issue({ number: 'FV/1' }, { mode: 'offline24' });
    expect(
      await world.issue(
        { number: 'FV/1', content: 'other' },
        { mode: 'offline24', claim: { key: 'another key', fingerprint: 'f' } },
      ),
    ).toEqual({ ok: false, error: { code: 'INVOICE_NUMBER_TAKEN', invoiceId: world.invoices[0]?.id } });
    expect(world.database.idempotency.keys).toEqual(['key of FV/1']);
  });

  it('used twice at the same moment issues once and answers both alike', async () => {
    const request = requestFor({ number: 'FV/1' }, { mode: 'offline24' });
    const answers = await Promise.all([1, 2, 3].map(() => world.issueInvoice().execute(request)));
    expect(answers.map((answer) => answer.ok && answer.value.invoice.id)).toEqual(
      Array(3).fill('00000000-0000-4000-8000-000000000001'),
    );
    expect(answers.map((answer) => answer.ok && answer.value.replayed).filter((replayed) => !replayed)).toHaveLength(1);
    expect(world.invoices).toHaveLength(1);
  });

  it('answers the second of two requests alike wherever the first overtakes it', async () => {
    for (let overtakenAt = 1; overtakenAt <= 2; overtakenAt++) {
      world = new IssuingWorld();
      await world.has(anOfflineCertificate());
      const request = requestFor({ number: 'FV/1' }, { mode: 'offline24' });
      let transactions = 0;
      const overtaken: UnitOfWork = {
        inTenant: async (tenant, work) => {
          transactions += 1;
          if (transactions === overtakenAt) await world.issueInvoice().execute(request);
          return world.database.inTenant(tenant, work);
        },
        inSystem: (work) => world.database.inSystem(work),
      };
      const answer = await world.issueInvoice(overtaken).execute(request);
      expect([overtakenAt, answer]).toMatchObject([
        overtakenAt,
        { ok: true, value: { replayed: true, invoice: { id: world.invoices[0]?.id } } },
      ]);
      expect(world.invoices).toHaveLength(1);
    }
  });

  it('used by two different requests at the same moment issues one of them', async () => {
    const claim = (fingerprint: string) => ({ key: 'k', fingerprint });
    const answers = await Promise.all([
      world.issue({ number: 'FV/1' }, { mode: 'offline24', claim: claim('one') }),
      world.issue({ number: 'FV/2' }, { mode: 'offline24', claim: claim('two') }),
    ]);
    expect(answers.map((answer) => (answer.ok ? 'issued' : answer.error.code)).sort()).toEqual([
      'REQUEST_IN_PROGRESS',
      'issued',
    ]);
    expect(world.invoices).toHaveLength(1);
  });
});

describe('during a total failure that people vouch for', () => {
  beforeEach(async () => {
    await world.looked(true);
    await world.announced(aBulletin({ id: 'K/2026/AWC/01', category: 'total-failure' }));
    await world.database.legal.addConfirmation({
      eventId: '1001',
      bulletinId: 'K/2026/AWC/01',
      version: 1,
      confirmedAt: world.clock.now(),
      person: 'Ewa Nowak',
      actor: 'api-key:1',
      readAt: 'Polskie Radio, 10:00',
    });
  });

  it.each(['auto', 'offline24'] as const)('an invoice (%s) is issued outside KSeF and is never due', async (mode) => {
    expect(await world.issue({ number: 'FV/1' }, { mode })).toMatchObject({
      value: {
        invoice: { issue: { mode: 'total-failure', evidence: { kind: 'bulletin', bulletinId: 'K/2026/AWC/01' } } },
        term: { deadline: { kind: 'none', basis: 'art. 106ng' } },
      },
    });
  });

  it('nothing is issued online', async () => {
    expect(await world.issue({ number: 'FV/1' }, { mode: 'online' })).toMatchObject({
      error: { code: 'KSEF_NOT_AVAILABLE' },
    });
  });
});

it('offline24 may be elected during a failure, where the tenant reads the law so', async () => {
  await world.announced(aBulletin());
  await world.database.legal.addPolicyChange({
    policy: 'electingOffline24',
    reading: 'issuer-may-elect',
    author: 'Anna Nowak',
    decidedAt: world.clock.now(),
    reason: 'Opinion of the tax adviser',
  });
  expect(await world.issue({ number: 'FV/1' }, { mode: 'offline24' })).toMatchObject({
    value: {
      invoice: { issue: { mode: 'offline24' } },
      term: { deadline: { inputs: { changedPolicies: { electingOffline24: 'issuer-may-elect' } } } },
    },
  });
  expect(await world.issue({ number: 'FV/2' })).toMatchObject({ value: { invoice: { issue: { mode: 'emergency' } } } });
});
