import { z } from 'zod';

import { country, email, euCountry, euVatNumber, internalId, nip, percent, text } from './fields.js';

/** Two lines are all FA(3) has; street and number go into the first, postal code and town into the second. */
export const address = z.strictObject({
  country: country('Country; PL when left out (KodKraju)').optional(),
  line1: text(512, 'Street and number (AdresL1)'),
  line2: text(512, 'Postal code and town (AdresL2)').optional(),
  gln: text(13, 'Global location number (GLN)').optional(),
});

const contacts = z
  .array(z.strictObject({ email: email().optional(), phone: text(16, 'Telephone').optional() }))
  .max(3)
  .optional()
  .meta({ description: 'Ways to reach the party (DaneKontaktowe)' });

const nipIdentifier = z.strictObject({ kind: z.literal('nip'), nip: nip('Polish tax number') });
const euVatIdentifier = z.strictObject({
  kind: z.literal('eu-vat'),
  country: euCountry('VAT prefix of the member state (KodUE)'),
  number: euVatNumber('VAT number without its prefix (NrVatUE)'),
});
const foreignIdentifier = z.strictObject({
  kind: z.literal('foreign'),
  country: country('Country that gave the number (KodKraju)').optional(),
  number: text(50, 'Tax number outside the EU, or another identifier (NrID)'),
});
const noIdentifier = z.strictObject({ kind: z.literal('none') });
const internalIdentifier = z.strictObject({
  kind: z.literal('internal-id'),
  id: internalId('Internal identifier of a unit: NIP, hyphen, five digits (IDWew)'),
});

export const buyerIdentifier = z.discriminatedUnion('kind', [
  nipIdentifier,
  euVatIdentifier,
  foreignIdentifier,
  noIdentifier,
]);

const thirdPartyIdentifier = z.discriminatedUnion('kind', [
  nipIdentifier,
  euVatIdentifier,
  foreignIdentifier,
  noIdentifier,
  internalIdentifier,
]);

/** Podmiot1: who sells. With self-billing this is still the supplier. */
export const seller = z.strictObject({
  nip: nip('NIP of the seller'),
  name: text(512, 'Full name of the seller (Nazwa)'),
  address,
  correspondenceAddress: address.optional(),
  euVatPrefix: z
    .boolean()
    .optional()
    .meta({ description: 'true: the seller acts under its EU VAT number (PrefiksPodatnika PL)' }),
  eori: text(256, 'EORI number (NrEORI)').optional(),
  contacts,
});

/** Podmiot2: who buys. */
export const buyer = z.strictObject({
  identifier: buyerIdentifier,
  name: text(512, 'Full name of the buyer (Nazwa)').optional(),
  address: address.optional(),
  correspondenceAddress: address.optional(),
  eori: text(256, 'EORI number (NrEORI)').optional(),
  contacts,
  customerNumber: text(256, "The seller's number for this customer (NrKlienta)").optional(),
  key: text(32, 'Links the buyer to its data before a correction (IDNabywcy)').optional(),
  localGovernmentUnit: z.boolean().optional().meta({ description: 'JST: the invoice concerns a subordinate unit' }),
  vatGroupMember: z.boolean().optional().meta({ description: 'GV: the invoice concerns a member of a VAT group' }),
});

/** TRolaPodmiotu3, in the schema's order: the value is the place in this list. */
export const THIRD_PARTY_ROLES = [
  'factor',
  'recipient',
  'original-entity',
  'additional-buyer',
  'issuer',
  'payer',
  'local-government-issuer',
  'local-government-recipient',
  'vat-group-issuer',
  'vat-group-recipient',
  'employee',
] as const;

/** Podmiot3. */
export const thirdParty = z.strictObject({
  identifier: thirdPartyIdentifier,
  name: text(512, 'Full name (Nazwa)').optional(),
  address: address.optional(),
  correspondenceAddress: address.optional(),
  eori: text(256, 'EORI number (NrEORI)').optional(),
  contacts,
  role: z.enum(THIRD_PARTY_ROLES).optional().meta({ description: 'Role of the party (Rola); or otherRole' }),
  otherRole: text(256, 'A role that is not in the list (OpisRoli)').optional(),
  sharePercent: percent('Share of an additional buyer (Udzial)').optional(),
  customerNumber: text(256, "The seller's number for this party (NrKlienta)").optional(),
  key: text(32, 'Links an additional buyer to its data before a correction (IDNabywcy)').optional(),
});

export type Address = z.output<typeof address>;
export type Contacts = z.output<typeof contacts>;
export type PartyIdentifier = z.output<typeof thirdPartyIdentifier>;
export type Seller = z.output<typeof seller>;
export type Buyer = z.output<typeof buyer>;
export type ThirdParty = z.output<typeof thirdParty>;
