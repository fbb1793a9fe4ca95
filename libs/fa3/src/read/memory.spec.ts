import { describe, expect, it } from '@jest/globals';
import { diag } from 'libxml2-wasm';

import { anInvoice, read } from '../testing/documents.js';

const MB = 1024 * 1024;

/** One of each path through the reader. */
const DOCUMENTS = [
  anInvoice(),
  anInvoice({ gross: 'x', number: '', kind: 'FAKTURA' }),
  anInvoice({
    rootAttributes: ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:a b.xsd"',
  }),
  anInvoice({ afterKind: '<FaWiersz><NrWierszaFa>x</NrWierszaFa></FaWiersz>'.repeat(10) }),
  anInvoice({ tail: '</x>' }),
  anInvoice({ number: '&foo;' }),
  '<Faktura/>',
  '<a>'.repeat(300),
];

describe('memory', () => {
  it('holds no parsed document after a reading', () => {
    read(anInvoice());
    diag.configure({ enabled: true });
    for (let round = 0; round < 100; round++) for (const document of DOCUMENTS) read(document);
    const undisposed = Object.keys(diag.report() as object);
    diag.configure({ enabled: false });
    expect(undisposed).toEqual([]);
  });

  it('does not grow with the number of documents', () => {
    const row = '<FaWiersz><NrWierszaFa>1</NrWierszaFa><P_7>Towar</P_7><P_11>1.00</P_11><P_12>23</P_12></FaWiersz>\n';
    const large = anInvoice({ afterKind: row.repeat(400), rootAttributes: ' xmlns:a="urn:a"' });
    const readMany = (rounds: number): void => {
      for (let round = 0; round < rounds; round++) expect(read(large).ok).toBe(true);
    };
    readMany(50);
    const before = process.memoryUsage.rss();
    readMany(300);
    expect(process.memoryUsage.rss() - before).toBeLessThan(60 * MB);
  });
});
