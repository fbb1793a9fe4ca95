import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { hashToBase64Url, invoiceHashFromBytes } from '../invoice/invoice-hash.js';
import { Temporal } from '../shared/instant.js';
import { toBase64Url } from '../shared/base64.js';
import { fromBase64Url } from './base64-url.js';
import { kodI, parseKodI } from './kod-i.js';
import { kodII, parseKodII } from './kod-ii.js';

const HASH = 'UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE';
const HASH_HEX = '52d429f46a5ce75cbebb7c40a598c88e0929674d63b3e27c29f9523d6f16cc81';
const KOD_I = `https://qr-test.ksef.mf.gov.pl/invoice/1111111111/01-02-2026/${HASH}`;
const UNSIGNED = `qr-test.ksef.mf.gov.pl/certificate/Nip/1111111111/1111111111/01F20A5D352AE590/${HASH}`;
/** 86 and 342 characters; the last of 64 or 256 bytes leaves four unused bits, which are zero in `A`, `Q`, `g` and `w`. */
const SIGNATURE = 'mSkm_XmM9fq7PgAJ'.repeat(6).slice(0, 85) + 'Q';
const RSA_SIGNATURE = 'mSkm_XmM9fq7PgAJ'.repeat(22).slice(0, 341) + 'Q';
const KOD_II = `https://${UNSIGNED}/${SIGNATURE}`;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('parseKodI', () => {
  it('takes the official example apart (ksef-docs kody-qr.md)', () => {
    const parsed = parseKodI(KOD_I);
    if (!parsed.ok) throw new Error(parsed.error.part);
    const { environment, sellerNip, issueDate, hash } = parsed.value;
    expect([environment, sellerNip, issueDate.toString(), hex(hash)]).toEqual([
      'test',
      '1111111111',
      '2026-02-01',
      HASH_HEX,
    ]);
    expect(kodI(parsed.value)).toBe(KOD_I);
  });

  it.each([
    ['qr.ksef.mf.gov.pl', 'production'],
    ['qr-demo.ksef.mf.gov.pl', 'demo'],
    ['qr-test.ksef.mf.gov.pl', 'test'],
  ])('knows whose host %s is', (host, environment) => {
    expect(parseKodI(KOD_I.replace('qr-test.ksef.mf.gov.pl', host))).toMatchObject({ value: { environment } });
  });

  it.each([
    ['', 'form'],
    [KOD_I.replace('https', 'http'), 'form'],
    [KOD_I.replace('https://', ''), 'form'],
    [KOD_I.replace('https://', 'https://user@'), 'form'],
    [KOD_I.replace('.pl/', '.pl:443/'), 'form'],
    [`${KOD_I}/`, 'form'],
    [`${KOD_I}?a=b`, 'form'],
    [`${KOD_I}#a`, 'form'],
    [`${KOD_I}\n`, 'form'],
    [` ${KOD_I}`, 'form'],
    [KOD_I.replace('/invoice/', '//'), 'form'],
    [KOD_I.replace('/invoice/', '/Invoice/'), 'form'],
    [KOD_I.replace('1111111111', '%31111111111'), 'form'],
    [KOD_II, 'form'],
    [KOD_I.replace('.pl/', '.pl.example.org/'), 'host'],
    [KOD_I.replace('qr-test', 'QR-TEST'), 'host'],
    [KOD_I.replace('1111111111', '1111111112'), 'seller'],
    [KOD_I.replace('1111111111', 'PL1111111111'), 'seller'],
    [KOD_I.replace('01-02-2026', '2026-02-01'), 'issue-date'],
    [KOD_I.replace('01-02-2026', '1-2-2026'), 'issue-date'],
    [KOD_I.replace('01-02-2026', '29-02-2026'), 'issue-date'],
    [KOD_I.replace('01-02-2026', '01-13-2026'), 'issue-date'],
    [KOD_I.replace(HASH, `${HASH}=`), 'form'],
    [KOD_I.replace(HASH, HASH.slice(1)), 'hash'],
    [KOD_I.replace(HASH, `${HASH}A`), 'hash'],
    // The last character carries two unused bits: F is E with one of them set.
    [KOD_I.replace(/E$/, 'F'), 'hash'],
    [KOD_I.replace('51y-u', '51y+u'), 'hash'],
    [KOD_I.replace(HASH, HASH_HEX), 'hash'],
  ])('refuses %j for its %s', (link, part) => {
    expect(parseKodI(link)).toEqual({ ok: false, error: { code: 'MALFORMED_LINK', part } });
  });
});

describe('parseKodII', () => {
  it('takes the official example apart (ksef-docs kody-qr.md), with the signature and what it is over', () => {
    const parsed = parseKodII(`https://${UNSIGNED}/${RSA_SIGNATURE}`);
    if (!parsed.ok) throw new Error(parsed.error.part);
    const { environment, context, sellerNip, certificateSerial, hash, unsigned, signature } = parsed.value;
    expect([environment, context, sellerNip, certificateSerial, hex(hash), unsigned]).toEqual([
      'test',
      { type: 'Nip', value: '1111111111' },
      '1111111111',
      '01F20A5D352AE590',
      HASH_HEX,
      UNSIGNED,
    ]);
    expect(signature).toHaveLength(256);
    expect(hex(signature)).toMatch(/^992926fd798cf5fabb3e0009/);
    expect(kodII(unsigned, signature)).toBe(`https://${UNSIGNED}/${RSA_SIGNATURE}`);
  });

  it.each([
    ['InternalId', '5265877635-12345'],
    ['NipVatUe', '5265877635-DE123456789'],
    ['NipVatUe', '5265877635-IE1+2*WI'],
    ['PeppolId', 'PPL123456'],
  ])('reads a context of type %s: %s', (type, value) => {
    const link = KOD_II.replace('/Nip/1111111111/', `/${type}/${value}/`);
    expect(parseKodII(link)).toMatchObject({ value: { context: { type, value }, sellerNip: '1111111111' } });
  });

  it.each([
    [KOD_I, 'form'],
    [`${KOD_II}/`, 'form'],
    [`https://${UNSIGNED}`, 'form'],
    [`https://${UNSIGNED}/`, 'form'],
    [`${KOD_II}==`, 'form'],
    [KOD_II.replace('qr-test', 'qr-prod'), 'host'],
    [KOD_II.replace('/Nip/', '/nip/'), 'context'],
    [KOD_II.replace('/Nip/', '/InternalId/'), 'context'],
    [KOD_II.replace('/Nip/1111111111/', '/Nip/1111111112/'), 'context'],
    [KOD_II.replace('/1111111111/01F2', '/1111111112/01F2'), 'seller'],
    [KOD_II.replace('01F20A5D352AE590', '1F20A5D352AE590'), 'certificate-serial'],
    [KOD_II.replace('01F20A5D352AE590', '01f20a5d352ae590'), 'certificate-serial'],
    [KOD_II.replace(HASH, HASH.slice(1)), 'hash'],
    [KOD_II.replace(/Q$/, 'R'), 'signature'],
    [`${KOD_II}AAA`, 'signature'],
    [KOD_II.replace(/.Q$/, '*Q'), 'signature'],
  ])('refuses %j for its %s', (link, part) => {
    expect(parseKodII(link)).toEqual({ ok: false, error: { code: 'MALFORMED_LINK', part } });
  });
});

describe('any links', () => {
  const character = fc.constantFrom(...Array.from('AZaz09-_/.:%+*=?# \n'));

  it('come back as they were written', () => {
    const days = fc.date({ min: new Date('2006-01-01'), max: new Date('2050-01-01'), noInvalidDate: true });
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(days, bytes, (day, hashBytes) => {
        const parts = parseKodI(KOD_I);
        if (!parts.ok) throw new Error('not parsed');
        const issueDate = Temporal.PlainDate.from(day.toISOString().slice(0, 10));
        const link = kodI({ ...parts.value, issueDate, hash: invoiceHashFromBytes(hashBytes) });
        const again = parseKodI(link);
        expect(again.ok && kodI(again.value)).toBe(link);
        expect(again.ok && again.value.issueDate.toString()).toBe(issueDate.toString());
        expect(again.ok && hashToBase64Url(again.value.hash)).toBe(toBase64Url(hashBytes));
      }),
    );
  });

  it('with one character changed are refused, or say something else', () => {
    fc.assert(
      fc.property(fc.constantFrom(KOD_I, KOD_II), fc.nat(), character, (link, place, other) => {
        const at = place % link.length;
        const changed = link.slice(0, at) + other + link.slice(at + 1);
        fc.pre(changed !== link);
        const kodIAgain = parseKodI(changed);
        if (kodIAgain.ok) expect(kodI(kodIAgain.value)).toBe(changed);
        const kodIIAgain = parseKodII(changed);
        if (kodIIAgain.ok) expect(kodII(kodIIAgain.value.unsigned, kodIIAgain.value.signature)).toBe(changed);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('fromBase64Url', () => {
  it('gives back the bytes of every length', () => {
    for (let length = 0; length < 70; length += 1) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 73 + length) & 0xff);
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
    }
  });

  it.each(['A', 'AA=', 'AA==', 'AB', 'A+A/', 'AA AA', 'ą'])('refuses %j', (text) => {
    expect(fromBase64Url(text)).toBeUndefined();
  });
});
