import { it } from '@jest/globals';
import { Temporal } from '@latarnik/domain';
import { Fa3InvoiceDocuments } from './fa3-invoice-documents.js';
import { fa3Schema } from './schema/fa3-schema.js';
import { fa3InvoiceJsonSchema } from './index.js';
it('x', () => {
  const d = new Fa3InvoiceDocuments(fa3Schema(), { now: () => Temporal.Instant.from('2026-11-20T10:00:00.123Z') });
  const model = { number: 'FV/1', issueDate: '2026-11-20', seller: { nip: '5265877635', name: 'A & B', address: { line1: 'ul. X 1' } }, buyer: { identifier: { kind: 'none' } },
   lines: [{ name: 'żółw <&> "x"', quantity: '3', unitNetPrice: '0.335', vatRate: '23' }, { name: 'b', netAmount: '10', vatRate: '8' }, { name: 'b', netAmount: '10', vatRate: '5', gtu: 'GTU_01' }], footer: { texts: ['a\n  b  \r\n c'] } };
  const r = d.build(model);
  if (r.ok) { console.log(Buffer.from(r.value).toString()); console.log(d.read(r.value, Temporal.PlainDate.from('2026-11-20'))); }
  else console.log(r.error);
  console.log(d.build({ number: 5, foo: 1, kind: 'X', lines: [{}], buyer: { identifier: { kind: 'q', x: 1 } }, seller: { nip: '1', name: 'a\u0085', address: { line1: '  ', country: 'ZZ' } } }));
  console.log(d.build(JSON.parse('{"__proto__":{"x":1},"number":"\\u0001"}')), d.build(undefined), d.build([]), d.build('x'));
  console.log(JSON.stringify(fa3InvoiceJsonSchema()).length, JSON.stringify(fa3InvoiceJsonSchema()).slice(0, 1500));
});
