import type { DocumentElement, DocumentLanguage } from '@latarnik/domain';
import { fieldsWithin, generalBlocks } from '../model/general-blocks.js';
import { Part } from '../model/part.js';
import type { Block, PrintCode, PrintDocument } from '../model/print-document.js';
import { correctionBlocks } from './correction.js';
import { fa3Words } from './fa3-words.js';
import { codeSection, orderBlocks, partiesOf, totalLabel } from './invoice-document.js';
import { lineTables } from './lines.js';

const LINE_TEXTS = {
  lines: ['Przedmiot transakcji', 'Subject of the transaction'],
  before: ['Przed korektą', 'Before the correction'],
  after: ['Po korekcie', 'After the correction'],
} as const;

/**
 * Potwierdzenie transakcji: what a domestic buyer may be given before the invoice is in KSeF. It says that it is no
 * invoice, carries both codes, and leaves out the tax by rate, which nobody may deduct from it.
 *
 * @see domain rules 1.6; handbook KSeF 2.0 part II, 1.6.6
 */
export function transactionConfirmation(
  source: DocumentElement,
  codes: readonly PrintCode[],
  language: DocumentLanguage,
): PrintDocument {
  const words = fa3Words(language);
  const root = new Part(source);
  const parties = partiesOf(root, words);
  const invoice = new Part(root.take('Fa') ?? { name: '', attributes: [], children: [], text: '' });
  const reference = invoice.text('P_2') ?? '';
  const currency = invoice.text('KodWaluty') ?? '';
  const total = invoice.text('P_15');
  const kind = invoice.peek('RodzajFaktury') ?? '';
  // What kind of invoice it is about is said where the amount is no value of a transaction.
  const named = kind === 'VAT' || kind === 'UPR' ? [] : ['RodzajFaktury'];
  const facts = [...named, 'P_1', 'P_6', 'OkresFa'].flatMap((name) => invoice.takeAll(name));
  const label = totalLabel(kind, ['Wartość transakcji', 'Value of the transaction'], words);
  const amount: readonly Block[] =
    total === undefined ? [] : [{ kind: 'total', label, value: `${words.value('P_15', total)} ${currency}` }];
  const lines = lineTables(invoice.takeAll('FaWiersz'), LINE_TEXTS, words);
  const payment = generalBlocks(invoice.take('Platnosc')?.children ?? [], words);
  const sections = [
    { blocks: [parties] },
    { heading: words.say(['Dane korekty', 'Correction']), blocks: correctionBlocks(invoice, words) },
    { heading: words.say(['Transakcja', 'Transaction']), blocks: [...lines, ...amount] },
    { heading: words.label('Zamowienie'), blocks: orderBlocks(invoice.take('Zamowienie'), words) },
    { heading: words.label('Platnosc'), blocks: payment },
    codeSection(codes, words),
  ];
  return {
    language,
    title: words.say(['Potwierdzenie transakcji', 'Transaction confirmation']),
    reference,
    notice: words.say([
      'To nie jest faktura i nie uprawnia do odliczenia podatku. Faktura zostanie udostępniona w Krajowym Systemie ' +
        'e-Faktur (KSeF).',
      'This is not an invoice and gives no right to deduct tax. The invoice will be made available in the Polish ' +
        'National System of e-Invoices (KSeF).',
    ]),
    facts: [
      { label: words.say(['Dotyczy faktury', 'About the invoice']), value: reference },
      ...facts.flatMap((element) => fieldsWithin(element, words)),
    ],
    sections: sections.filter(({ blocks }) => blocks.length > 0),
  };
}
