import type { DocumentLanguage } from './document-renderer.port.js';

/** Between thousands, and before the fraction; no line is broken at the space. */
const MARKS = { pl: ['\u00a0', ','], en: [',', '.'] } as const;

/**
 * A decimal of a file as people read it: `-1234.50` is `-1 234,50` in Polish. Digits and their number stay, nothing is
 * rounded or filled up; what is no decimal stays as it is.
 */
export function readableDecimal(text: string, language: DocumentLanguage): string {
  const [, sign = '', whole, fraction] = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined) return text;
  const [thousands, point] = MARKS[language];
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, thousands);
  return fraction === undefined ? `${sign}${grouped}` : `${sign}${grouped}${point}${fraction}`;
}
