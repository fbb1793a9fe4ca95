import { createPrivateKey, createPublicKey } from 'node:crypto';
import { Temporal } from '@latarnik/domain';
import { readCertificate } from '../certificate/certificate-facts.js';
import { signUnverified } from '../key/key-signature.js';
import type { SigningKey } from '../key/signing-key.js';
import { signEnveloped } from '../signature/enveloped-signature.js';
import { signedProperties } from '../signature/xades.js';
import type { KeyKind, MadeCertificate } from './certificates.js';

export const CONFIRMED = [
  { ksefNumber: '5265877635-20250916-020000583241-84', hash: 'GZMGNVzs3krF6URKgvaw77OOeG3nJ+WGziT5xguliQ8=' },
  { ksefNumber: '5265877635-20250916-0200A0D6723E-C2', hash: 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=' },
] as const;

/** Shaped as KSeF's (upo-v4-3.xsd), without a signature. */
export function upoText(
  documents: readonly { readonly ksefNumber: string; readonly hash: string }[] = CONFIRMED,
): string {
  const confirmed = documents.map(
    ({ ksefNumber, hash }) =>
      `<Dokument><NipSprzedawcy>5265877635</NipSprzedawcy><NumerKSeFDokumentu>${ksefNumber}</NumerKSeFDokumentu>` +
      `<NumerFaktury>FA/1 &amp; "2"</NumerFaktury><SkrotDokumentu>${hash}</SkrotDokumentu></Dokument>`,
  );
  return (
    '<?xml version="1.0" encoding="utf-8"?>\n<Potwierdzenie xmlns="http://upo.schematy.mf.gov.pl/KSeF/v4-3">\n' +
    `  <NazwaPodmiotuPrzyjmujacego>Ministerstwo Finansów</NazwaPodmiotuPrzyjmujacego>\n${confirmed.join('\n')}\n</Potwierdzenie>`
  );
}

const SIGNED_AT = Temporal.Instant.from('2026-11-20T08:00:00Z');

/** Signed by xml-crypto, which is not what verifies it. */
export async function signedUpo(
  { der, keyPem }: MadeCertificate,
  kind: KeyKind,
  text = upoText(),
  signedAt = SIGNED_AT,
): Promise<string> {
  const privateKey = createPrivateKey(keyPem);
  const facts = { ...readCertificate(der), publicKey: createPublicKey(privateKey) };
  const key: SigningKey = {
    algorithm: kind === 'rsa-2048' ? 'rsa' : 'ec-p256',
    facts,
    privateKey: { sign: (scheme, data) => Promise.resolve(signUnverified(privateKey, scheme, data)) },
  };
  return signEnveloped(key, text, signedProperties(facts, signedAt));
}
