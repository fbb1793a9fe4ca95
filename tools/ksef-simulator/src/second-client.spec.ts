import { createHash } from 'node:crypto';

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type IsoDateTimeString, KsefClient, VerificationLinkService } from 'ksef-client';
import { KSeFClient as FirstClient } from 'ksef-client-ts';

import type { Simulator } from './index.js';
import { invoiceOf, SELLER, startQuick, warsawToday } from './testing/setup.js';

/**
 * The npm package `ksef-client`: another client of KSeF 2.0, by other people than `ksef-client-ts` and on other libraries. It
 * is used unchanged, and logs in with a KSeF token: its XAdES signatures, made through inner functions of `xml-crypto` that
 * changed since, hold no reference, sign nothing, and are rightly refused (9105).
 */
const FA3 = { systemCode: 'FA (3)', schemaVersion: '1-0E', value: 'FA' } as const;
const CONTEXT = { type: 'Nip', value: SELLER } as const;
const QUICKLY = { pollIntervalMs: 20, maxAttempts: 500 };

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startQuick();
});
afterEach(async () => {
  await simulator.close();
});

/** With a token that the first client made. */
async function loggedIn(): Promise<KsefClient> {
  const owner = new FirstClient({
    environment: 'TEST',
    baseUrl: simulator.ksefUrl.replace('/v2', ''),
    apiVersion: 'v2',
  });
  const certificate = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER });
  await owner.loginWithCertificate(certificate.certificatePem, certificate.privateKeyPem, SELLER);
  const { referenceNumber, token } = await owner.tokens.generateToken({
    permissions: ['InvoiceRead', 'InvoiceWrite'],
    description: 'Token testowy',
  });
  while ((await owner.tokens.getToken(referenceNumber)).status !== 'Active');
  return KsefClient.connect({ baseUrl: simulator.ksefUrl, token, context: CONTEXT, ...QUICKLY });
}

/** When it waits for a UPO it takes 150 and 170 for failures, so it is asked to wait for the session first. */
async function done(session: { status(): Promise<{ readonly status: { readonly code: number } }> }): Promise<void> {
  while ((await session.status()).status.code < 200);
}

it('lets a second client send a batch in several parts, and reads it its UPO', async () => {
  const client = await loggedIn();

  const batch = await client.workflows.sessions.batch.openUploadAndClose({
    formCode: FA3,
    invoices: [
      { fileName: 'a.xml', invoice: invoiceOf('FV/1') },
      { fileName: 'b.xml', invoice: invoiceOf('FV/2') },
    ],
    offlineMode: true,
    // The smallest parts it makes, so that there are several.
    maxPartSizeBytes: 1024,
    parallelism: 2,
  });
  await done(batch);
  const upo = await batch.waitForUpoParsed(QUICKLY);

  const { accepted, counters, violations } = simulator.ledger();
  expect(counters).toMatchObject({ accepted: 2, rejected: 0 });
  expect(violations).toEqual([]);
  expect(accepted.map(({ offlineDeclared }) => offlineDeclared)).toEqual([true, true]);
  expect(upo?.dokumenty.map(({ numerKSeFDokumentu }) => numerKSeFDokumentu)).toEqual(
    accepted.map(({ ksefNumber }) => ksefNumber),
  );
  expect((await batch.status()).successfulInvoiceCount).toBe(2);
});

it('lets it send single invoices, good and bad, and gives them back', async () => {
  const client = await loggedIn();
  const session = await client.workflows.sessions.online.open({ formCode: FA3 });
  const good = await session.sendInvoice({ invoice: invoiceOf('FV/1') });
  const bad = await session.sendInvoice({ invoice: '<Faktura/>' });
  await session.close();
  await done(session);
  const upo = await session.waitForUpoParsed(QUICKLY);

  const [accepted] = simulator.ledger().accepted;
  const status = (reference: string) => client.sessions.getSessionInvoiceStatus(session.referenceNumber, reference);
  expect(await status(good.referenceNumber)).toMatchObject({
    status: { code: 200 },
    ksefNumber: accepted?.ksefNumber,
  });
  expect(await status(bad.referenceNumber)).toMatchObject({ status: { code: 450 } });
  expect(upo?.dokumenty).toMatchObject([{ numerKSeFDokumentu: accepted?.ksefNumber, numerFaktury: 'FV/1' }]);
  expect(await client.invoices.getInvoice(accepted?.ksefNumber ?? '')).toBe(invoiceOf('FV/1'));
  expect((await client.limits.getContextLimits())['batchSession']).toMatchObject({ maxInvoices: 10_000 });
});

it('has a page for the KOD I that it builds', async () => {
  const client = await loggedIn();
  const session = await client.workflows.sessions.online.open({ formCode: FA3 });
  const invoice = invoiceOf('FV/1');
  await session.sendInvoice({ invoice, offlineMode: true });
  await session.close();
  await done(session);

  const links = new VerificationLinkService({ baseQrUrl: new URL(simulator.ksefUrl).origin });
  const invoiceHash = createHash('sha256').update(invoice).digest('base64');
  const issueDate = warsawToday().split('-').reverse().join('-');
  const page = await fetch(links.buildInvoiceVerificationUrl(SELLER, issueDate, invoiceHash));

  expect(await page.text()).toContain(simulator.ledger().accepted[0]?.ksefNumber);
});

it('lets it find what was accepted by its metadata', async () => {
  const client = await loggedIn();
  const session = await client.workflows.sessions.online.open({ formCode: FA3 });
  await session.sendInvoice({ invoice: invoiceOf('FV/1') });
  await session.close();
  await done(session);

  const found = await client.invoices.queryInvoiceMetadata(
    {
      subjectType: 'Subject1',
      dateRange: { dateType: 'Invoicing', from: new Date(Date.now() - 3_600_000).toISOString() as IsoDateTimeString },
    },
    0,
    10,
  );
  expect(found).toMatchObject({ invoices: [{ ksefNumber: simulator.ledger().accepted[0]?.ksefNumber }] });
});
