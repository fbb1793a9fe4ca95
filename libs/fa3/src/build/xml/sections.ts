import { normalizedLines } from '../model/fields.js';
import {
  type Correction,
  CORRECTION_EFFECTS,
  type Note,
  type ParsedInvoice,
  type Payment,
  PAYMENT_METHODS,
  type SettledAdvance,
} from '../model/invoice.js';
import { amountText } from '../money.js';
import type { Totals } from '../totals.js';
import { SUMMARY_FIELDS } from '../vat-rates.js';
import { each, type Element, flat, group, leaf, marker, verbatim, yesNo } from './element.js';
import { money } from './lines.js';
import { addressElement, identity, sellerIdentity } from './parties.js';

/** P_13_1 to P_15. */
export function summaryElements({ groups, gross }: Totals): readonly Element[] {
  const fields = new Map(Object.values(SUMMARY_FIELDS).map(({ net, taxed }) => [net, taxed]));
  const written = [...groups].flatMap(([field, { net, vat = 0n, vatPln }]) => {
    const taxed = fields.get(field);
    return flat([
      leaf(field, amountText(net)),
      taxed === undefined ? undefined : leaf(taxed.vat, amountText(vat)),
      taxed === undefined || vatPln === undefined ? undefined : leaf(taxed.vatPln, amountText(vatPln)),
    ]);
  });
  return flat([written, leaf('P_15', amountText(gross))]);
}

const EXEMPTION_FIELDS = { act: 'P_19A', directive: 'P_19B', other: 'P_19C' } as const;

/** Adnotacje. New means of transport and margin schemes are not part of the model: their "no" markers stand. */
export function annotationsElement(invoice: ParsedInvoice): Element {
  const { exemption } = invoice;
  const hasReverseChargeLine = [...(invoice.lines ?? []), ...(invoice.vatSummary ?? [])].some(
    ({ vatRate }) => vatRate === 'oo',
  );
  return group(
    'Adnotacje',
    yesNo('P_16', invoice.cashMethod),
    yesNo('P_17', invoice.selfBilling),
    yesNo('P_18', invoice.reverseCharge ?? hasReverseChargeLine),
    yesNo('P_18A', invoice.splitPayment),
    exemption === undefined
      ? group('Zwolnienie', verbatim('P_19N', '1'))
      : group('Zwolnienie', verbatim('P_19', '1'), leaf(EXEMPTION_FIELDS[exemption.basis], exemption.provision)),
    group('NoweSrodkiTransportu', verbatim('P_22N', '1')),
    yesNo('P_23', invoice.simplifiedTriangular),
    group('PMarzy', verbatim('P_PMarzyN', '1')),
  );
}

export function correctionElements(correction: Correction): readonly Element[] {
  const { effect, seller } = correction;
  return flat([
    leaf('PrzyczynaKorekty', correction.reason),
    leaf('TypKorekty', effect === undefined ? undefined : CORRECTION_EFFECTS.indexOf(effect) + 1),
    each(correction.originals, originalElement),
    leaf('OkresFaKorygowanej', correction.period),
    leaf('NrFaKorygowany', correction.correctNumber),
    seller && group('Podmiot1K', sellerIdentity(seller), addressElement('Adres', seller.address)),
    each(correction.buyers, ({ identifier, name, address, key }) =>
      group(
        'Podmiot2K',
        identity(identifier, name),
        address && addressElement('Adres', address),
        leaf('IDNabywcy', key),
      ),
    ),
    money('P_15ZK', correction.amountBefore),
    leaf('KursWalutyZK', correction.exchangeRateBefore),
  ]);
}

function originalElement({ issueDate, number, ksefNumber }: Correction['originals'][number]): Element {
  return group(
    'DaneFaKorygowanej',
    leaf('DataWystFaKorygowanej', issueDate),
    leaf('NrFaKorygowanej', number),
    ksefNumber === undefined
      ? verbatim('NrKSeFN', '1')
      : [verbatim('NrKSeF', '1'), verbatim('NrKSeFFaKorygowanej', ksefNumber)],
  );
}

/** FakturaZaliczkowa. */
export function settledAdvanceElement({ ksefNumber, number }: SettledAdvance): Element {
  return group(
    'FakturaZaliczkowa',
    ksefNumber === undefined
      ? flat([verbatim('NrKSeFZN', '1'), leaf('NrFaZaliczkowej', number)])
      : verbatim('NrKSeFFaZaliczkowej', ksefNumber),
  );
}

/** Platnosc. */
export function paymentElement(payment: Payment): Element {
  const { method, otherMethod } = payment;
  return group(
    'Platnosc',
    payment.paidOn === undefined ? undefined : flat([verbatim('Zaplacono', '1'), leaf('DataZaplaty', payment.paidOn)]),
    each(payment.dueDates, (day) => group('TerminPlatnosci', leaf('Termin', day))),
    leaf('FormaPlatnosci', method === undefined ? undefined : PAYMENT_METHODS.indexOf(method) + 1),
    otherMethod === undefined ? undefined : flat([verbatim('PlatnoscInna', '1'), leaf('OpisPlatnosci', otherMethod)]),
    each(payment.bankAccounts, (account) =>
      group(
        'RachunekBankowy',
        verbatim('NrRB', account.number.replaceAll(' ', '')),
        leaf('SWIFT', account.swift),
        leaf('NazwaBanku', account.bankName),
        leaf('OpisRachunku', account.description),
      ),
    ),
  );
}

/** Stopka. */
export function footerElement({ texts, registers }: NonNullable<ParsedInvoice['footer']>): Element {
  return group(
    'Stopka',
    each(texts, (text) => group('Informacje', verbatim('StopkaFaktury', normalizedLines(text)))),
    each(registers, ({ fullName, krs, regon, bdo }) =>
      group('Rejestry', leaf('PelnaNazwa', fullName), leaf('KRS', krs), leaf('REGON', regon), leaf('BDO', bdo)),
    ),
  );
}

export const noteElement = ({ line, key, value }: Note): Element =>
  group('DodatkowyOpis', leaf('NrWiersza', line), leaf('Klucz', key), leaf('Wartosc', value));

export const receiptMarkers = (invoice: ParsedInvoice): readonly Element[] =>
  flat([marker('FP', invoice.fiscalReceipt), marker('TP', invoice.relatedParties)]);
