import { ApiClient, exampleInvoices, type ExampleInvoice } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';
import { call, eventually, issue, today } from './client.js';
import type { WorkFolder } from './commands.js';

interface Code {
  readonly url: string;
  readonly label: string;
}

/** What the API says of an issued invoice, as far as others can check it. */
export interface Issued {
  readonly id: string;
  readonly number: string;
  readonly sellerNip: string;
  readonly issueDate: string;
  readonly context: { readonly type: string; readonly value: string };
  readonly mode: string;
  readonly status: string;
  readonly sha256: string;
  readonly codes: { readonly invoice: Code; readonly certificate: Code | null };
  readonly certificateSerial: string | null;
  readonly ksefNumber: string | null;
  readonly sessionReferenceNumber: string | null;
  readonly acquisitionDate: string | null;
  readonly issuedAt: string;
}

export type KeyType = 'EC' | 'RSA';

/** One invoice outside the product. Its files are in the folder, named by `fileOf`. */
export interface Left {
  readonly example: ExampleInvoice;
  /** Key of the certificate that was there to sign with when it was issued; undefined when it was issued online. */
  readonly keyType: KeyType | undefined;
  /** As the answer to its issue said. */
  readonly issued: Issued;
  /** As the API said once KSeF had it. */
  readonly sent: Issued;
}

/** An invoice issued offline, which has evidence and KOD II. */
export type LeftOffline = Left & { readonly keyType: KeyType };

/** A JSON answer and the operation that gave it. */
export interface Answered {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly status: number;
  readonly json: unknown;
}

export interface WhatLeft {
  readonly invoices: readonly Left[];
  readonly answers: readonly Answered[];
  readonly openApi: Readonly<Record<string, unknown>>;
}

const FILES = {
  xml: { path: 'xml', before: true, offlineOnly: false },
  'evidence.xml': { path: 'evidence', before: true, offlineOnly: true },
  'invoice.offline.png': { path: 'qr/invoice.png', before: true, offlineOnly: true },
  'invoice.offline.svg': { path: 'qr/invoice.svg', before: true, offlineOnly: true },
  'certificate.png': { path: 'qr/certificate.png', before: true, offlineOnly: true },
  'certificate.svg': { path: 'qr/certificate.svg', before: true, offlineOnly: true },
  'xml.sent': { path: 'xml', before: false, offlineOnly: false },
  'upo.xml': { path: 'upo', before: false, offlineOnly: false },
  'invoice.png': { path: 'qr/invoice.png', before: false, offlineOnly: false },
  'invoice.svg': { path: 'qr/invoice.svg', before: false, offlineOnly: false },
} as const;

/**
 * Name of a file of an invoice: `xml` is the invoice itself, under the name that its evidence calls it by;
 * `xml.sent` the same once KSeF has it; `invoice.offline.*` KOD I before it was sent.
 */
export const fileOf = ({ issued }: { readonly issued: Pick<Issued, 'id'> }, file: keyof typeof FILES): string =>
  `${issued.id}.${file}`;

export const AUTHORITY_FILE = 'authority.pem';

/**
 * Issues every example (half of the offline ones with an EC key, half with RSA, one of each kind of document online),
 * has them sent, and puts all that comes out of the product into the folder.
 */
export async function takeAllOut(system: System, folder: WorkFolder): Promise<WhatLeft> {
  const { offline, online } = await examplesOf(system);
  const half = Math.ceil(offline.length / 2);
  const startedWithin = Date.now();
  await eventually(
    'KSeF was looked at',
    async () => (await call(system, { path: '/v1/availability' })).json['mode'] === 'online',
  );
  const ec = await issueAll(system, offline.slice(0, half), 'EC');
  // The certificate that lives longest signs, and certificates count seconds.
  await eventually('it is a later second', () => Promise.resolve(seconds(Date.now()) > seconds(startedWithin)));
  await system.importCertificate('Offline', 'RSA');
  const rsa = await issueAll(system, offline.slice(half), 'RSA');
  const waiting = [...ec, ...rsa, ...(await issueAll(system, online, undefined))];
  await download(system, folder, waiting, true);

  const planned = await call(system, { method: 'POST', path: '/v1/batches' });
  await eventually('everything is sent', async () => {
    const { items } = (await call(system, { path: '/v1/invoices?limit=500' })).json as { items: readonly Issued[] };
    return items.length === waiting.length && items.every(({ status }) => status === 'sent');
  });
  await download(system, folder, waiting, false);
  folder.write(AUTHORITY_FILE, await (await fetch(`${system.simulatorUrl}/control/ca`)).text());
  const invoices: Left[] = [];
  for (const each of waiting) {
    const { json } = await call(system, { path: `/v1/invoices/${each.issued.id}` });
    invoices.push({ ...each, sent: json as unknown as Issued });
  }
  const openApi = (await call(system, { path: '/openapi.json' })).json;
  return { invoices, answers: await answersOf(system, invoices, planned.json), openApi };
}

type Waiting = Omit<Left, 'sent'>;

const seconds = (epochMs: number): number => Math.floor(epochMs / 1000);

/** One XML and one JSON of the context's own for the online way, and lets the other sellers be issued for. */
async function examplesOf(system: System): Promise<Record<'offline' | 'online', readonly ExampleInvoice[]>> {
  const all = await exampleInvoices(1, today());
  const texts = new Map(all.map((example) => [example, new TextDecoder().decode(example.body)]));
  const online = ['domestic-several-rates.xml', 'special-characters.json'].map((file) => {
    const found = all.find((example) => example.file === file);
    if (found === undefined) throw new Error(`no example ${file}`);
    return found;
  });
  for (const text of texts.values()) {
    const sellerNip = /<NIP>(\d{10})<\/NIP>/.exec(text)?.[1] ?? sellerNipOf(text);
    if (sellerNip !== system.contextNip) await system.control.allowIssuing(system.contextNip, sellerNip);
  }
  return { offline: all.filter((example) => !online.includes(example)), online };
}

const sellerNipOf = (json: string): string => (JSON.parse(json) as { readonly seller: { nip: string } }).seller.nip;

async function issueAll(
  system: System,
  examples: readonly ExampleInvoice[],
  keyType: KeyType | undefined,
): Promise<readonly Waiting[]> {
  const issued: Waiting[] = [];
  for (const example of examples) {
    const { status, json, text } = await issue(system, example, `?mode=${keyType ? 'offline24' : 'online'}`);
    if (status !== 201) throw new Error(`${example.file}: ${text}`);
    issued.push({ example, keyType, issued: json as unknown as Issued });
  }
  return issued;
}

async function download(
  system: System,
  folder: WorkFolder,
  waiting: readonly Waiting[],
  before: boolean,
): Promise<void> {
  const api = new ApiClient(system);
  for (const each of waiting) {
    for (const [file, of] of Object.entries(FILES)) {
      if (of.before !== before || (of.offlineOnly && each.keyType === undefined)) continue;
      const bytes = await api.bytes(`/v1/invoices/${each.issued.id}/${of.path}`);
      folder.write(fileOf(each, file as keyof typeof FILES), bytes);
    }
  }
}

/** Answers of the operations that say what they answer. */
async function answersOf(system: System, invoices: readonly Left[], planned: unknown): Promise<readonly Answered[]> {
  const { items } = (await call(system, { path: '/v1/batches' })).json as { items: readonly { id: string }[] };
  const get = async (path: string, id = ''): Promise<Answered> => {
    const { status, json } = await call(system, { path: path.replace('{id}', id) });
    return { method: 'get', path, status, json };
  };
  return [
    { method: 'post', path: '/v1/batches', status: 202, json: planned },
    ...invoices.map(({ issued }) => ({ method: 'post', path: '/v1/invoices', status: 201, json: issued }) as const),
    ...invoices.map(({ sent }) => ({ method: 'get', path: '/v1/invoices/{id}', status: 200, json: sent }) as const),
    await get('/v1/invoices'),
    await get('/v1/batches'),
    ...(await Promise.all(items.map(({ id }) => get('/v1/batches/{id}', id)))),
  ];
}
