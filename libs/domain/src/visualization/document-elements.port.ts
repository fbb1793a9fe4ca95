import type { DocumentElement } from './document-element.js';

/** Reads a stored XML document (FA(3), UPO) for people to look at. */
export interface DocumentElements {
  /**
   * All elements, attributes and text; namespace declarations and `xsi:` attributes are left out.
   * Safe on hostile input: no DTD, no external reference.
   *
   * @throws Error when the bytes are no XML: they were stored as valid, or checked when they came from KSeF
   */
  read(bytes: Uint8Array): DocumentElement;
}
