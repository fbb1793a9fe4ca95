import { INVOICE_KINDS } from '@latarnik/domain';
import { z } from 'zod';

import {
  amount,
  bankAccount,
  currency,
  date,
  exchangeRate,
  invoiceDate,
  ksefNumber,
  multiline,
  nip,
  registerNumber,
  swift,
  text,
} from './fields.js';
import { line, orderLine, vatRate } from './line.js';
import { address, buyer, buyerIdentifier, seller, thirdParty } from './party.js';

/** TFormaPlatnosci, in the schema's order: the value is the place in this list. */
export const PAYMENT_METHODS = ['cash', 'card', 'voucher', 'cheque', 'credit', 'transfer', 'mobile'] as const;
/** TTypKorekty, in the schema's order: the value is the place in this list. */
export const CORRECTION_EFFECTS = ['original-entry', 'correction-issue', 'other-date'] as const;

/** TData */
const paymentDate = (description: string) => date('2016-07-01', '2050-01-01', description);

const payment = z.strictObject({
  paidOn: paymentDate('Day the whole amount was paid (DataZaplaty)').optional(),
  dueDates: z.array(paymentDate('Day of payment (Termin)')).max(100).optional(),
  method: z.enum(PAYMENT_METHODS).optional().meta({ description: 'Form of payment (FormaPlatnosci)' }),
  otherMethod: text(256, 'A form of payment that is not in the list (OpisPlatnosci)').optional(),
  bankAccounts: z
    .array(
      z.strictObject({
        number: bankAccount('Account number (NrRB); spaces are left out'),
        swift: swift().optional(),
        bankName: text(256, 'Name of the bank (NazwaBanku)').optional(),
        description: text(256, 'Note on the account (OpisRachunku)').optional(),
      }),
    )
    .max(100)
    .optional(),
});

const exemption = z.strictObject({
  basis: z.enum(['act', 'directive', 'other']).meta({
    description:
      'Which law exempts: the VAT Act or a regulation under it (P_19A), Directive 2006/112/EC (P_19B), other',
  }),
  provision: text(256, 'The provision, such as "art. 43 ust. 1 pkt 19 ustawy o VAT"'),
});

const vatShare = z.strictObject({
  vatRate,
  netAmount: amount('Net sum of the rate (P_13_x)'),
  vatAmount: amount('VAT of the rate (P_14_x); not for rates without tax').optional(),
  vatAmountPln: amount('VAT in PLN, for an invoice in another currency (P_14_xW)').optional(),
});

const advance = z.strictObject({
  amounts: z
    .array(z.strictObject({ vatRate, grossAmount: amount('Payment received, VAT included, for goods of this rate') }))
    .min(1)
    .max(100),
  payments: z
    .array(
      z.strictObject({
        date: invoiceDate('Day of the payment (P_6Z)'),
        amount: amount('Amount of the payment (P_15Z)'),
        exchangeRate: exchangeRate('PLN for one unit of the currency (KursWalutyZW)').optional(),
      }),
    )
    .max(31)
    .optional()
    .meta({ description: 'The single payments, when there is more than one (ZaliczkaCzesciowa)' }),
});

const order = z.strictObject({
  lines: z.array(orderLine).min(1).max(10_000),
  grossTotal: amount('Value of the order with VAT (WartoscZamowienia); sum of the lines when left out').optional(),
});

const settledAdvance = z.strictObject({
  ksefNumber: ksefNumber('KSeF number of the advance invoice (NrKSeFFaZaliczkowej)').optional(),
  number: text(256, 'Number of an advance invoice issued outside KSeF (NrFaZaliczkowej)').optional(),
  amounts: z
    .array(
      z.strictObject({
        vatRate,
        netAmount: amount('Net sum of the rate on the advance invoice'),
        vatAmount: amount('VAT of the rate on the advance invoice').optional(),
      }),
    )
    .min(1)
    .max(100),
});

const correction = z.strictObject({
  reason: text(256, 'Why the original is corrected (PrzyczynaKorekty)').optional(),
  effect: z
    .enum(CORRECTION_EFFECTS)
    .optional()
    .meta({ description: 'When the correction counts in the VAT register (TypKorekty)' }),
  originals: z
    .array(
      z.strictObject({
        issueDate: invoiceDate('Day of issue of the original (DataWystFaKorygowanej)'),
        number: text(256, 'Number of the original (NrFaKorygowanej)'),
        ksefNumber: ksefNumber('KSeF number of the original; left out when it never got one (NrKSeFN)').optional(),
      }),
    )
    .min(1)
    .max(50_000),
  period: text(256, 'Period a collective discount concerns (OkresFaKorygowanej)').optional(),
  correctNumber: text(256, 'The right number, when the number is what is corrected (NrFaKorygowany)').optional(),
  seller: z
    .strictObject({ nip: nip('NIP of the seller'), name: text(512), address })
    .optional()
    .meta({ description: "The seller's data before the correction (Podmiot1K)" }),
  buyers: z
    .array(
      z.strictObject({
        identifier: buyerIdentifier,
        name: text(512).optional(),
        address: address.optional(),
        key: text(32).optional(),
      }),
    )
    .max(101)
    .optional()
    .meta({ description: "The buyers' data before the correction (Podmiot2K)" }),
  amountBefore: amount('Payment or rest to pay before the correction of an advance or settlement (P_15ZK)').optional(),
  exchangeRateBefore: exchangeRate('Exchange rate before the correction (KursWalutyZK)').optional(),
});

const note = z.strictObject({
  key: text(256, 'Name (Klucz)'),
  value: text(256, 'Value (Wartosc)'),
  line: z.int().min(1).max(99_999_999_999_999).optional().meta({ description: 'Line it belongs to (NrWiersza)' }),
});

const footer = z.strictObject({
  texts: z.array(multiline(3500, 'Text below the invoice (StopkaFaktury)')).max(3).optional(),
  registers: z
    .array(
      z.strictObject({
        fullName: text(256, 'PelnaNazwa').optional(),
        krs: z
          .string()
          .regex(/^\d{10}$/)
          .optional(),
        regon: registerNumber(/^(\d{9}|\d{14})$/, '9 or 14 digits', 'REGON').optional(),
        bdo: text(9, 'BDO').optional(),
      }),
    )
    .max(100)
    .optional(),
});

const flag = (description: string) => z.boolean().optional().meta({ description });

/**
 * The invoice as the API takes it: English names for the fields of FA(3), amounts as decimal text, unknown fields
 * refused. What it leaves out (margin schemes, new means of transport, OSS, transport, attachments) is issued as XML.
 */
export const invoiceModel = z.strictObject({
  kind: z.enum(INVOICE_KINDS).optional().meta({ description: 'RodzajFaktury; VAT when left out' }),
  number: text(256, "The seller's own number (P_2)"),
  issueDate: invoiceDate('Day of issue in Poland (P_1)'),
  issuePlace: text(256, 'Place of issue (P_1M)').optional(),
  saleDate: invoiceDate('Day of supply or payment, when it differs from the day of issue (P_6)').optional(),
  salePeriod: z
    .strictObject({ from: invoiceDate('First day (P_6_Od)'), to: invoiceDate('Last day (P_6_Do)') })
    .optional(),
  deliveryNotes: z.array(text(256, 'Number of a delivery note (WZ)')).max(1000).optional(),
  currency: currency('Currency of all amounts; PLN when left out (KodWaluty)').optional(),
  exchangeRate: exchangeRate('PLN for one unit of the currency; needed to state VAT in PLN').optional(),
  seller,
  buyer,
  thirdParties: z.array(thirdParty).max(100).optional(),
  lines: z.array(line).max(10_000).optional(),
  vatSummary: z
    .array(vatShare)
    .max(100)
    .optional()
    .meta({ description: 'Sums per VAT rate; computed from the lines when left out' }),
  grossTotal: amount('Total amount due (P_15); computed when left out').optional(),
  cashMethod: flag('P_16: cash method of VAT (metoda kasowa)'),
  selfBilling: flag('P_17: the buyer issues in the name of the seller (samofakturowanie)'),
  reverseCharge: flag('P_18: the buyer accounts for VAT; set by itself when a line has the rate "oo"'),
  splitPayment: flag('P_18A: mandatory split payment (mechanizm podzielonej płatności)'),
  simplifiedTriangular: flag('P_23: second taxable person of a simplified triangular transaction'),
  exemption: exemption.optional(),
  fiscalReceipt: flag('FP: invoice for a sale recorded on a cash register (art. 109 ust. 3d)'),
  relatedParties: flag('TP: seller and buyer are related'),
  exciseRefund: flag('ZwrotAkcyzy: goods of the excise refund for farmers'),
  correction: correction.optional(),
  advance: advance.optional(),
  order: order.optional(),
  settledAdvances: z.array(settledAdvance).max(100).optional(),
  payment: payment.optional(),
  notes: z.array(note).max(10_000).optional(),
  footer: footer.optional(),
});

/** What the caller gives. */
export type Fa3InvoiceModel = z.input<typeof invoiceModel>;
/** What the parser made of it. */
export type ParsedInvoice = z.output<typeof invoiceModel>;
export type Payment = z.output<typeof payment>;
export type Correction = z.output<typeof correction>;
export type SettledAdvance = z.output<typeof settledAdvance>;
export type Note = z.output<typeof note>;
