import type { CodeImages, DocumentLanguage, LabelledCode } from '@latarnik/domain';
import type { PrintCode } from '../model/print-document.js';
import type { Bilingual } from '../model/words.js';

const HEADINGS: Readonly<Record<LabelledCode['kind'], Bilingual>> = {
  'KOD I': ['Sprawdź, czy faktura znajduje się w KSeF', 'Check whether the invoice is in KSeF'],
  'KOD II': ['Zweryfikuj wystawcę faktury', 'Verify the issuer of the invoice'],
};

/** Codes with their images; whoever draws them has read each one back (`ScannedBackCodeImages`). */
export const printCodes = (
  codes: readonly LabelledCode[],
  images: CodeImages,
  language: DocumentLanguage,
): readonly PrintCode[] =>
  codes.map(({ kind, link, label }) => ({
    heading: HEADINGS[kind][language === 'pl' ? 0 : 1],
    label,
    link,
    alternative: `${kind} ${label}: ${link}`,
    png: images.png(link, label),
  }));
