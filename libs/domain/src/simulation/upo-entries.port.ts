import type { UpoEntry } from '../session/session-reader.port.js';

/** Reads what a stored UPO confirms. */
export interface UpoEntries {
  /** @throws Error when the bytes are no UPO */
  entries(upo: Uint8Array): readonly UpoEntry[];
}

/** Name under which a container binds the port. */
export const UPO_ENTRIES = Symbol.for('latarnik/UpoEntries');
