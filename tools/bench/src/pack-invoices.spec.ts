import { describe, expect, it } from '@jest/globals';
import { type InvoiceDocuments, PORTS, Temporal } from '@latarnik/domain';
import { fa3Module } from '@latarnik/fa3';
import { Container } from 'inversify';
import { invoiceSeries } from './pack-invoices.js';

const NOON = Temporal.Instant.from('2026-11-20T12:00:00Z');

describe('the invoices that are packed', () => {
  it('are FA(3) documents as the product accepts them, of about 5 kB', () => {
    const container = new Container();
    container.bind(PORTS.clock).toConstantValue({ now: () => NOON });
    container.load(fa3Module());
    const documents = container.get<InvoiceDocuments>(PORTS.invoiceDocuments);
    const next = invoiceSeries(1);
    let bytes = 0;
    for (let at = 0; at < 200; at++) {
      const document = new TextEncoder().encode(next(at));
      bytes += document.length;
      const read = documents.read(document, Temporal.PlainDate.from('2026-11-20'));
      expect(read.ok ? [] : read.error).toEqual([]);
    }
    expect(bytes / 200).toBeGreaterThan(4_800);
    expect(bytes / 200).toBeLessThan(5_300);
  });

  it('are the same for the same seed, and differ from one another', () => {
    const [first, again, other] = [invoiceSeries(1), invoiceSeries(1), invoiceSeries(2)];
    const texts = Array.from({ length: 50 }, (_, at) => first(at));
    expect(texts).toEqual(Array.from({ length: 50 }, (_, at) => again(at)));
    expect(new Set(texts).size).toBe(50);
    expect(other(0)).not.toBe(texts[0]);
  });
});
