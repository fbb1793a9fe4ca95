import { z } from 'zod';

import { VAT_RATES } from '../vat-rates.js';
import { amount, exchangeRate, invoiceDate, price, quantity, text } from './fields.js';

/** TOznaczenieProcedury */
const PROCEDURES = ['WSTO_EE', 'IED', 'TT_D', 'I_42', 'I_63', 'B_SPV', 'B_SPV_DOSTAWA', 'B_MPV_PROWIZJA'] as const;
/** TOznaczenieProceduryZ */
const ORDER_PROCEDURES = ['WSTO_EE', 'IED', 'TT_D', 'B_SPV', 'B_SPV_DOSTAWA', 'B_MPV_PROWIZJA'] as const;
/** TGTU */
const GTU = Array.from({ length: 13 }, (_, at) => `GTU_${String(at + 1).padStart(2, '0')}`);

const lineNumber = z
  .int()
  .min(1)
  .max(99_999_999_999_999)
  .optional()
  .meta({ description: 'Number of the line; its place in the list when left out' });

export const vatRate = z.enum(VAT_RATES).meta({ description: 'VAT rate (P_12)' });

const common = {
  lineNumber,
  uniqueId: text(50, 'Universally unique number of the line (UU_ID)').optional(),
  name: text(512, 'Goods or service (P_7)'),
  sku: text(50, 'Own code of the goods (Indeks)').optional(),
  gtin: text(20, 'Global trade item number (GTIN)').optional(),
  pkwiu: text(50, 'Classification PKWiU').optional(),
  cn: text(50, 'Combined nomenclature (CN)').optional(),
  pkob: text(50, 'Classification PKOB').optional(),
  unit: text(256, 'Unit of measure (P_8A)').optional(),
  quantity: quantity('Quantity (P_8B)').optional(),
  unitNetPrice: price('Net price of one unit (P_9A)').optional(),
  netAmount: amount('Net value of the line; quantity x price - discount, rounded, when left out').optional(),
  vatRate: vatRate.optional(),
  annex15: z.boolean().optional().meta({ description: 'Goods or service of annex 15 to the VAT Act' }),
  gtu: z.enum(GTU).optional().meta({ description: 'GTU marker' }),
  exciseAmount: amount('Excise duty in the price (KwotaAkcyzy)').optional(),
  beforeCorrection: z
    .boolean()
    .optional()
    .meta({ description: 'true: the state before a correction; the line counts with the opposite sign (StanPrzed)' }),
};

/** FaWiersz. */
export const line = z.strictObject({
  ...common,
  saleDate: invoiceDate('Day of supply, when it differs from line to line (P_6A)').optional(),
  discount: price('Discount on the whole line that the unit price does not include (P_10)').optional(),
  procedure: z.enum(PROCEDURES).optional().meta({ description: 'Procedure marker (Procedura)' }),
  exchangeRate: exchangeRate("PLN for one unit of the invoice's currency, for this line (KursWaluty)").optional(),
});

/** ZamowienieWiersz: a line of the order an advance is paid for. */
export const orderLine = z.strictObject({
  ...common,
  vatAmount: amount('VAT on the line; net value x rate, rounded, when left out (P_11VatZ)').optional(),
  procedure: z.enum(ORDER_PROCEDURES).optional().meta({ description: 'Procedure marker (ProceduraZ)' }),
});

export type Line = z.output<typeof line>;
export type OrderLine = z.output<typeof orderLine>;
