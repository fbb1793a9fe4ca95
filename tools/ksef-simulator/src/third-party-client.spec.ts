import { X509Certificate } from 'node:crypto';

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  createTarGz,
  createZip,
  exportAndDownload,
  KSeFClient,
  openSendAndClose,
  uploadBatchParsed,
  uploadBatchStreamParsed,
} from 'ksef-client-ts';

import type { Simulator } from './index.js';
import { invoiceOf, SELLER, startQuick } from './testing/setup.js';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startQuick();
});
afterEach(async () => {
  await simulator.close();
});

function unrelatedClient(): KSeFClient {
  return new KSeFClient({
    environment: 'TEST',
    baseUrl: simulator.ksefUrl.replace('/v2', ''),
    apiVersion: 'v2',
    lighthouseUrl: simulator.latarniaUrl,
    presignedUrlHosts: ['127.0.0.1'],
  });
}

it.each(['EC', 'RSA'] as const)('serves an unrelated client from login to UPO, key type %s', async (keyType) => {
  const certificate = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER, keyType });
  const client = unrelatedClient();
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

it.each(['EC', 'RSA'] as const)(
  'certifies a key of an unrelated client, which then logs in with it, type %s',
  async (keyType) => {
    const client = unrelatedClient();
    const first = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER });
    await client.loginWithCertificate(first.certificatePem, first.privateKeyPem, SELLER);

    const limits = await client.certificates.getLimits();
    const { countryName: countryCode, ...data } = await client.certificates.getEnrollmentData();
    const { csrDer, privateKeyPem } = await (keyType === 'EC'
      ? client.crypto.generateCsrEcdsa({ ...data, countryCode })
      : client.crypto.generateCsrRsa({ ...data, countryCode }));
    const { referenceNumber } = await client.certificates.enroll({
      certificateName: 'Kasa 1',
      certificateType: 'Authentication',
      csr: Buffer.from(csrDer).toString('base64'),
    });
    let enrolled = await client.certificates.getEnrollmentStatus(referenceNumber);
    while (enrolled.status.code === 100) enrolled = await client.certificates.getEnrollmentStatus(referenceNumber);
    const serialNumber = enrolled.certificateSerialNumber ?? '';
    const { certificates } = await client.certificates.retrieve({ certificateSerialNumbers: [serialNumber] });
    const certificatePem = new X509Certificate(Buffer.from(certificates[0]!.certificate, 'base64')).toString();
    const second = unrelatedClient();
    await second.loginWithCertificate(certificatePem, privateKeyPem, SELLER);

    expect(limits).toMatchObject({ canRequest: true, enrollment: { limit: 300 } });
    expect(enrolled.status.code).toBe(200);
    expect((await second.certificates.query({ type: 'Authentication', name: 'Kasa' })).certificates).toMatchObject([
      { certificateSerialNumber: serialNumber, status: 'Active', subjectIdentifier: { type: 'Nip', value: SELLER } },
    ]);
    await second.certificates.revoke(serialNumber, { revocationReason: 'Superseded' });
    await expect(unrelatedClient().loginWithCertificate(certificatePem, privateKeyPem, SELLER)).rejects.toThrow();
  },
);

it('serves an unrelated client that logs in with a KSeF token, reads limits and exports', async () => {
  const owner = unrelatedClient();
  const certificate = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER });
  await owner.loginWithCertificate(certificate.certificatePem, certificate.privateKeyPem, SELLER);
  const { referenceNumber, token } = await owner.tokens.generateToken({
    permissions: ['InvoiceRead', 'InvoiceWrite'],
    description: 'Token testowy',
  });
  while ((await owner.tokens.getToken(referenceNumber)).status !== 'Active');

  const client = unrelatedClient();
  await client.loginWithToken(token, SELLER);
  const sent = await openSendAndClose(client, [invoiceOf('FV/1')], { pollOptions: { intervalMs: 20 } });
  const found = await exportAndDownload(
    client,
    {
      subjectType: 'Subject1',
      dateRange: { dateType: 'PermanentStorage', from: new Date(Date.now() - 86_400_000).toISOString() },
    },
    { extract: true, pollOptions: { intervalMs: 20 } },
  );

  expect(sent.successfulInvoiceCount).toBe(1);
  expect([...found.files.values()].map((file) => file.toString('utf8'))).toContain(invoiceOf('FV/1'));
  expect((await client.limits.getRateLimits()).sessionList).toEqual({ perSecond: 5, perMinute: 10, perHour: 60 });
  expect((await client.limits.getContextLimits()).batchSession.maxInvoices).toBe(10_000);
  await client.tokens.revokeToken(referenceNumber);
});

it('takes the parts of an unrelated client that sends them as streams', async () => {
  const client = unrelatedClient();
  const certificate = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER });
  await client.loginWithCertificate(certificate.certificatePem, certificate.privateKeyPem, SELLER);
  const archive = await createZip([{ fileName: 'a.xml', content: Buffer.from(invoiceOf('FV/1')) }]);

  const sent = await uploadBatchStreamParsed(
    client,
    () => new Blob([new Uint8Array(archive)]).stream(),
    archive.length,
    {
      pollOptions: { intervalMs: 20 },
    },
  );

  expect(sent.upo.parsed[0]?.dokumenty).toHaveLength(1);
});
