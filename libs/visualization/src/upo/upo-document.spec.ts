import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DocumentElement, ReadableDocument } from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { textsOf } from '../model/print-document.js';
import { elementsOf, textNodesOf } from '../testing/elements.js';
import { el } from '../testing/hostile-invoices.js';
import { upoDocument } from './upo-document.js';
import { upoWords } from './upo-words.js';

const SAMPLES = process.env['KSEF_UPO_SAMPLES'];
if (SAMPLES === undefined) console.log('KSEF_UPO_SAMPLES is not set: official UPO samples are not looked at');

type Shown = Extract<ReadableDocument, { kind: 'upo' }>;
const shown = (upo: DocumentElement, more: Partial<Shown> = {}): Shown => ({
  ...{ kind: 'upo', upo, signature: { verdict: 'not-checked' } },
  ...more,
});

const numberOf = (at: number): string => `5265877635-20261120-0100${String(at).padStart(8, '0')}-00`;

const page = (count: number): DocumentElement =>
  el('Potwierdzenie', [
    el('NazwaPodmiotuPrzyjmujacego', 'Ministerstwo Finansów'),
    el('NumerReferencyjnySesji', '20261120-SB-1111111111-2222222222-33'),
    el('Uwierzytelnienie', [
      el('IdKontekstu', [el('Nip', '5265877635')]),
      el('SkrotDokumentuUwierzytelniajacego', 'kyqH='),
    ]),
    ...Array.from({ length: count }, (_, at) =>
      el('Dokument', [
        el('NumerKSeFDokumentu', numberOf(at)),
        el('NumerFaktury', `FV/${String(at)}`),
        el('SkrotDokumentu', `hash-${String(at)}=`),
        el('TrybWysylki', 'Offline'),
      ]),
    ),
    el('Signature', [el('SignatureValue', 'c2lnbmF0dXJl')]),
  ]);

describe('a UPO as a document', () => {
  it.each([
    ['pl', 'Urzędowe poświadczenie odbioru (UPO)', 'nie był sprawdzany'],
    ['en', 'Official confirmation of receipt (UPO)', 'not checked'],
  ] as const)('says in %s what it confirms, and what is known of its signature', (language, title, verdict) => {
    const document = upoDocument(shown(page(1)), language);
    expect(document.title).toBe(title);
    expect(document.reference).toBe(numberOf(0));
    const texts = textsOf(document);
    for (const text of ['FV/0', 'hash-0=', '5265877635', 'kyqH=', '20261120-SB-1111111111-2222222222-33', verdict]) {
      expect(texts).toContain(text);
    }
    expect(texts).not.toContain('c2lnbmF0dXJl');
  });

  it('names who signed', () => {
    const signature = { verdict: 'valid', signer: 'CN=Ministerstwo Finansów' } as const;
    expect(textsOf(upoDocument(shown(page(1), { signature }), 'pl'))).toContain(
      'sprawdzony, ważny (CN=Ministerstwo Finansów)',
    );
  });

  it('begins with the invoice that was asked for, and says how many it does not list', () => {
    const document = upoDocument(shown(page(500), { about: numberOf(321) }), 'pl');
    const texts = textsOf(document);
    expect(document.reference).toBe(numberOf(321));
    expect(texts.indexOf('hash-321=')).toBeLessThan(texts.indexOf('hash-0='));
    expect(texts).toContain('Pozostałych dokumentów na tej stronie UPO: 299. Są w pliku XML.');
    expect(texts.filter((text) => text.startsWith('hash-'))).toHaveLength(201);
  });

  const files = SAMPLES === undefined ? [] : readdirSync(SAMPLES, { recursive: true, encoding: 'utf8' });
  const samples = files.filter((name) => name.endsWith('.xml'));
  (samples.length === 0 ? it.skip : it).each(samples.length === 0 ? ['official samples'] : samples)(
    'shows every text of %s',
    (name) => {
      const upo = elementsOf(readFileSync(join(SAMPLES ?? '', name)));
      const texts = textsOf(upoDocument(shown(upo), 'pl')).join('\n');
      const words = upoWords('pl');
      const lost = textNodesOf(upo).filter((node) => !texts.includes(words.value(node.name, node.text)));
      expect(lost).toEqual([]);
    },
  );
});
