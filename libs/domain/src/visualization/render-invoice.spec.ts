import { beforeEach, describe, expect, it } from '@jest/globals';
import { ReadInvoices } from '../invoice/read-invoices.js';
import type { InvoiceId } from '../invoice/invoice.js';
import { ReadUpo } from '../session/read-upo.js';
import { ok } from '../shared/result.js';
import { CodeNotGoodError } from '../verification-code/code-faults.js';
import { anOfflineCertificate, TENANT } from '../testing/builders.js';
import { IssuingWorld, JURISDICTION } from '../testing/issuing-world.js';
import { plainDocument } from '../testing/plain-document.js';
import { nodeHasher, sha256Base64 } from '../testing/sha256.js';
import type { DocumentElement } from './document-element.js';
import type { DocumentRenderer, ReadableDocument } from './document-renderer.port.js';
import { RenderInvoice } from './render-invoice.js';

/** Keeps what it is asked to render. */
class KeepingRenderer implements DocumentRenderer {
  readonly asked: ReadableDocument[] = [];

  render(document: ReadableDocument) {
    this.asked.push(document);
    return Promise.resolve(ok(Uint8Array.of(1)));
  }
}

const NOBODY = 'nobody' as InvoiceId;
const elements = {
  read: (bytes: Uint8Array): DocumentElement => ({
    ...{ name: 'Faktura', attributes: [], children: [], text: new TextDecoder().decode(bytes) },
  }),
};

let world: IssuingWorld;
let renderer: KeepingRenderer;
let id: InvoiceId;
beforeEach(async () => {
  world = new IssuingWorld();
  renderer = new KeepingRenderer();
  await world.has(anOfflineCertificate());
  const outcome = await world.issue({ number: 'FV/1' }, { mode: 'offline24' });
  if (!outcome.ok) throw new Error(outcome.error.code);
  ({ id } = outcome.value.invoice);
});

function render(document: 'invoice' | 'upo' | 'evidence', invoice = id, signatureIsGood = true) {
  const { database: unitOfWork, ksef } = world;
  const verifier = { verifies: () => signatureIsGood };
  const ports = { unitOfWork, elements, renderer, verifier, hasher: nodeHasher, environment: 'test' as const };
  const reads = { invoices: new ReadInvoices(unitOfWork, JURISDICTION), upo: new ReadUpo(unitOfWork, ksef) };
  return new RenderInvoice(ports, reads).execute(TENANT, invoice, { document, form: 'pdf', language: 'pl' });
}

describe('rendering an invoice', () => {
  it('gives the renderer its stored bytes, as elements, and both codes while it waits', async () => {
    expect(await render('invoice')).toEqual({ ok: true, value: Uint8Array.of(1) });
    const [asked] = renderer.asked;
    expect(asked).toMatchObject({
      kind: 'invoice',
      standing: 'offline',
      invoice: { text: new TextDecoder().decode(plainDocument({ number: 'FV/1' })) },
      codes: [
        { kind: 'KOD I', label: 'OFFLINE' },
        { kind: 'KOD II', label: 'CERTYFIKAT' },
      ],
    });
  });

  it('lets no document out with a code that is not well signed', async () => {
    await expect(render('invoice', id, false)).rejects.toBeInstanceOf(CodeNotGoodError);
    expect(renderer.asked).toEqual([]);
  });

  it('sums up what proves it: basis, deadline, links, digests and what happened', async () => {
    await render('evidence');
    const [asked] = renderer.asked;
    if (asked?.kind !== 'evidence') throw new Error('no evidence was rendered');
    const { summary } = asked;
    expect(summary).toMatchObject({
      number: 'FV/1',
      issue: { mode: 'offline24', basis: { kind: 'own-choice' }, certificateSerial: '01F20A5D352AE590' },
      deadline: { kind: 'due', day: '2026-11-24', legalBasis: 'art. 106nda(2)' },
    });
    expect(summary.links.map(({ kind }) => kind)).toEqual(['KOD I', 'KOD II']);
    const xades = await world.database.invoices.evidence(id);
    expect(summary.files).toEqual([
      {
        kind: 'invoice',
        sha256Base64: sha256Base64(plainDocument({ number: 'FV/1' })),
        sizeBytes: plainDocument({ number: 'FV/1' }).length,
      },
      { kind: 'evidence', sha256Base64: sha256Base64(xades ?? Uint8Array.of()), sizeBytes: xades?.length },
    ]);
    expect(summary.events.map(({ action }) => action)).toContain('invoice.issued');
    expect(summary.deadline?.steps.length).toBeGreaterThan(0);
  });

  it.each(['invoice', 'upo', 'evidence'] as const)(
    'has nothing to show of the %s of an invoice that is not there',
    async (document) => {
      expect(await render(document, NOBODY)).toEqual({ ok: false, error: { code: 'NOTHING_TO_RENDER' } });
    },
  );

  it('has no UPO to show before there is one', async () => {
    expect(await render('upo')).toEqual({ ok: false, error: { code: 'NOTHING_TO_RENDER' } });
  });
});
