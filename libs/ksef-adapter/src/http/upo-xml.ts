import { createHash } from 'node:crypto';

import { invoiceHashFromBase64, type UpoDocument, type UpoEntry, upoMoments } from '@latarnik/domain';
import { ParseOption, XmlDocument, XmlElement } from 'libxml2-wasm';

import { OutsideContractError } from './ksef-api.js';
import type { HttpAnswer } from './transport.js';

/** A UPO page covers up to 10,000 invoices at some 700 bytes each. */
export const MAX_UPO_BYTES = 16_000_000;

/** Namespaces of UPO documents, v4-2 and later; the elements that are read are the same in all. */
const UPO_NAMESPACE = /^http:\/\/upo\.schematy\.mf\.gov\.pl\/KSeF\/v4-[0-9]{1,2}$/;

/**
 * A UPO document from an answer of KSeF or its store: exact bytes, compared with `x-ms-meta-hash` where it came, and
 * what it confirms.
 * @throws OutsideContractError
 */
export function readUpo({ body, header }: HttpAnswer): UpoDocument {
  const promised = header('x-ms-meta-hash');
  if (promised !== undefined && promised !== createHash('sha256').update(body).digest('base64')) {
    throw new OutsideContractError('the UPO is not the one x-ms-meta-hash names');
  }
  return { bytes: body, entries: upoEntries(body) };
}

function upoEntries(bytes: Uint8Array): readonly UpoEntry[] {
  if (Buffer.from(bytes.subarray(0, 4096)).includes('<!DOCTYPE'))
    throw new OutsideContractError('a UPO with a DOCTYPE');
  using document = XmlDocument.fromBuffer(bytes, { option: ParseOption.XML_PARSE_NO_XXE });
  const { root } = document;
  const namespace = root.namespaceUri;
  if (root.name !== 'Potwierdzenie' || !UPO_NAMESPACE.test(namespace)) throw new OutsideContractError('not a UPO');
  const confirmed = root.find('u:Dokument', { u: namespace }).filter((node) => node instanceof XmlElement);
  if (confirmed.length === 0) throw new OutsideContractError('a UPO that confirms nothing');
  return confirmed.map((element) => toEntry(element, namespace));
}

function toEntry(element: XmlElement, namespace: string): UpoEntry {
  const ksefNumber = textOf(element, 'NumerKSeFDokumentu', namespace);
  const hash = invoiceHashFromBase64(textOf(element, 'SkrotDokumentu', namespace));
  if (hash === undefined) throw new OutsideContractError('SkrotDokumentu is not a SHA-256');
  const moment = (name: string): string | undefined => {
    const [only, ...more] = element.find(`u:${name}`, { u: namespace });
    return more.length === 0 ? only?.content : undefined;
  };
  return { ksefNumber, hash, ...upoMoments(moment('DataPrzeslaniaDokumentu'), moment('DataNadaniaNumeruKSeF')) };
}

function textOf(element: XmlElement, name: string, namespace: string): string {
  const found = element.find(`u:${name}`, { u: namespace });
  const [only] = found;
  if (only === undefined || found.length > 1) throw new OutsideContractError(`${name} is missing or repeated`);
  return only.content.trim();
}
