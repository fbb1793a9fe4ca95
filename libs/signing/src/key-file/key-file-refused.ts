import type { KeyFilePart, KeyFileRefusal } from '@latarnik/domain';

/** Thrown while a file is read, and turned into its refusal by `readKeyFile`; it gets no further. */
export class KeyFileRefused extends Error {
  override readonly name = 'KeyFileRefused';

  constructor(readonly refusal: KeyFileRefusal) {
    super(refusal.code);
  }
}

export const unreadable = (part: KeyFilePart, detail: string): KeyFileRefused =>
  new KeyFileRefused({ code: 'FILE_UNREADABLE', part, detail });
