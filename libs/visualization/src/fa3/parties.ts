import type { DocumentElement } from '@latarnik/domain';
import { fieldsWithin } from '../model/general-blocks.js';
import { Part } from '../model/part.js';
import type { Card } from '../model/print-document.js';
import type { Words } from '../model/words.js';

/** A party: its name, its numbers, its addresses, and whatever else the file says of it. */
export function partyCard(party: DocumentElement, words: Words): Card {
  const part = new Part(party);
  const identity = Part.ofOptional(part.take('DaneIdentyfikacyjne'));
  const title = identity?.text('Nazwa');
  const role = part.takeAll('Rola', 'RolaInna', 'RolaPU', 'OpisRoli');
  const fields = [
    ...role.flatMap((element) => fieldsWithin(element, words)),
    ...taxNumber(identity, part, words),
    ...(identity?.rest() ?? []).flatMap((element) => fieldsWithin(element, words)),
    ...part.rest().flatMap((element) => fieldsWithin(element, words)),
  ];
  return { heading: words.label(party.name), ...(title === undefined ? {} : { title }), fields };
}

/** A number with the country that gave it is one thing to a reader. */
function taxNumber(identity: Part | undefined, party: Part, words: Words) {
  if (identity === undefined) return [];
  const joined = (label: string, prefix: string | undefined, number: string | undefined) =>
    number === undefined
      ? []
      : [{ label: words.label(label), value: [prefix, number].filter((text) => text !== undefined).join(' ') }];
  const nip = identity.peek('NIP') === undefined ? undefined : identity.text('NIP');
  const hasEuNumber = identity.peek('NrVatUE') !== undefined;
  const hasOther = identity.peek('NrID') !== undefined;
  return [
    ...joined('NIP', nip === undefined ? undefined : party.text('PrefiksPodatnika'), nip),
    ...(hasEuNumber ? joined('NrVatUE', identity.text('KodUE'), identity.text('NrVatUE')) : []),
    ...(hasOther ? joined('NrID', identity.text('KodKraju'), identity.text('NrID')) : []),
  ];
}
