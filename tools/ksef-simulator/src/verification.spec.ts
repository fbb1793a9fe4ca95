import { constants, createPrivateKey, sign } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { type IssuedCertificate, ManualClock, type Simulator } from './index.js';
import { enrol } from './testing/certificates.js';
import { control } from './testing/control.js';
import type { KsefClient } from './testing/ksef-client.js';
import { sha256 } from './testing/packages.js';
import { invoiceOf, loggedIn, nipContext, OTHER, SELLER, startQuick, warsawToday } from './testing/setup.js';

const TODAY = warsawToday().split('-').reverse().join('-');

let simulator: Simulator;
let client: KsefClient;
let certificate: IssuedCertificate;

beforeEach(async () => {
  simulator = await startQuick();
  client = await loggedIn(simulator);
  certificate = await simulator.issueCertificate({ type: 'Offline', nip: SELLER });
});

afterEach(async () => {
  await simulator.close();
});

it.each([
  ['throttle', {}, 429],
  ['unauthorized', {}, 401],
  ['forbidden', {}, 403],
  ['refuse', { code: 21405 }, 400],
  ['server-error', { httpStatus: 503 }, 503],
])('a page befallen by %s says so', async (kind, traits, status) => {
  await control(simulator, 'POST', '/faults', { kind, ...traits, groups: ['verification'] });
  await control(simulator, 'POST', '/faults', { kind, ...traits, groups: ['verification'], after: 1 });
  for (const path of ['/invoice/x', '/certificate/x']) expect((await scan(path)).status).toBe(status);
});

const hashOf = (xml: string): string => Buffer.from(sha256(Buffer.from(xml)), 'base64').toString('base64url');
const origin = (): string => simulator.ksefUrl.replace('/v2', '');

interface Scanned {
  readonly status: number;
  readonly html: string;
  /** Result by check. */
  readonly results: Readonly<Record<string, string>>;
}

/** Opens a link as the browser of whoever scanned it would. */
async function scan(path: string): Promise<Scanned> {
  const response = await fetch(`${origin()}${path}`);
  const html = await response.text();
  const found = [...html.matchAll(/data-check="([^"]+)" data-result="([^"]+)"/g)];
  return {
    status: response.status,
    html,
    results: Object.fromEntries(found.map(([, check = '', result = '']) => [check, result])),
  };
}

type Encoding = 'p1363' | 'der' | 'pss';

interface LinkOptions {
  readonly host?: string;
  readonly encoding?: Encoding;
  readonly context?: string;
  readonly seller?: string;
  readonly serialNumber?: string;
}

/** KOD II, signed by an implementation of its own. */
function kodII(
  { certificateSerialNumber, privateKeyPem }: Pick<IssuedCertificate, 'certificateSerialNumber' | 'privateKeyPem'>,
  hash: string,
  { host, encoding = 'p1363', context = `Nip/${SELLER}`, seller = SELLER, serialNumber }: LinkOptions = {},
): string {
  const path = `/certificate/${context}/${seller}/${serialNumber ?? certificateSerialNumber}/${hash}`;
  const text = Buffer.from(`${host ?? new URL(origin()).host}${path}`);
  const key = createPrivateKey(privateKeyPem);
  const signature = {
    p1363: () => sign('sha256', text, { key, dsaEncoding: 'ieee-p1363' }),
    der: () => sign('sha256', text, key),
    pss: () => sign('sha256', text, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  }[encoding]();
  return `${path}/${signature.toString('base64url')}`;
}

const GOOD = {
  certificate: 'ok',
  'certificate-type': 'ok',
  'certificate-state': 'ok',
  signature: 'ok',
  'right-to-issue': 'ok',
  seller: 'ok',
  invoice: 'waiting',
};

describe('the page of KOD I', () => {
  it('shows an accepted invoice, only under its own seller, day and hash', async () => {
    const xml = invoiceOf('FV/1');
    const accepted = await (await client.openOnline()).send(xml);
    const scanned = await scan(`/invoice/${SELLER}/${TODAY}/${hashOf(xml)}`);

    expect([scanned.status, scanned.results]).toEqual([200, { invoice: 'ok' }]);
    expect(scanned.html).toContain(`<dd>${accepted.body.ksefNumber}</dd>`);
    expect(scanned.html).toContain('<dd>123.00 PLN</dd>');
    for (const path of [
      `/invoice/${OTHER}/${TODAY}/${hashOf(xml)}`,
      `/invoice/${SELLER}/01-01-2020/${hashOf(xml)}`,
      `/invoice/${SELLER}/${TODAY}/${hashOf(`${xml} `)}`,
    ]) {
      const other = await scan(path);
      expect(other.results).toEqual({ invoice: 'waiting' });
      expect(other.html).not.toContain('FV/1');
    }
  });

  it('says that an invoice is on its way, or was refused', async () => {
    const refused = invoiceOf('FV/2', { issueDate: '2049-01-01' });
    await (await client.openOnline()).send(refused);
    expect((await scan(`/invoice/${SELLER}/01-01-2049/${hashOf(refused)}`)).results).toEqual({ invoice: 'wrong' });

    simulator.state.settings.processingDelayMs = 60_000;
    const waiting = invoiceOf('FV/3');
    const channel = await client.openOnline();
    await channel.post(channel.request(waiting));
    const scanned = await scan(`/invoice/${SELLER}/${TODAY}/${hashOf(waiting)}`);
    expect(scanned.results).toEqual({ invoice: 'waiting' });
    expect(scanned.html).toContain('przetwarzana');
  });

  it('escapes what the invoice says', async () => {
    const xml = invoiceOf('FV/&lt;script&gt;alert(1)&lt;/script&gt;&quot;').replace(
      'Sprzedawca sp. z o.o.',
      'A &amp; B &lt;img src=x&gt; &apos;C&apos;',
    );
    expect((await (await client.openOnline()).send(xml)).body.status.code).toBe(200);

    const { html } = await scan(`/invoice/${SELLER}/${TODAY}/${hashOf(xml)}`);

    expect(html).toContain('FV/&lt;script&gt;alert(1)&lt;/script&gt;&quot;');
    expect(html).toContain('A &amp; B &lt;img src=x&gt; &#39;C&#39;');
    expect(html).not.toMatch(/<script|<img/);
  });

  it('refuses what is no link of a code, without repeating it', async () => {
    for (const path of [
      '/invoice/1/2/3',
      `/invoice/${SELLER}/${TODAY}/short`,
      `/invoice/${SELLER}/2026-11-20/${'A'.repeat(43)}`,
      `/invoice/${SELLER}/${TODAY}/${'A'.repeat(43)}/`,
      '/invoice/%3Cscript%3E',
      '/certificate/Nip/%22%3E%3Cscript%3E',
      `/certificate/Regon/${SELLER}/${SELLER}/0000000000000000/${'A'.repeat(43)}/${'A'.repeat(86)}`,
    ]) {
      const { status, results, html } = await scan(path);
      expect([path, status, results]).toEqual([path, 400, { link: 'wrong' }]);
      expect(html).not.toContain('script');
    }
  });

  it('cannot be reached while KSeF cannot', async () => {
    simulator.state.ksefReachability.cut('503');
    expect((await scan(`/invoice/${SELLER}/${TODAY}/${'A'.repeat(43)}`)).status).toBe(503);
  });
});

describe('the page of KOD II', () => {
  const hash = hashOf('an invoice that waits');

  it.each<[string, 'EC' | 'RSA', Encoding]>([
    ['ECDSA as r and s', 'EC', 'p1363'],
    ['ECDSA in DER', 'EC', 'der'],
    ['RSASSA-PSS', 'RSA', 'pss'],
  ])('verifies a signature of kind %s', async (_name, keyType, encoding) => {
    const signing = await simulator.issueCertificate({ type: 'Offline', nip: SELLER, keyType });

    expect((await scan(kodII(signing, hash, { encoding }))).results).toEqual(GOOD);
  });

  it.each(['qr-test.ksef.mf.gov.pl', 'qr.ksef.mf.gov.pl'])('takes a link signed for %s, and says so', async (host) => {
    const scanned = await scan(kodII(certificate, hash, { host }));

    expect(scanned.results).toEqual(GOOD);
    expect(scanned.html).toContain(`adresu ${host}`);
    expect((await scan(kodII(certificate, hash, { host: 'qr.example' }))).results).toEqual({
      ...GOOD,
      signature: 'wrong',
    });
  });

  it('sees a changed link, a changed signature, and the key of another', async () => {
    const link = kodII(certificate, hash);
    const other = await simulator.issueCertificate({ type: 'Offline', nip: SELLER });
    const at = link.length - 40;
    const flipped = link.slice(0, at) + (link[at] === 'A' ? 'B' : 'A') + link.slice(at + 1);

    for (const path of [
      link.replace(hash, hashOf('another invoice')),
      flipped,
      link.slice(0, -10),
      kodII(other, hash, { serialNumber: certificate.certificateSerialNumber }),
    ]) {
      expect((await scan(path)).results).toEqual({ ...GOOD, signature: 'wrong' });
    }
  });

  it('tells whether the invoice has come by now', async () => {
    const xml = invoiceOf('FV/9');
    const link = kodII(certificate, hashOf(xml));
    expect((await scan(link)).results).toEqual(GOOD);

    await (await client.openOnline()).send(xml);

    expect((await scan(link)).results).toEqual({ ...GOOD, invoice: 'ok' });
  });

  it('sees an unknown certificate, and one of type Authentication', async () => {
    const wrongType = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER });

    expect((await scan(kodII(certificate, hash, { serialNumber: '0000000000000000' }))).results).toEqual({
      certificate: 'wrong',
      seller: 'ok',
      invoice: 'waiting',
    });
    expect((await scan(kodII(wrongType, hash))).results).toEqual({ ...GOOD, 'certificate-type': 'wrong' });
  });

  it('judges the certificate as it stands when the code is scanned', async () => {
    const enrolled = await enrol(client, { type: 'Offline' });
    const link = kodII({ certificateSerialNumber: enrolled.serialNumber, privateKeyPem: enrolled.privateKeyPem }, hash);
    expect((await scan(link)).results).toEqual(GOOD);

    await client.call('POST', `/certificates/${enrolled.serialNumber}/revoke`);
    const revoked = await scan(link);
    expect(revoked.results).toEqual({ ...GOOD, 'certificate-state': 'wrong' });
    expect(revoked.html).toMatch(/zablokowany|unieważniony/);
    const expired = await simulator.issueCertificate({
      type: 'Offline',
      nip: SELLER,
      validFrom: Date.parse('2024-01-01T00:00:00Z'),
      validTo: Date.parse('2025-01-01T00:00:00Z'),
    });
    const future = await simulator.issueCertificate({ type: 'Offline', nip: SELLER, validFrom: Date.now() + 60_000 });
    for (const one of [expired, future]) {
      expect((await scan(kodII(one, hash))).results).toEqual({ ...GOOD, 'certificate-state': 'wrong' });
    }
  });

  it('asks for the owner’s right in the context and for the context’s right to issue for the seller', async () => {
    const theirs = kodII(certificate, hash, { context: `Nip/${OTHER}`, seller: OTHER });
    expect((await scan(theirs)).results).toEqual({ ...GOOD, 'right-to-issue': 'wrong' });
    simulator.state.permissions.grant(nipContext(OTHER), { type: 'Nip', value: SELLER }, ['InvoiceWrite']);
    expect((await scan(theirs)).results).toEqual(GOOD);

    const selfBilling = kodII(certificate, hash, { seller: OTHER });
    expect((await scan(selfBilling)).results).toEqual({ ...GOOD, seller: 'wrong' });
    simulator.state.permissions.allowIssuing(nipContext(SELLER), OTHER);
    expect((await scan(selfBilling)).results).toEqual(GOOD);
  });

  it('knows the composite of NIP and VAT-UE number', async () => {
    const link = kodII(certificate, hash, { context: `NipVatUe/${SELLER}-IE1234567+A` });

    expect((await scan(link)).results).toEqual(GOOD);
  });

  it('escapes the name of a certificate and of its owner', async () => {
    const odd = await simulator.issueCertificate({ type: 'Offline', nip: SELLER, subjectName: '<b onclick="x">\'&' });
    const { html } = await scan(kodII(odd, hash));

    expect(html).toContain('&lt;b onclick=&quot;x&quot;&gt;&#39;&amp;');
    expect(html).not.toContain('<b onclick');
  });
});

it('certificates may be scanned long after on a clock of their own', async () => {
  const clock = new ManualClock(new Date('2026-11-20T10:00:00Z'));
  await simulator.close();
  simulator = await startQuick({ clock });
  const signing = await simulator.issueCertificate({ type: 'Offline', nip: SELLER });
  const link = kodII(signing, hashOf('x'));
  clock.advance(730 * 86_400_000);
  expect((await scan(link)).results).toEqual(GOOD);
  clock.advance(1_000);
  expect((await scan(link)).results).toEqual({ ...GOOD, 'certificate-state': 'wrong' });
});
