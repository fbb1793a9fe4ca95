import type { DocumentElement } from '@latarnik/domain';
import { generalBlocks } from '../model/general-blocks.js';
import { Part } from '../model/part.js';
import type { Block, Field } from '../model/print-document.js';
import type { Bilingual, Words } from '../model/words.js';

/** Words that the law wants on the invoice, where the mark is set (art. 106e ust. 1 pkt 16-24, ust. 2-3). */
const MARKED: Readonly<Record<string, Bilingual>> = {
  P_16: ['metoda kasowa', 'metoda kasowa (cash accounting)'],
  P_17: ['samofakturowanie', 'samofakturowanie (self-billing)'],
  P_18: ['odwrotne obciążenie', 'odwrotne obciążenie (reverse charge)'],
  P_18A: ['mechanizm podzielonej płatności', 'mechanizm podzielonej płatności (split payment)'],
  P_23: [
    'VAT: Faktura WE uproszczona na mocy art. 135-138 ustawy o ptu',
    'VAT: simplified EC invoice under art. 135-138 of the Polish VAT Act',
  ],
  P_19: ['sprzedaż zwolniona od podatku', 'supply exempt from tax'],
  P_22: ['wewnątrzwspólnotowa dostawa nowych środków transportu', 'intra-Community supply of new means of transport'],
  P_PMarzy: ['procedura marży', 'margin scheme'],
  P_PMarzy_2: ['procedura marży dla biur podróży', 'margin scheme - travel agents'],
  P_PMarzy_3_1: ['procedura marży - towary używane', 'margin scheme - second-hand goods'],
  P_PMarzy_3_2: ['procedura marży - dzieła sztuki', 'margin scheme - works of art'],
  P_PMarzy_3_3: [
    'procedura marży - przedmioty kolekcjonerskie i antyki',
    'margin scheme - collector’s items and antiques',
  ],
};

/** What each mark of absence denies. */
const ABSENT: Readonly<Record<string, Bilingual>> = {
  P_16: ['metoda kasowa', 'cash accounting'],
  P_17: ['samofakturowanie', 'self-billing'],
  P_18: ['odwrotne obciążenie', 'reverse charge'],
  P_18A: ['mechanizm podzielonej płatności', 'split payment'],
  P_23: ['procedura uproszczona (transakcja trójstronna)', 'simplified triangular procedure'],
  P_19N: ['zwolnienie od podatku', 'exemption'],
  P_22N: ['dostawa nowych środków transportu', 'supply of new means of transport'],
  P_PMarzyN: ['procedura marży', 'margin scheme'],
};

/** Groups of marks; what else is in them follows as it is. */
const GROUPS = ['Zwolnienie', 'NoweSrodkiTransportu', 'PMarzy'];

/** The words that the law wants, then their details, then what does not apply: in small letters, for completeness. */
export function annotationBlocks(annotations: DocumentElement | undefined, words: Words): readonly Block[] {
  if (annotations === undefined) return [];
  const marked: string[] = [];
  const absent: string[] = [];
  const others = new Part(annotations).rest().flatMap((element): readonly DocumentElement[] => {
    const children = GROUPS.includes(element.name) ? element.children : [element];
    return children.filter((child) => !takesMark(child, marked, absent, words));
  });
  const fields: readonly Field[] =
    absent.length === 0 ? [] : [{ label: words.say(['Nie dotyczy', 'Not applicable']), value: absent.join(', ') }];
  return [
    ...marked.map((text): Block => ({ kind: 'text', text, tone: 'strong' })),
    ...generalBlocks(others, words),
    ...(fields.length === 0 ? [] : [{ kind: 'fields' as const, fields }]),
  ];
}

/** @returns false when it is no mark, or has a value that no mark has */
function takesMark(
  { name, text, children }: DocumentElement,
  marked: string[],
  absent: string[],
  words: Words,
): boolean {
  if (children.length > 0) return false;
  const isSet = text === '1' && Object.hasOwn(MARKED, name);
  const isDenied = Object.hasOwn(ABSENT, name) && text === (name.endsWith('N') ? '1' : '2');
  const meaning = isSet ? MARKED[name] : isDenied ? ABSENT[name] : undefined;
  if (meaning === undefined) return false;
  (isSet ? marked : absent).push(words.say(meaning));
  return true;
}
