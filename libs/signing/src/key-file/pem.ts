import { KeyFileRefused } from './key-file-refused.js';
import { MOST_ENTRIES } from './limits.js';

const LONGEST_LABEL = 40;
const BEGIN = '-----BEGIN ';
const DASHES = '-----';

/** One block of a PEM file (RFC 7468). */
export interface PemBlock {
  readonly label: string;
  /** What stands below the headers; `undefined` when it is not Base64 throughout. */
  readonly body: Uint8Array | undefined;
  /** Of an old-style encrypted key: what its header says of the encryption of the body. */
  readonly encryption: DekInfo | undefined;
}

/** The header `DEK-Info` (RFC 1421). */
export interface DekInfo {
  readonly cipher: string;
  readonly iv: Uint8Array;
}

/** The two headers that OpenSSL writes; with any others there, the body is not Base64. */
const ENCRYPTED_HEADERS =
  /^[ \t]*\nProc-Type: ?4,ENCRYPTED[ \t]*\nDEK-Info: ?([A-Z0-9-]{1,40}),([0-9A-Fa-f]{1,64})[ \t]*\n[ \t]*\n/;

/**
 * The blocks of a PEM text in their order; text around them is ignored, and so is a block without its end.
 *
 * @throws KeyFileRefused when there are too many
 */
export function pemBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  let begun = 0;
  for (let at = text.indexOf(BEGIN); at !== -1; at = text.indexOf(BEGIN, at + BEGIN.length)) {
    if (++begun > MOST_ENTRIES) throw new KeyFileRefused({ code: 'FILE_TOO_COSTLY', limit: 'contents' });
    const block = blockAt(text, at);
    if (block !== undefined) blocks.push(block);
  }
  return blocks;
}

function blockAt(text: string, at: number): PemBlock | undefined {
  const from = at + BEGIN.length;
  const label = /^([A-Z0-9 ]+)-----/.exec(text.slice(from, from + LONGEST_LABEL + DASHES.length))?.[1];
  if (label === undefined) return undefined;
  const end = `-----END ${label}-----`;
  const endsAt = text.indexOf(end, from);
  if (endsAt === -1) return undefined;
  const content = text.slice(from + label.length + DASHES.length, endsAt).replaceAll('\r\n', '\n');
  const [headers = '', cipher = '', iv = ''] = ENCRYPTED_HEADERS.exec(content) ?? [];
  return {
    label,
    body: decodeBase64(content.slice(headers.length).replace(/\s+/g, '')),
    encryption: headers === '' ? undefined : { cipher, iv: Uint8Array.from(Buffer.from(iv, 'hex')) },
  };
}

function decodeBase64(text: string): Uint8Array | undefined {
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return Uint8Array.from(Buffer.from(text, 'base64'));
}
