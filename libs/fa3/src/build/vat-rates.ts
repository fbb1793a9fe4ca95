/** TStawkaPodatku: what P_12 may say, in the order of the fields that take their sums. */
export const VAT_RATES = [
  '23',
  '22',
  '8',
  '7',
  '5',
  '4',
  '3',
  '0 KR',
  '0 WDT',
  '0 EX',
  'zw',
  'np I',
  'np II',
  'oo',
] as const;
export type VatRate = (typeof VAT_RATES)[number];

/** Where the sums of a rate stand. Rates that share a field (23 and 22) are added up. */
export interface SummaryFields {
  readonly net: string;
  /** Absent for rates without tax. */
  readonly taxed?: { readonly percent: bigint; readonly vat: string; readonly vatPln: string };
}

const taxed = (group: number, percent: bigint): SummaryFields => ({
  net: `P_13_${group}`,
  taxed: { percent, vat: `P_14_${group}`, vatPln: `P_14_${group}W` },
});

/** FA(3) schema, documentation of P_13_1 to P_13_10. */
export const SUMMARY_FIELDS: Readonly<Record<VatRate, SummaryFields>> = {
  '23': taxed(1, 23n),
  '22': taxed(1, 22n),
  '8': taxed(2, 8n),
  '7': taxed(2, 7n),
  '5': taxed(3, 5n),
  '4': taxed(4, 4n),
  '3': taxed(4, 3n),
  '0 KR': { net: 'P_13_6_1' },
  '0 WDT': { net: 'P_13_6_2' },
  '0 EX': { net: 'P_13_6_3' },
  zw: { net: 'P_13_7' },
  'np I': { net: 'P_13_8' },
  'np II': { net: 'P_13_9' },
  oo: { net: 'P_13_10' },
};
