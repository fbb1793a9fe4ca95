import {
  type ErrorDetail,
  XmlBufferInputProvider,
  XmlDocument,
  XmlValidateError,
  xmlRegisterInputProvider,
  XsdValidator,
} from 'libxml2-wasm';

import { readPinnedSchemas } from './pinned-schemas.js';

/** Where the FA(3) schema says its imports live; they are never fetched. */
const IMPORT_BASE = 'http://crd.gov.pl/xml/schematy/dziedzinowe/mf/2022/01/05/eD/DefinicjeTypy/';
const MAIN_SCHEMA = 'schemat_FA(3)_v1-0E.xsd';

/** The compiled FA(3) schema, 1-0E. Lives in WASM memory. */
export class Fa3Schema {
  private constructor(private readonly validator: XsdValidator) {}

  /** @throws when a schema file is missing, is not the pinned one, or does not compile */
  static compile(): Fa3Schema {
    const files = readPinnedSchemas();
    const main = files.get(MAIN_SCHEMA);
    if (main === undefined) throw new Error(`schema-sums.json does not pin ${MAIN_SCHEMA}`);
    const imports = [...files]
      .filter(([name]) => name !== MAIN_SCHEMA)
      .map(([name, bytes]) => [name.replace('bazowe/', IMPORT_BASE), bytes] as const);
    if (!xmlRegisterInputProvider(new XmlBufferInputProvider(Object.fromEntries(imports)))) {
      throw new Error('libxml2 has no room for another input provider');
    }
    using document = XmlDocument.fromBuffer(main);
    return new Fa3Schema(XsdValidator.fromDoc(document));
  }

  /** What the schema has against the document, in libxml2's words; empty when it is valid. */
  violations(document: XmlDocument): readonly ErrorDetail[] {
    try {
      this.validator.validate(document);
      return [];
    } catch (error) {
      if (error instanceof XmlValidateError) return error.details;
      throw error;
    }
  }
}

let compiled: Fa3Schema | undefined;

/**
 * The one compiled schema of this process. Module state on purpose: the WASM heap and libxml2's table of input
 * providers belong to the process too, and compiling takes some 50 ms.
 */
export function fa3Schema(): Fa3Schema {
  compiled ??= Fa3Schema.compile();
  return compiled;
}
