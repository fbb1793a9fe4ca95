import type { CodeImages } from '@latarnik/domain';
import { readQrPng } from './read-png.js';
import { readQrSvg } from './read-svg.js';

export type CodeFormat = 'png' | 'svg';

/** A code was drawn that does not read back as its link: a bug, or a broken machine. The link is not told to logs. */
export class CodeNotReadableError extends Error {
  override readonly name = 'CodeNotReadableError';

  constructor(
    readonly format: CodeFormat,
    readonly found: 'no code' | 'another text',
    label: string,
    linkBytes: number,
  ) {
    super(`the ${format} of a code (${label}, ${linkBytes} bytes) reads back as ${found}: it is not handed out`);
  }
}

/**
 * Lets no image out that was not decoded and found to hold exactly the bytes of the link: the PNG from the very bytes
 * that leave, the SVG as drawn from its text, both by software that has no part in the drawing.
 */
export class ScannedBackCodeImages implements CodeImages {
  constructor(private readonly images: CodeImages) {}

  /** @throws CodeNotReadableError */
  png(link: string, label: string): Uint8Array {
    const png = this.images.png(link, label);
    requireSame('png', link, label, readQrPng(png));
    return png;
  }

  /** @throws CodeNotReadableError */
  svg(link: string, label: string): string {
    const svg = this.images.svg(link, label);
    requireSame('svg', link, label, readQrSvg(svg));
    return svg;
  }
}

function requireSame(format: CodeFormat, link: string, label: string, read: Buffer | undefined): void {
  const expected = Buffer.from(link, 'utf8');
  if (read?.equals(expected) === true) return;
  throw new CodeNotReadableError(format, read === undefined ? 'no code' : 'another text', label, expected.length);
}
