import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** An example as it is sent: a file of examples/invoices with a number and a date of its own. */
export interface ExampleInvoice {
  readonly file: string;
  readonly number: string;
  readonly contentType: 'application/xml' | 'application/json';
  readonly body: Uint8Array;
}

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'examples', 'invoices');

/**
 * The examples in turn, over and over, until there are `count`. Only P_2 (number) and P_1 (issue date) are changed,
 * before anything is issued: KSeF takes each number once.
 */
export async function exampleInvoices(count: number, issueDate: string): Promise<readonly ExampleInvoice[]> {
  const files = (await readdir(FOLDER)).filter((name) => /\.(xml|json)$/.test(name)).sort();
  if (files.length === 0) throw new Error(`no examples in ${FOLDER}`);
  const total = Math.max(count, files.length);
  return Promise.all(
    Array.from({ length: total }, async (_, at) => {
      const file = files[at % files.length] ?? '';
      const number = `DEMO/${issueDate.replaceAll('-', '/')}/${String(at + 1).padStart(3, '0')}`;
      const text = await readFile(join(FOLDER, file), 'utf8');
      return file.endsWith('.xml')
        ? { file, number, contentType: 'application/xml' as const, body: encode(renumberXml(text, number, issueDate)) }
        : {
            file,
            number,
            contentType: 'application/json' as const,
            body: encode(renumberJson(text, number, issueDate)),
          };
    }),
  );
}

function renumberXml(text: string, number: string, issueDate: string): string {
  return text
    .replace(/<P_1>[^<]*<\/P_1>/, `<P_1>${issueDate}</P_1>`)
    .replace(/<P_2>[^<]*<\/P_2>/, `<P_2>${number}</P_2>`);
}

function renumberJson(text: string, number: string, issueDate: string): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), number, issueDate });
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
