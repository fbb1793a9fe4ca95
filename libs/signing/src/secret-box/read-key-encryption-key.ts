import { open } from 'node:fs/promises';
import { SecretBoxError } from '@latarnik/domain';
import { KEY_BYTES } from './aes-gcm.js';

/** Room for 64 hexadecimal digits and white space around them. */
const FILE_LIMIT_BYTES = 256;
const HEX = /^[0-9a-fA-F]{64}$/;
const BASE64 = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Reads a key-encryption key from a file: 32 bytes as they are, or as Base64 or hexadecimal text, white space around
 * the text allowed. 32 printable characters are refused: that is a password or half a hexadecimal key, not 32 random
 * bytes.
 *
 * @throws SecretBoxError when the file cannot be read or holds something else; the message names the file only
 */
export async function readKeyEncryptionKey(filePath: string): Promise<Uint8Array> {
  const content = await readStart(filePath);
  try {
    const key = decodeKey(content);
    if (key === undefined) throw notAKey(filePath, '32 bytes, or 32 bytes as Base64 or hexadecimal text');
    return key;
  } finally {
    content.fill(0);
  }
}

/**
 * @param name says where the text is from, in errors
 * @throws SecretBoxError when the text is no key; the message has the name only
 */
export function keyOfText(name: string, text: string): Uint8Array {
  const key = decodeText(text.trim());
  if (key === undefined) throw notAKey(name, '32 bytes as Base64 or hexadecimal text');
  return key;
}

const notAKey = (where: string, wanted: string): SecretBoxError =>
  new SecretBoxError(`${where} does not hold a key-encryption key: ${wanted}`);

async function readStart(filePath: string): Promise<Buffer> {
  const buffer = Buffer.alloc(FILE_LIMIT_BYTES);
  try {
    await using file = await open(filePath, 'r');
    const { bytesRead } = await file.read(buffer, 0, FILE_LIMIT_BYTES);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw new SecretBoxError(`the key-encryption key file ${filePath} cannot be read`, { cause: error });
  }
}

function decodeKey(content: Buffer): Uint8Array | undefined {
  if (content.length === KEY_BYTES) {
    const printable = content.every((byte) => byte >= 0x20 && byte < 0x7f);
    return printable ? undefined : Uint8Array.from(content);
  }
  return decodeText(content.toString('latin1').trim());
}

function decodeText(text: string): Uint8Array | undefined {
  if (HEX.test(text)) return decoded(text, 'hex');
  if (BASE64.test(text)) return decoded(text, 'base64');
  return undefined;
}

/** Copies out of Node's shared buffer pool and leaves nothing of the key there. */
function decoded(text: string, encoding: 'hex' | 'base64'): Uint8Array {
  const pooled = Buffer.from(text, encoding);
  const key = Uint8Array.from(pooled);
  pooled.fill(0);
  return key;
}
