/** KSeF's own files are about 2 kB; a chain of certificates is larger, and not what we ask for. */
const LARGEST_PEM_CHARACTERS = 64 * 1024;
const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----/g;

/** One block of a PEM file (RFC 7468). */
export interface PemBlock {
  readonly label: string;
  readonly text: string;
  /** `undefined` when the content is not Base64, for one because it has the headers of an encrypted old-style key. */
  readonly der: Uint8Array | undefined;
}

/** The blocks of a PEM text in their order; text around them is ignored. Empty when the text is too long. */
export function pemBlocks(text: string): readonly PemBlock[] {
  if (text.length > LARGEST_PEM_CHARACTERS) return [];
  return Array.from(text.matchAll(BLOCK), ([block, label = '', content = '']) => ({
    label,
    text: block,
    der: decodeBase64(content.replace(/\s+/g, '')),
  }));
}

function decodeBase64(text: string): Uint8Array | undefined {
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return Uint8Array.from(Buffer.from(text, 'base64'));
}
