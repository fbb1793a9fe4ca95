/** The document of these tests is one line: `number|seller NIP|P_1|content`. */
export interface PlainDocument {
  readonly number: string;
  readonly sellerNip?: string;
  readonly issueDate?: string;
  readonly content?: string;
}

export function plainDocument(document: PlainDocument): Uint8Array {
  const { number, sellerNip = '5265877635', issueDate = '2026-11-23', content = '' } = document;
  return new TextEncoder().encode([number, sellerNip, issueDate, content].join('|'));
}

/** What KSeF's fake and the reader below see in the bytes; `undefined` when they are no such document. */
export function readPlainDocument(bytes: Uint8Array): Required<PlainDocument> | undefined {
  const [number, sellerNip, issueDate, content, ...more] = new TextDecoder().decode(bytes).split('|');
  if (number === undefined || sellerNip === undefined || issueDate === undefined || content === undefined) {
    return undefined;
  }
  return more.length > 0 ? undefined : { number, sellerNip, issueDate, content };
}
