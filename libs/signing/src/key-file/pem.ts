import { KeyFileRefused } from './key-file-refused.js';
import { MOST_ENTRIES } from './limits.js';

const LONGEST_LABEL = 40;
const BEGIN = '-----BEGIN ';
const DASHES = '-----';

/** One block of a PEM file (RFC 7468). */
export interface PemBlock {
  readonly label: string;
  readonly text: string;
  /** `undefined` when the content is not Base64 throughout. */
  readonly der: Uint8Array | undefined;
  /** The cipher that an old-style encrypted key names in its `DEK-Info` header (RFC 1421). */
  readonly cipher: string | undefined;
}

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
  const content = text.slice(from + label.length + DASHES.length, endsAt);
  return {
    label,
    text: text.slice(at, endsAt + end.length),
    der: decodeBase64(content.replace(/\s+/g, '')),
    cipher: /^DEK-Info: *([A-Z0-9-]{1,40}),/m.exec(content)?.[1],
  };
}

function decodeBase64(text: string): Uint8Array | undefined {
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return Uint8Array.from(Buffer.from(text, 'base64'));
}
