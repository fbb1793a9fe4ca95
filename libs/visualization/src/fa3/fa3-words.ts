import type { DocumentLanguage } from '@latarnik/domain';
import { Words, type Labels } from '../model/words.js';
import { FA3_CODES } from './codes.js';
import { INVOICE_LABELS } from './invoice-labels.js';
import { LINE_LABELS } from './line-labels.js';
import { PARTY_LABELS } from './party-labels.js';
import { PAYMENT_LABELS } from './payment-labels.js';
import { SUM_LABELS } from './vat-sums.js';

export const FA3_LABELS: Labels = {
  ...{ ...PARTY_LABELS, ...INVOICE_LABELS, ...LINE_LABELS, ...PAYMENT_LABELS, ...SUM_LABELS },
};

/** Elements of the types of amounts, quantities and rates: TKwotowy, TKwotowy2, TIlosci, TProcentowy. */
export const FA3_DECIMALS: ReadonlySet<string> = new Set([
  ...['P_8B', 'P_8BZ', 'P_9A', 'P_9AZ', 'P_9B', 'P_10', 'P_11', 'P_11A', 'P_11Vat', 'P_11NettoZ', 'P_11VatZ'],
  ...['P_12_XII', 'P_12Z_XII', 'P_13_1', 'P_13_2', 'P_13_3', 'P_13_4', 'P_13_5', 'P_13_6_1', 'P_13_6_2', 'P_13_6_3'],
  ...['P_13_7', 'P_13_8', 'P_13_9', 'P_13_10', 'P_13_11', 'P_14_1', 'P_14_2', 'P_14_3', 'P_14_4', 'P_14_5'],
  ...['P_14_1W', 'P_14_2W', 'P_14_3W', 'P_14_4W', 'P_15', 'P_15Z', 'P_15ZK', 'WartoscZamowienia', 'Udzial'],
  ...['KursWaluty', 'KursWalutyZ', 'KursWalutyZK', 'KursWalutyZW', 'KursUmowny', 'KwotaAkcyzy', 'KwotaAkcyzyZ'],
  ...['KwotaZaplatyCzesciowej', 'Kwota', 'SumaObciazen', 'SumaOdliczen', 'DoZaplaty', 'DoRozliczenia'],
]);

/** The words of FA(3) 1-0E. */
export const fa3Words = (language: DocumentLanguage): Words => new Words(language, FA3_LABELS, FA3_CODES, FA3_DECIMALS);
