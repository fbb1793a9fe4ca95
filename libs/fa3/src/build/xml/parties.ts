import {
  type Address,
  type Buyer,
  type Contacts,
  type PartyIdentifier,
  type Seller,
  THIRD_PARTY_ROLES,
  type ThirdParty,
} from '../model/party.js';
import { each, type Element, flat, group, leaf, verbatim, yesNo } from './element.js';

export function addressElement(name: string, address: Address): Element {
  return group(
    name,
    leaf('KodKraju', address.country ?? 'PL'),
    leaf('AdresL1', address.line1),
    leaf('AdresL2', address.line2),
    leaf('GLN', address.gln),
  );
}

const optionalAddress = (name: string, address: Address | undefined): Element | undefined =>
  address === undefined ? undefined : addressElement(name, address);

/** Podmiot1 and Podmiot1K. */
export const sellerIdentity = ({ nip, name }: { nip: string; name: string }): Element =>
  group('DaneIdentyfikacyjne', leaf('NIP', nip), leaf('Nazwa', name));

export function identity(identifier: PartyIdentifier, name: string | undefined): Element {
  return group('DaneIdentyfikacyjne', identifierElements(identifier), leaf('Nazwa', name));
}

function identifierElements(identifier: PartyIdentifier): readonly Element[] {
  switch (identifier.kind) {
    case 'nip':
      return [verbatim('NIP', identifier.nip)];
    case 'internal-id':
      return [verbatim('IDWew', identifier.id)];
    case 'eu-vat':
      return [verbatim('KodUE', identifier.country), verbatim('NrVatUE', identifier.number)];
    case 'foreign':
      return flat([leaf('KodKraju', identifier.country), leaf('NrID', identifier.number)]);
    case 'none':
      return [verbatim('BrakID', '1')];
  }
}

const contactElements = (contacts: Contacts): readonly Element[] =>
  each(contacts, ({ email, phone }) => group('DaneKontaktowe', leaf('Email', email), leaf('Telefon', phone)));

export function sellerElement(seller: Seller): Element {
  return group(
    'Podmiot1',
    seller.euVatPrefix === true ? verbatim('PrefiksPodatnika', 'PL') : undefined,
    leaf('NrEORI', seller.eori),
    sellerIdentity(seller),
    addressElement('Adres', seller.address),
    optionalAddress('AdresKoresp', seller.correspondenceAddress),
    contactElements(seller.contacts),
  );
}

export function buyerElement(buyer: Buyer): Element {
  return group(
    'Podmiot2',
    leaf('NrEORI', buyer.eori),
    identity(buyer.identifier, buyer.name),
    optionalAddress('Adres', buyer.address),
    optionalAddress('AdresKoresp', buyer.correspondenceAddress),
    contactElements(buyer.contacts),
    leaf('NrKlienta', buyer.customerNumber),
    leaf('IDNabywcy', buyer.key),
    yesNo('JST', buyer.localGovernmentUnit),
    yesNo('GV', buyer.vatGroupMember),
  );
}

export function thirdPartyElement(party: ThirdParty): Element {
  return group(
    'Podmiot3',
    leaf('IDNabywcy', party.key),
    leaf('NrEORI', party.eori),
    identity(party.identifier, party.name),
    optionalAddress('Adres', party.address),
    optionalAddress('AdresKoresp', party.correspondenceAddress),
    contactElements(party.contacts),
    roleElements(party),
    leaf('Udzial', party.sharePercent),
    leaf('NrKlienta', party.customerNumber),
  );
}

function roleElements({ role, otherRole }: ThirdParty): readonly Element[] {
  if (role !== undefined) return [verbatim('Rola', String(THIRD_PARTY_ROLES.indexOf(role) + 1))];
  return flat([verbatim('RolaInna', '1'), leaf('OpisRoli', otherRole)]);
}
