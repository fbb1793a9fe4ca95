/** Draws verification codes (ISO/IEC 18004) with the label beneath, inside the image (ksef-docs kody-qr.md). */
export interface CodeImages {
  png(link: string, label: string): Uint8Array;
  svg(link: string, label: string): string;
}
