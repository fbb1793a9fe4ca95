import { crc8 } from '@latarnik/domain';

/** What a plant knows of an invoice, from the database. */
export interface InvoiceInSession {
  readonly id: string;
  readonly seller_nip: string;
  readonly sha256: Buffer;
  readonly received_at: Date;
}

/** A number that looks right and that KSeF never gave. */
export function ksefNumberFor({ seller_nip: nip, sha256, received_at: at }: InvoiceInSession): string {
  const day = at.toISOString().slice(0, 10).replaceAll('-', '');
  const body = `${nip}-${day}-${sha256.toString('hex').slice(0, 12).toUpperCase()}`;
  return `${body}-${crc8(body).toString(16).toUpperCase().padStart(2, '0')}`;
}

export const isProcessing = (code: number): boolean => code > 100 && code < 200;
