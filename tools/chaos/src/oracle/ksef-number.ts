/** CRC-8 with polynomial 0x07 over the first 32 characters, as two hexadecimal digits (ksef-docs numer-ksef.md). */
function checksum(text: string): string {
  let crc = 0;
  for (const octet of Buffer.from(text, 'latin1')) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x80) === 0 ? (crc << 1) & 0xff : ((crc << 1) ^ 0x07) & 0xff;
  }
  return crc.toString(16).toUpperCase().padStart(2, '0');
}

/** Whether a text is a KSeF number with the right checksum; written apart from the product's own parser. */
export function isKsefNumber(text: string): boolean {
  if (!/^\d{10}-\d{8}-[0-9A-F]{12}-[0-9A-F]{2}$/.test(text)) return false;
  return checksum(text.slice(0, 32)) === text.slice(33);
}
