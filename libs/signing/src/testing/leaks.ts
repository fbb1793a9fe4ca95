import { inspect } from 'node:util';

/**
 * Whether a text shows a part of a secret, in any of the ways that Node prints bytes: as hexadecimal digits (Buffer),
 * decimal numbers (Uint8Array, JSON), Base64 or Latin-1 text, with or without white space between.
 */
export function shows(text: string, secret: Uint8Array): boolean {
  const squeezed = text.replace(/\s+/g, '');
  const bytes = Buffer.from(secret);
  const piece = bytes.subarray(9, 21);
  const forms = [piece.toString('hex'), Array.from(piece).join(','), piece.toString('latin1').replace(/\s+/g, '')];
  const base64 = [9, 10, 11].map((from) => bytes.subarray(from, from + 12).toString('base64'));
  return (
    forms.some((form) => squeezed.toLowerCase().includes(form.toLowerCase())) ||
    base64.some((form) => squeezed.includes(form))
  );
}

/** Everything that a log line, a debugger or an error report could make of a value. */
export function everyText(value: unknown): string {
  const deep = inspect(value, { depth: null, showHidden: true, getters: true, maxArrayLength: null });
  const error = value instanceof Error ? `${value.message}\n${value.stack ?? ''}\n${everyText(value.cause)}` : '';
  return [deep, String(value), JSON.stringify(value), error].join('\n');
}
