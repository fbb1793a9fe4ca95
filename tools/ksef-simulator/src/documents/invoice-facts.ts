import type { XmlElement } from 'libxml2-wasm';

import type { InvoiceFacts, Party } from '../core/invoice.js';
import { childOf, elementsOf, textOf } from './xml.js';

/** Net amounts by rate (P_13_*), and VAT by rate (P_14_*), in złoty where the invoice says so (suffix W). */
const NET = /^P_13_\d+(_\d+)?$/;
const VAT = /^P_14_\d+$/;

/** Reads what KSeF needs from a document that fits the FA(3) schema. */
export function readInvoiceFacts(root: XmlElement): InvoiceFacts {
  const sections = elementsOf(root);
  const section = (name: string): XmlElement | undefined => sections.find((element) => element.name === name);
  const fa = section('Fa');
  const seller = childOf(section('Podmiot1'), 'DaneIdentyfikacyjne');
  const fields = new Map((fa === undefined ? [] : elementsOf(fa)).map((element) => [element.name, element]));
  const field = (name: string): string => fields.get(name)?.content ?? '';
  return {
    invoiceNumber: field('P_2'),
    issueDate: field('P_1'),
    kind: field('RodzajFaktury'),
    sellerNip: textOf(seller, 'NIP') ?? '',
    sellerName: textOf(seller, 'Nazwa'),
    buyer: readParty(section('Podmiot2')),
    thirdSubjects: sections
      .filter(({ name }) => name === 'Podmiot3')
      .map((third) => ({ ...readParty(third), role: Number(textOf(third, 'Rola') ?? 0) })),
    authorized: readAuthorized(section('PodmiotUpowazniony')),
    currency: field('KodWaluty'),
    netAmount: sum(fields, (name) => NET.test(name)),
    vatAmount: sum(fields, (name) => (VAT.test(name) ? !fields.has(`${name}W`) : VAT.test(name.replace(/W$/, '')))),
    grossAmount: Number(field('P_15')),
    selfInvoicing: textOf(fields.get('Adnotacje'), 'P_17') === '1',
    hasAttachment: section('Zalacznik') !== undefined,
  };
}

/** Every NIP whose check digit KSeF verifies: the parties', and the one inside an internal id (domain-rules 6). */
export function nipsToVerify({ sellerNip, buyer, thirdSubjects, authorized }: InvoiceFacts): readonly string[] {
  const parties = [buyer, ...thirdSubjects].flatMap(({ type, value }) => {
    if (value === undefined) return [];
    if (type === 'Nip') return [value];
    return type === 'InternalId' ? [value.slice(0, 10)] : [];
  });
  return [sellerNip, ...parties, ...(authorized === undefined ? [] : [authorized.nip])];
}

function readParty(subject: XmlElement | undefined): Party {
  const data = childOf(subject, 'DaneIdentyfikacyjne');
  const name = textOf(data, 'Nazwa');
  return { ...readIdentifier(data), ...(name === undefined ? {} : { name }) };
}

function readIdentifier(data: XmlElement | undefined): Party {
  const nip = textOf(data, 'NIP');
  if (nip !== undefined) return { type: 'Nip', value: nip };
  const internalId = textOf(data, 'IDWew');
  if (internalId !== undefined) return { type: 'InternalId', value: internalId };
  const vatUe = textOf(data, 'NrVatUE');
  if (vatUe !== undefined) return { type: 'VatUe', value: `${textOf(data, 'KodUE') ?? ''}${vatUe}` };
  const other = textOf(data, 'NrID');
  return other === undefined ? { type: 'None' } : { type: 'Other', value: other };
}

function readAuthorized(subject: XmlElement | undefined): InvoiceFacts['authorized'] {
  if (subject === undefined) return undefined;
  const data = childOf(subject, 'DaneIdentyfikacyjne');
  return {
    nip: textOf(data, 'NIP') ?? '',
    name: textOf(data, 'Nazwa'),
    role: Number(textOf(subject, 'RolaPU') ?? 0),
  };
}

/** Adds up whole grosze, so that no sum carries a binary fraction. */
function sum(fields: ReadonlyMap<string, XmlElement>, counts: (name: string) => boolean): number {
  let grosze = 0;
  for (const [name, { content }] of fields) if (counts(name)) grosze += Math.round(Number(content) * 100);
  return grosze / 100;
}
