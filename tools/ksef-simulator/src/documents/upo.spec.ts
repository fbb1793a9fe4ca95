import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';
import { SignedXml } from 'xml-crypto';

import type { ContextIdentifier, Simulator } from '../index.js';
import { KsefClient } from '../testing/ksef-client.js';
import { zip } from '../testing/packages.js';
import { invoiceOf, loggedIn, SELLER, startQuick } from '../testing/setup.js';

const XSD_PATH = process.env['KSEF_UPO_XSD'];
if (XSD_PATH === undefined) {
  console.warn('KSEF_UPO_XSD is not set: UPO documents are not validated against upo-v4-3.xsd.');
}
const withSchema = XSD_PATH === undefined ? it.skip : it;

/** The schema has no place for the signature, which is put in on top. */
function takeSignatureOut(upo: XmlDocument): void {
  const signatures = upo.root.find('ds:Signature', { ds: 'http://www.w3.org/2000/09/xmldsig#' });
  expect(signatures).toHaveLength(1);
  for (const signature of signatures) signature.remove();
}

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startQuick({ upoPageSize: 2 });
});
afterAll(async () => {
  await simulator.close();
});

const contexts: ContextIdentifier[] = [
  { type: 'Nip', value: SELLER },
  { type: 'InternalId', value: `${SELLER}-12345` },
  { type: 'NipVatUe', value: `${SELLER}-DE123456789` },
];

withSchema('a UPO of a session opened with a KSeF token fits upo-v4-3.xsd', async () => {
  const owner = await loggedIn(simulator);
  const { body: issued } = await owner.call('POST', '/tokens', {
    body: { permissions: ['InvoiceRead', 'InvoiceWrite'], description: 'UPO z tokenem' },
  });
  const client = new KsefClient(simulator);
  while (client.accessToken === null) await client.loginWithToken(issued.token, { type: 'Nip', value: SELLER });

  const { body } = await (await client.openOnline()).send(invoiceOf('Token/1'));

  using schema = XmlDocument.fromBuffer(readFileSync(XSD_PATH ?? ''));
  using validator = XsdValidator.fromDoc(schema);
  using upo = XmlDocument.fromString(await (await fetch(body.upoDownloadUrl)).text());
  takeSignatureOut(upo);
  expect(() => {
    validator.validate(upo);
  }).not.toThrow();
  expect(upo.root.content).toContain(issued.referenceNumber);
});

withSchema.each(contexts)('pages and single UPO in the context $type fit upo-v4-3.xsd', async (context) => {
  const client = new KsefClient(simulator);
  await client.login(await simulator.issueCertificate({ type: 'Authentication', nip: SELLER }), context);
  const numbers = ['A', 'B', 'C'].map((letter) => `${context.type}/${letter}&amp;&lt;`);
  const archive = await zip(
    numbers.map((number, index) => ({ name: `${String(index)}.xml`, content: invoiceOf(number) })),
  );

  const { reference, session } = await client.sendBatch(await client.seal(archive));

  const invoices = await client.listInvoices(reference);
  const links = [
    ...session.upo.pages.map(({ downloadUrl }) => downloadUrl),
    ...invoices.map(({ upoDownloadUrl }) => upoDownloadUrl),
  ];
  expect(links).toHaveLength(5);
  using schema = XmlDocument.fromBuffer(readFileSync(XSD_PATH ?? ''));
  using validator = XsdValidator.fromDoc(schema);
  for (const link of links) {
    using upo = XmlDocument.fromString(await (await fetch(link)).text());
    takeSignatureOut(upo);
    expect(() => {
      validator.validate(upo);
    }).not.toThrow();
    expect(upo.root.name).toBe('Potwierdzenie');
  }
});

it('a UPO and a page of one verify with xml-crypto by the certificate that the control API gives', async () => {
  const client = await loggedIn(simulator);
  const archive = await zip([{ name: '1.xml', content: invoiceOf('UPO/1 &amp; &lt;') }]);
  const { reference, session } = await client.sendBatch(await client.seal(archive));
  const [invoice] = await client.listInvoices(reference);
  const certificate = await (await fetch(`${simulator.controlUrl}/upo-signer`)).text();
  const links = [session.upo.pages[0]?.downloadUrl, invoice?.upoDownloadUrl].map(String);
  for (const link of links) {
    const xml = await (await fetch(link)).text();
    expect(await (await fetch(link)).text()).toBe(xml);
    const verifies = (text: string): boolean => {
      const signed = new SignedXml({ publicCert: certificate });
      signed.loadSignature(/<ds:Signature .*<\/ds:Signature>/s.exec(text)?.[0] ?? '');
      try {
        return signed.checkSignature(text);
      } catch {
        return false;
      }
    };
    expect(verifies(xml)).toBe(true);
    expect(verifies(xml.replace('UPO/1', 'UPO/2'))).toBe(false);
  }
});
