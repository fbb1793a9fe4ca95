import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createTarGz, KSeFClient, openSendAndClose, uploadBatchParsed } from 'ksef-client-ts';

import type { Simulator } from './index.js';
import { invoiceOf, SELLER, startQuick } from './testing/setup.js';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startQuick();
});
afterEach(async () => {
  await simulator.close();
});

it.each(['EC', 'RSA'] as const)('serves an unrelated client from login to UPO, key type %s', async (keyType) => {
  const certificate = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER, keyType });
  const client = new KSeFClient({
    environment: 'TEST',
    baseUrl: simulator.ksefUrl.replace('/v2', ''),
    apiVersion: 'v2',
    lighthouseUrl: simulator.latarniaUrl,
    presignedUrlHosts: ['127.0.0.1'],
  });
  await client.loginWithCertificate(certificate.certificatePem, certificate.privateKeyPem, SELLER);
  const archive = await createTarGz([
    { fileName: 'a.xml', content: Buffer.from(invoiceOf('FV/1')) },
    { fileName: 'b.xml', content: Buffer.from(invoiceOf('FV/2')) },
  ]);

  const batch = await uploadBatchParsed(client, archive, {
    compressionType: 'TarGz',
    offlineMode: true,
    pollOptions: { intervalMs: 20 },
  });
  const online = await openSendAndClose(client, [invoiceOf('FV/3')], { pollOptions: { intervalMs: 20 } });

  expect(batch.upo.parsed[0]?.dokumenty.map(({ numerFaktury }) => numerFaktury)).toEqual(['FV/1', 'FV/2']);
  expect(online.successfulInvoiceCount).toBe(1);
  expect(await client.lighthouse.getStatus()).toMatchObject({ status: 'AVAILABLE' });
  expect(simulator.ledger()).toMatchObject({ counters: { accepted: 3, rejected: 0 }, violations: [] });
});
