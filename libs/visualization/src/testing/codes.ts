const HASH = 'UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE';
const CERTIFICATE =
  'https://qr.ksef.mf.gov.pl/certificate/Nip/1111111111/1111111111/01F20A5D352AE590/UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE/';

/** Base64URL that looks like a signature; images do not depend on its being one. */
const signature = (characters: number): string => 'mSkm_XmM9fq7PgAJ0vWx-b3Lr8TzQ2nK'.repeat(22).slice(0, characters);

/** Links of the production environment (ksef-docs kody-qr.md): 99, 211 and 467 bytes. */
export const KOD_I = `https://qr.ksef.mf.gov.pl/invoice/1111111111/01-02-2026/${HASH}`;
export const KOD_II_EC = CERTIFICATE + signature(86);
export const KOD_II_RSA = CERTIFICATE + signature(342);
/** With longer RSA keys: 637 and 808 bytes. */
export const KOD_II_RSA_3072 = CERTIFICATE + signature(512);
export const KOD_II_RSA_4096 = CERTIFICATE + signature(683);
export const KSEF_NUMBER = '5265877635-20250826-0100001AF629-AF';

/** What KOD II looks like in an environment, for a context, by a key (domain rules 3.1 and 3.3). */
export const kodIIOf = (host: string, context: string, signatureCharacters: number): string =>
  `https://${host}/certificate/${context}/1111111111/01F20A5D352AE590/${HASH}/${signature(signatureCharacters)}`;
