import type { DocumentElement, DocumentLanguage, ReadableDocument } from '@latarnik/domain';
import { fieldsWithin } from '../model/general-blocks.js';
import { Part } from '../model/part.js';
import type { Block, Cell, PrintDocument } from '../model/print-document.js';
import type { Words } from '../model/words.js';
import { upoWords } from './upo-words.js';

type UpoToShow = Extract<ReadableDocument, { kind: 'upo' }>;

/** A page of a UPO may name 10,000 invoices; on paper these many follow the one that was asked for. */
const OTHERS_SHOWN = 200;

/** Urzędowe poświadczenie odbioru, readable. The signature itself stays in the XML, which is what proves anything. */
export function upoDocument(shown: UpoToShow, language: DocumentLanguage): PrintDocument {
  const words = upoWords(language);
  const root = new Part(shown.upo);
  const documents = root.takeAll('Dokument');
  root.takeAll('Signature');
  const asked = documents.filter((one) => textAt(one, 'NumerKSeFDokumentu') === shown.about);
  const first = asked.length > 0 ? asked : documents.length === 1 ? documents : [];
  const others = documents.filter((one) => !first.includes(one));
  const session = root.take('NumerReferencyjnySesji');
  return {
    language,
    title: words.say(['Urzędowe poświadczenie odbioru (UPO)', 'Official confirmation of receipt (UPO)']),
    reference: first[0] === undefined ? (session?.text ?? '') : textAt(first[0], 'NumerKSeFDokumentu'),
    facts: session === undefined ? [] : fieldsWithin(session, words),
    sections: [
      ...first.map((one) => ({
        heading: words.label('Dokument'),
        blocks: [{ kind: 'fields' as const, fields: one.children.flatMap((child) => fieldsWithin(child, words)) }],
      })),
      {
        heading: words.say(['Potwierdzenie', 'Confirmation']),
        blocks: [
          { kind: 'fields', fields: root.rest().flatMap((element) => fieldsWithin(element, words)) },
          signatureBlock(shown.signature, words),
        ],
      },
      ...(others.length === 0 ? [] : [otherDocuments(others, words)]),
    ],
  };
}

const textAt = ({ children }: DocumentElement, name: string): string =>
  children.find((child) => child.name === name)?.text ?? '';

function signatureBlock({ verdict, signer }: UpoToShow['signature'], words: Words): Block {
  const label = words.say(['Podpis UPO', 'Signature of the UPO']);
  const value =
    verdict === 'valid'
      ? `${words.say(['sprawdzony, ważny', 'checked, valid'])}${signer === undefined ? '' : ` (${signer})`}`
      : words.say(['nie był sprawdzany', 'not checked']);
  return { kind: 'fields', fields: [{ label, value }] };
}

function otherDocuments(others: readonly DocumentElement[], words: Words) {
  const shown = others.slice(0, OTHERS_SHOWN);
  const left = others.length - shown.length;
  const names = ['NumerFaktury', 'NumerKSeFDokumentu', 'DataPrzeslaniaDokumentu', 'SkrotDokumentu'];
  const rows = shown.map((one): readonly Cell[] => {
    const notes = one.children
      .filter(({ name }) => !names.includes(name))
      .flatMap((child) => fieldsWithin(child, words));
    return names.map((name, at) => ({ text: textAt(one, name), ...(at === 0 ? { notes } : {}) }));
  });
  const columns = names.map((name) => ({ header: words.label(name), align: 'start' as const }));
  const more = words.say([
    `Pozostałych dokumentów na tej stronie UPO: ${String(left)}. Są w pliku XML.`,
    `Further documents on this page of the UPO: ${String(left)}. They are in the XML file.`,
  ]);
  return {
    heading: words.say(['Inne dokumenty tej strony UPO', 'Other documents on this page of the UPO']),
    blocks: [{ kind: 'table' as const, columns, rows }, ...(left === 0 ? [] : [{ kind: 'text' as const, text: more }])],
  };
}
