/**
 * How an invoice is issued: online (art. 106na), offline24 (art. 106nda), unavailability - tryb offline,
 * niedostępność (art. 106nh), emergency - tryb awaryjny (art. 106nf), total failure - awaria całkowita (art. 106ng).
 * KSeF itself knows only online and offline; which procedure applies, and until when, is ours to know.
 */
export const ISSUING_MODES = ['online', 'offline24', 'unavailability', 'emergency', 'total-failure'] as const;
export type IssuingMode = (typeof ISSUING_MODES)[number];

/** What the caller wants: `auto` follows the circumstances, the others insist. */
export type RequestedMode = 'auto' | 'online' | 'offline24';

/**
 * The modes without a session: an FA(3) file, with KOD I and KOD II made at issue. In a total failure nothing is delivered
 * and the document carries no codes (art. 106ng); they are kept, so that an announcement taken back loses nothing.
 */
export type OfflineMode = Exclude<IssuingMode, 'online'>;

/** What the mode rests on, stored with the invoice at issue and never rewritten (invariant I12). */
export type ModeEvidence =
  | { readonly kind: 'own-choice'; readonly reason: string }
  | { readonly kind: 'bulletin'; readonly bulletinId: string; readonly version: number; readonly eventId: string };
