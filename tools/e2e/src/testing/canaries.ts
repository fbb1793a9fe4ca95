import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** Something secret, and what it is. */
export interface Canary {
  readonly name: string;
  readonly forms: readonly string[];
}

const PIECE_AT = 9;
const PIECE_BYTES = 12;

/** Bytes in every way that Node, PostgreSQL or a person writes them; a piece of them is enough to give them away. */
export function bytesCanary(name: string, secret: Uint8Array): Canary {
  const bytes = Buffer.from(secret);
  if (bytes.length < PIECE_AT + PIECE_BYTES + 2) throw new Error(`${name} is too short to look for`);
  const piece = bytes.subarray(PIECE_AT, PIECE_AT + PIECE_BYTES);
  // One of three neighbouring pieces begins where a group of three bytes does, whatever stands before the secret.
  const base64 = [0, 1, 2].map((from) =>
    bytes.subarray(PIECE_AT + from, PIECE_AT + from + PIECE_BYTES).toString('base64'),
  );
  const base64url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const indexed = Array.from(piece, (byte, at) => `"${String(PIECE_AT + at)}":${String(byte)}`).join(',');
  const hex = piece.toString('hex');
  return { name, forms: [hex, hex.toUpperCase(), ...base64, ...base64url, Array.from(piece).join(','), indexed] };
}

/** A secret that people type. */
export function textCanary(name: string, secret: string): Canary {
  const padded = Buffer.from(secret);
  const inner = [0, 1, 2].map((from) => padded.subarray(from, from + PIECE_BYTES).toString('base64'));
  const utf16 = Buffer.from(secret, 'utf16le').toString('hex');
  return { name, forms: [secret, padded.toString('hex'), utf16, ...inner, Array.from(padded).join(',')] };
}

/** The private numbers of a key: what is in DER, PEM and JWK alike, and not in the certificate. */
export function keyCanaries(name: string, keyPem: string): readonly Canary[] {
  const { d = '', p = '', q = '' } = createPrivateKey(keyPem).export({ format: 'jwk' });
  return Object.entries({ d, p, q })
    .filter(([, number]) => number !== '')
    .map(([part, number]) => bytesCanary(`${name} (${part})`, Buffer.from(number, 'base64url')));
}

/** Names of the canaries that a text shows, line breaks and escapes of them aside. */
export function found(canaries: readonly Canary[], text: string): readonly string[] {
  const squeezed = text.replace(/\s|\\+[nr]/g, '');
  return canaries.filter(({ forms }) => forms.some((form) => squeezed.includes(form))).map(({ name }) => name);
}

/** Every row of every table of every schema, as PostgreSQL prints it: bytes in hexadecimal. */
export async function databaseDump(databaseUrl: string): Promise<ReadonlyMap<string, string>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(TABLES);
    const dump = new Map<string, string>();
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      dump.set(name, rows.map(({ row }) => row).join('\n'));
    }
    return dump;
  } finally {
    await client.end();
  }
}

const TABLES = `
  SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
  WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`;

/** Every file below a directory. */
export function filesBelow(directory: string): ReadonlyMap<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map(({ name, parentPath }) => {
      const path = join(parentPath, name);
      const bytes = readFileSync(path);
      return [path, `${bytes.toString('latin1')}\n${bytes.toString('hex')}`];
    }),
  );
}
