import { beforeEach, describe, expect, it } from '@jest/globals';
import { JURISDICTION, IssuingWorld } from '../testing/issuing-world.js';
import { anAuthenticationCertificate, anOfflineCertificate, TENANT } from '../testing/builders.js';
import { ReadInvoices } from './read-invoices.js';

let world: IssuingWorld;
beforeEach(async () => {
  world = new IssuingWorld();
  await world.has(anOfflineCertificate(), anAuthenticationCertificate());
  await world.looked(true);
});

const original = (mode: 'offline24' | 'auto') => world.issue({ number: 'FV/1' }, { mode });
const correction = (content: string, more: Parameters<IssuingWorld['issue']>[1] = {}) =>
  world.issue({ number: 'KOR/1', content }, more);

describe('a corrective invoice (domain rules 1.7)', () => {
  it('is not issued before its original has a KSeF number: its own clock would run', async () => {
    const first = await original('offline24');
    if (!first.ok) throw new Error(first.error.code);
    expect(await correction('corrects FV/1')).toEqual({
      ok: false,
      error: {
        code: 'CORRECTION_TOO_EARLY',
        hold: { code: 'ORIGINAL_WITHOUT_NUMBER', originalId: first.value.invoice.id, originalNumber: 'FV/1' },
      },
    });
    expect(world.invoices).toHaveLength(1);
  });

  it('is issued all the same when the caller insists: offline, and it says what it waits for', async () => {
    const first = await original('offline24');
    if (!first.ok) throw new Error(first.error.code);
    const issued = await correction('corrects FV/1', { correctionAnyway: true });
    if (!issued.ok) throw new Error(issued.error.code);
    expect(issued.value.invoice).toMatchObject({
      state: 'issued',
      issue: {
        mode: 'offline24',
        evidence: { reason: 'It corrects an invoice without a KSeF number, and is sent after it.' },
      },
    });
    const read = await new ReadInvoices(world.database, JURISDICTION).find(TENANT, issued.value.invoice.id);
    expect(read?.hold).toEqual({
      ...{ code: 'ORIGINAL_WITHOUT_NUMBER', originalId: first.value.invoice.id, originalNumber: 'FV/1' },
    });
    // The deadline of a correction is its own.
    expect(read?.term?.deadline).toMatchObject({ kind: 'due' });
  });

  it('is never posted online before its original, though asked for by name', async () => {
    await original('offline24');
    expect(await correction('corrects FV/1', { mode: 'online', correctionAnyway: true })).toEqual({
      ok: false,
      error: {
        code: 'NOT_ISSUABLE_ONLINE',
        reason: 'It corrects an invoice without a KSeF number, and is sent after it.',
      },
    });
  });

  it('of an invoice that is not ours is issued as any other', async () => {
    expect(await correction('corrects FV/OLD', { mode: 'offline24' })).toMatchObject({ ok: true });
  });
});
