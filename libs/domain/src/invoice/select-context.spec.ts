import { describe, expect, it } from '@jest/globals';
import type { ContextIdentifier, ContextValue } from '../party/context-identifier.js';
import { OTHER_CONTEXT, OTHER_NIP, SELLER_CONTEXT, someFacts } from '../testing/builders.js';
import { selectContext } from './select-context.js';

const branch: ContextIdentifier = { type: 'InternalId', value: '5265877635-00001' as ContextValue };
const tenantContext = (identifier: ContextIdentifier, id: string = identifier.value) => ({ id, identifier, name: id });
const contexts = [SELLER_CONTEXT, OTHER_CONTEXT, branch].map((identifier) => tenantContext(identifier));

describe('selectContext', () => {
  it('takes the context of the seller', () => {
    expect(selectContext(someFacts(), contexts, undefined)).toEqual({ ok: true, value: SELLER_CONTEXT });
  });

  it("takes the buyer's for a self-billed invoice", () => {
    const facts = someFacts({ selfBilling: true, buyer: { kind: 'nip', nip: OTHER_NIP } });
    expect(selectContext(facts, contexts, undefined)).toEqual({ ok: true, value: OTHER_CONTEXT });
  });

  it("takes the seller's for a self-billed invoice whose buyer has no NIP", () => {
    const facts = someFacts({ selfBilling: true, buyer: { kind: 'none' } });
    expect(selectContext(facts, contexts, undefined)).toEqual({ ok: true, value: SELLER_CONTEXT });
  });

  it('takes the one that is named, if the tenant has it', () => {
    expect(selectContext(someFacts(), contexts, branch)).toEqual({ ok: true, value: branch });
    expect(selectContext(someFacts(), [tenantContext(SELLER_CONTEXT)], branch)).toEqual({
      ok: false,
      error: { code: 'CONTEXT_NOT_FOUND', sellerNip: '5265877635', contexts: ['Nip:5265877635'] },
    });
  });

  it('never takes an internal identifier unless it is named', () => {
    expect(selectContext(someFacts(), [tenantContext(branch)], undefined)).toMatchObject({
      error: { code: 'CONTEXT_NOT_FOUND' },
    });
  });

  it('does not choose between two of the same value', () => {
    const twice = [tenantContext(SELLER_CONTEXT, 'a'), tenantContext(SELLER_CONTEXT, 'b')];
    expect(selectContext(someFacts(), twice, undefined)).toMatchObject({ error: { code: 'CONTEXT_AMBIGUOUS' } });
  });

  it("takes a named one of another NIP only on the caller's word that the seller entrusted it", () => {
    expect(selectContext(someFacts(), contexts, OTHER_CONTEXT)).toMatchObject({
      error: { code: 'SELLER_NOT_OF_CONTEXT', sellerNip: '5265877635' },
    });
    expect(selectContext(someFacts(), contexts, OTHER_CONTEXT, true)).toEqual({ ok: true, value: OTHER_CONTEXT });
    const selfBilled = someFacts({ selfBilling: true, buyer: { kind: 'nip', nip: OTHER_NIP } });
    expect(selectContext(selfBilled, contexts, OTHER_CONTEXT)).toEqual({ ok: true, value: OTHER_CONTEXT });
    const provider: ContextIdentifier = { type: 'PeppolId', value: 'PPL123456' as ContextValue };
    expect(selectContext(someFacts(), [tenantContext(provider)], provider)).toEqual({ ok: true, value: provider });
  });
});
