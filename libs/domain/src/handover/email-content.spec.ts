import { describe, expect, it } from '@jest/globals';
import type { DecimalText, InvoiceNumber } from '../invoice/invoice-facts.js';
import { Temporal } from '../shared/instant.js';
import { emailContent } from './email-content.js';

const facts = (number: string): Parameters<typeof emailContent>[1] => ({
  number: number as InvoiceNumber,
  grossAmount: '1123.00' as DecimalText,
  ...{ sellerName: 'Latarnia Morska sp. z o.o.', currency: 'PLN' },
  issueDate: Temporal.PlainDate.from('2026-11-20'),
});

describe('what an e-mail says', () => {
  it('calls an invoice that waits for KSeF one issued offline: `poza KSeF` is what one without a number for good is', () => {
    const { text } = emailContent('invoice-with-two-codes', facts('FV/1'), 'pl');
    expect(text).toContain('fakturę wystawioną w trybie offline');
    expect(text).not.toContain('poza KSeF');
  });

  it.each([
    ['pl', 'Kwota należności ogółem: 1\u00a0123,00 PLN'],
    ['en', 'Total amount: 1,123.00 PLN'],
  ] as const)('names the amount as the document does: %s', (language, line) => {
    expect(emailContent('invoice-with-number', facts('FV/1'), language).text).toContain(line);
  });

  it.each([
    ['FV/2026/11/7', 'faktura-FV-2026-11-7.pdf'],
    ['Łódź/Śródmieście 1', 'faktura-Lodz-Srodmiescie-1.pdf'],
    ['..//\u0000..', 'faktura.pdf'],
    ['発票', 'faktura.pdf'],
  ])('names the file of %s in plain letters', (number, fileName) => {
    expect(emailContent('invoice-with-number', facts(number), 'pl').fileName).toBe(fileName);
  });
});
