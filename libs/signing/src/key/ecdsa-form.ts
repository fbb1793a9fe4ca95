import * as asn1js from 'asn1js';

/** How an ECDSA signature is written: IEEE P1363 (r and s of 32 bytes each), or ECDSA-Sig-Value in DER (X9.62). */
export type EcdsaForm = 'p1363' | 'der';

/** @param p1363 r and s, of the same length */
export function ecdsaDer(p1363: Uint8Array): Uint8Array {
  const half = p1363.length / 2;
  const value = [p1363.subarray(0, half), p1363.subarray(half)].map((number) =>
    asn1js.Integer.fromBigInt(BigInt(`0x${Buffer.from(number).toString('hex')}`)),
  );
  return new Uint8Array(new asn1js.Sequence({ value }).toBER());
}
