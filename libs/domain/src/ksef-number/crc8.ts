/** CRC-8 with polynomial 0x07, initial value 0, no reflection, no final XOR (check value of "123456789" is F4). */
export function crc8(ascii: string): number {
  let crc = 0;
  for (let at = 0; at < ascii.length; at++) {
    crc ^= ascii.charCodeAt(at) & 0xff;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : (crc << 1) & 0xff;
  }
  return crc;
}
