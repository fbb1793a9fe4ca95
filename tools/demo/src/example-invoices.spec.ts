import { expect, it } from '@jest/globals';
import { exampleInvoices } from './example-invoices.js';

it('gives each example a number of its own and the date asked for, and changes nothing else', async () => {
  const examples = await exampleInvoices(60, '2026-11-20');

  expect(examples).toHaveLength(60);
  expect(new Set(examples.map(({ number }) => number)).size).toBe(60);
  expect(new Set(examples.map(({ contentType }) => contentType)).size).toBe(2);
  for (const { body, number, contentType } of examples) {
    const text = new TextDecoder().decode(body);
    const [named, dated] =
      contentType === 'application/xml'
        ? [`<P_2>${number}</P_2>`, '<P_1>2026-11-20</P_1>']
        : [`"number":"${number}"`, '"issueDate":"2026-11-20"'];
    expect(text).toContain(named);
    expect(text).toContain(dated);
  }
});

it('never has fewer than the files there are', async () => {
  const all = await exampleInvoices(1, '2026-11-20');

  expect(new Set(all.map(({ file }) => file)).size).toBe(all.length);
});
