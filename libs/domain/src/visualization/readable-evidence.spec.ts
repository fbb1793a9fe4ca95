import { describe, expect, it } from '@jest/globals';
import type { PackagedInvoice } from '../evidence/evidence-entry.js';
import { err, ok } from '../shared/result.js';
import { Temporal } from '../shared/instant.js';
import {
  AN_OFFLINE_ISSUE,
  anAcceptance,
  aReceivedInvoice,
  MONDAY_11,
  NO_RECORDS,
  TENANT,
} from '../testing/builders.js';
import { InMemoryDatabase } from '../testing/in-memory-database.js';
import { FixedClock } from '../testing/fixed-clock.js';
import { nodeHasher } from '../testing/sha256.js';
import type { DocumentRenderer, ReadableDocument } from './document-renderer.port.js';
import { EvidenceNotReadableError, ReadableEvidence } from './readable-evidence.js';

const UPO = new TextEncoder().encode('<Potwierdzenie/>');
const elements = { read: () => ({ name: 'Potwierdzenie', attributes: [], children: [], text: '' }) };
const subject: PackagedInvoice = {
  ...{ tenant: TENANT, legal: NO_RECORDS, at: Temporal.Instant.from(MONDAY_11) },
  stored: {
    invoice: {
      ...aReceivedInvoice(),
      ...{ state: 'complete', issue: AN_OFFLINE_ISSUE, delivery: { channel: 'interactive' } },
      acceptance: anAcceptance(),
    },
  },
  proof: { kind: 'own', bytes: UPO, signature: { verdict: 'not-checked', reason: 'unsigned' } },
};

function entriesOf(renderer: DocumentRenderer, of: PackagedInvoice = subject) {
  const database = new InMemoryDatabase(new FixedClock(MONDAY_11));
  const provider = new ReadableEvidence({ elements, renderer, hasher: nodeHasher });
  return database.inTenant(TENANT, (stores) => provider.entries(of, stores));
}

describe('the readable part of an evidence package', () => {
  const asked: ReadableDocument[] = [];
  const renderer: DocumentRenderer = {
    render: (document, form, language) => {
      asked.push(document);
      return Promise.resolve(ok(new TextEncoder().encode(`${document.kind} ${form} ${language}`)));
    },
  };

  it('is a summary, and the UPO about this invoice', async () => {
    const entries = await entriesOf(renderer);
    expect(entries.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)])).toEqual([
      ['readable/summary.pdf', 'evidence pdf pl'],
      ['readable/upo.pdf', 'upo pdf pl'],
    ]);
    expect(asked[1]).toMatchObject({
      about: '5265877635-20250826-0100001AF629-AF',
      signature: { verdict: 'not-checked' },
    });
  });

  it('has no UPO before there is one', async () => {
    const entries = await entriesOf(renderer, { ...subject, proof: undefined });
    expect(entries.map(({ path }) => path)).toEqual(['readable/summary.pdf']);
  });

  it('is not left out when there is no room to render it', async () => {
    const busy: DocumentRenderer = {
      render: () => Promise.resolve(err({ code: 'RENDERER_BUSY', retryAfterSeconds: 6 })),
    };
    await expect(entriesOf(busy)).rejects.toBeInstanceOf(EvidenceNotReadableError);
  });
});
