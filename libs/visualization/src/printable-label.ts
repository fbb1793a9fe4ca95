/** Longer than any KSeF number (36 characters at most), short enough to stay an image. */
const LABEL_LIMIT_CHARACTERS = 64;
const PRINTABLE = /^[A-Z0-9 -]+$/;

/** A label is `OFFLINE`, `CERTYFIKAT` or a KSeF number; anything else here is a mistake of the calling code. */
export class UnprintableLabelError extends Error {
  override readonly name = 'UnprintableLabelError';
  readonly label: string;

  constructor(label: string) {
    super(`not a label of a verification code: ${JSON.stringify(label.slice(0, LABEL_LIMIT_CHARACTERS))}`);
    this.label = label;
  }
}

/** @throws UnprintableLabelError */
export function assertPrintable(label: string): void {
  if (!PRINTABLE.test(label) || label.length > LABEL_LIMIT_CHARACTERS) throw new UnprintableLabelError(label);
}
