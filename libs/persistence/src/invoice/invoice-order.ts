import type { InvoiceOrder } from '@latarnik/domain';
import type { SelectQueryBuilder } from 'typeorm';
import type { InvoiceRecord } from './invoice.record.js';

const OF_LAST = 'FROM invoice AS last WHERE last.tenant_id = :tenant AND last.id = :after';
const END_OF_LAST = `
  SELECT coalesce(ends.ends_at, 'infinity'), last.id FROM invoice AS last
  LEFT JOIN invoice_term AS ends ON ends.tenant_id = last.tenant_id AND ends.invoice_id = last.id
  WHERE last.tenant_id = :tenant AND last.id = :after`;

/** What comes after the invoice `:after` of `:tenant`, in each order; nothing, where there is none such. */
export const AFTER: Readonly<Record<InvoiceOrder, string>> = {
  newest: 'invoice.id < :after',
  oldest: 'invoice.id > :after',
  number: `(invoice.number, invoice.id) > (SELECT last.number, last.id ${OF_LAST})`,
  'number-descending': `(invoice.number, invoice.id) < (SELECT last.number, last.id ${OF_LAST})`,
  deadline: `(coalesce(due.endsAt, 'infinity'), invoice.id) > (${END_OF_LAST})`,
};

/** @param query with the terms joined as `due` */
export function inOrder(
  query: SelectQueryBuilder<InvoiceRecord>,
  order: InvoiceOrder,
): SelectQueryBuilder<InvoiceRecord> {
  switch (order) {
    case 'newest':
      return query.orderBy('invoice.id', 'DESC');
    case 'oldest':
      return query.orderBy('invoice.id', 'ASC');
    case 'number':
      return query.orderBy('invoice.number', 'ASC').addOrderBy('invoice.id', 'ASC');
    case 'number-descending':
      return query.orderBy('invoice.number', 'DESC').addOrderBy('invoice.id', 'DESC');
    case 'deadline':
      return query.orderBy('due.endsAt', 'ASC', 'NULLS LAST').addOrderBy('invoice.id', 'ASC');
  }
}
