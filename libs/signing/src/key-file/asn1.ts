import * as asn1js from 'asn1js';

/** One element of ASN.1, as read from BER or DER; every question it is asked throws when it is of another kind. */
export class Asn1Element {
  readonly #element: asn1js.AsnType;

  private constructor(element: asn1js.AsnType) {
    this.#element = element;
  }

  /**
   * Depth and number of elements are limited (asn1js: 100 and 10,000).
   *
   * @throws Error when the bytes are not exactly one element
   */
  static parse(bytes: Uint8Array): Asn1Element {
    const { offset, result } = asn1js.fromBER(Uint8Array.from(bytes));
    if (offset !== bytes.length) throw new Error('not one element of ASN.1');
    return new Asn1Element(result);
  }

  /** Whether `parse` takes the bytes. */
  static isOne(bytes: Uint8Array): boolean {
    try {
      Asn1Element.parse(bytes);
      return true;
    } catch {
      return false;
    }
  }

  /** The element with its tag and length, exactly as it was read. */
  get encoded(): Uint8Array {
    return Uint8Array.from(this.#element.valueBeforeDecodeView);
  }

  get isSequence(): boolean {
    return this.#element instanceof asn1js.Sequence;
  }

  /** Elements of a sequence, a set or a constructed tag. */
  get children(): readonly Asn1Element[] {
    if (!(this.#element instanceof asn1js.Constructed)) throw new Error('not constructed');
    return this.#element.valueBlock.value.map((child) => new Asn1Element(child as asn1js.AsnType));
  }

  child(at: number): Asn1Element {
    const child = this.children[at];
    if (child === undefined) throw new Error('an element is missing');
    return child;
  }

  get oid(): string {
    if (!(this.#element instanceof asn1js.ObjectIdentifier)) throw new Error('not an object identifier');
    return this.#element.valueBlock.toString();
  }

  get isOctets(): boolean {
    return this.#element instanceof asn1js.OctetString;
  }

  get isInteger(): boolean {
    return this.#element instanceof asn1js.Integer;
  }

  /** `Infinity` when it is larger than JavaScript counts exactly. */
  get integer(): number {
    if (!(this.#element instanceof asn1js.Integer)) throw new Error('not an integer');
    const value = this.#element.toBigInt();
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(value);
  }

  /** Content of an octet string, which BER may have cut in pieces. */
  get octets(): Uint8Array {
    if (!(this.#element instanceof asn1js.OctetString)) throw new Error('not an octet string');
    return new Uint8Array(this.#element.getValue());
  }

  /** Content of `[number] IMPLICIT OCTET STRING`, in one piece or, by BER, in several. */
  implicitOctets(number: number): Uint8Array {
    const { tagClass, tagNumber } = this.#element.idBlock;
    if (tagClass !== 3 || tagNumber !== number) throw new Error('not the tag that was expected');
    if (this.#element instanceof asn1js.Primitive) return Uint8Array.from(this.#element.valueBlock.valueHexView);
    return Uint8Array.from(Buffer.concat(this.children.map(({ octets }) => octets)));
  }

  hasTag(number: number): boolean {
    const { tagClass, tagNumber } = this.#element.idBlock;
    return tagClass === 3 && tagNumber === number;
  }
}
