import { describe, expect, it } from '@jest/globals';
import { invoiceHashFromBytes } from '../invoice/invoice-hash.js';
import { SELLER_CONTEXT, TENANT } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import { ReadUpo } from './read-upo.js';
import { KsefThrottledError } from './ksef-access.js';
import type { UpoDocument } from './session-reader.port.js';
import type { SessionReference, UpoReference } from './session-reference.js';
import type { UpoCheck } from './upo-verifier.port.js';
import { VerifiedSessionReader, type RefusedUpo, type UpoTrustPolicy } from './verified-session-reader.js';

const access = { tenant: TENANT, context: SELLER_CONTEXT };
const session = 'session-1' as SessionReference;
const entry = { ksefNumber: 'signed', hash: invoiceHashFromBytes(new Uint8Array(32)) };
const document: UpoDocument = { bytes: Uint8Array.of(1), entries: [{ ...entry, ksefNumber: 'beside the signature' }] };

function readerFor(check: UpoCheck, signatures: UpoTrustPolicy['signatures'] = 'checked') {
  const refused: RefusedUpo[] = [];
  const world = new DeliveryWorld();
  world.ksef.upo = () => Promise.resolve(document);
  world.ksef.upoPage = () => Promise.resolve(document);
  const reader = new VerifiedSessionReader(
    world.ksef,
    { check: () => check },
    { signatures, onRefused: (upo) => refused.push(upo) },
  );
  const both = async () => [
    await reader.upo(access, session, { ksefNumber: 'x' as KsefNumber }),
    await reader.upoPage(access, session, { reference: 'page' as UpoReference, downloadUrl: '' }),
  ];
  return { both, refused };
}

describe('a UPO passes the verifier', () => {
  it('and counts with what was signed, not with what stands beside it', async () => {
    const signature = { verdict: 'valid' as const, signer: 'O=MF', certificateSha256: 'q' };
    const { both } = readerFor({ signature, entries: [entry] });
    const expected = { bytes: document.bytes, entries: [entry], signature };
    expect(await both()).toEqual([expected, expected]);
  });

  it('and is none when its signature is broken', async () => {
    const { both, refused } = readerFor({ refused: 'a digest does not match' });
    expect(await both()).toEqual([undefined, undefined]);
    expect(refused).toEqual([
      { session, reason: 'a digest does not match' },
      { session, reason: 'a digest does not match' },
    ]);
  });

  it('and is kept as not checked, unless a signature is demanded', async () => {
    const signature = { verdict: 'not-checked' as const, reason: 'signer-unknown' as const };
    expect(await readerFor({ signature }).both()).toEqual([
      { ...document, signature },
      { ...document, signature },
    ]);
    const demanding = readerFor({ signature }, 'required');
    expect(await demanding.both()).toEqual([undefined, undefined]);
    expect(demanding.refused[0]?.reason).toBe('not signed as demanded: signer-unknown');
  });
});

describe('who asks for the UPO of one invoice', () => {
  it('gets its own, fetched the first time and kept; the page only while KSeF does not give it', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1', 'FV/2');
    const read = new ReadUpo(world.database, world.ksef);
    const invoice = world.invoice('FV/1');
    expect(await read.execute(TENANT, invoice.id)).toBeUndefined();
    await world.runToEnd(id);

    expect(await read.execute(TENANT, invoice.id, 'stored')).toMatchObject({ kind: 'page' });
    world.ksef.script('upo', new KsefThrottledError(60));
    expect(await read.execute(TENANT, invoice.id)).toMatchObject({ kind: 'page' });
    const own = await read.execute(TENANT, invoice.id);
    expect(own).toMatchObject({ kind: 'own', signature: { verdict: 'not-checked' } });
    expect(new TextDecoder().decode(own?.bytes)).toBe(`UPO ${world.ksef.ledger[0]!.ksefNumber}`);
    world.ksef.script('upo', new Error('it is not asked again'));
    expect(await read.execute(TENANT, invoice.id)).toEqual(own);
  });

  it('hears of errors that are nobody’s limit or outage', async () => {
    const world = new DeliveryWorld();
    await world.runToEnd(await world.plannedBatch('FV/1'));
    world.ksef.script('upo', new TypeError('a bug'));
    const read = new ReadUpo(world.database, world.ksef).execute(TENANT, world.invoice('FV/1').id);
    await expect(read).rejects.toThrow('a bug');
  });
});
