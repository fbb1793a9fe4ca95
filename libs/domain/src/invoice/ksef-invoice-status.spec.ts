import { describe, expect, it } from '@jest/globals';
import { INVOICE_REACTIONS, reactionTo } from './ksef-invoice-status.js';

describe("reactions to KSeF's status of an invoice (domain rules 7.3)", () => {
  it.each([
    [100, 'wait'],
    [150, 'wait'],
    [200, 'accepted'],
    [405, 'resend'],
    [410, 'blocked'],
    [415, 'blocked'],
    [430, 'rejected'],
    [435, 'resend'],
    [440, 'duplicate'],
    [450, 'rejected'],
    [500, 'resend'],
    [550, 'resend'],
  ])('%i: %s', (code, reaction) => {
    expect(reactionTo(code).reaction).toBe(reaction);
    expect(reactionTo(code).advice).toMatch(/^[A-Z].+\.$/s);
  });

  it('cover the documented codes and no others', () => {
    expect(Object.keys(INVOICE_REACTIONS).map(Number)).toEqual([
      100, 150, 200, 405, 410, 415, 430, 435, 440, 450, 500, 550,
    ]);
  });

  it.each([0, 120, 199])('wait for the undocumented %i, which is in progress', (code) => {
    expect(reactionTo(code).reaction).toBe('wait');
  });

  it.each([201, 300, 400, 499, 600])('ask a person about the undocumented %i', (code) => {
    expect(reactionTo(code)).toEqual({
      reaction: 'review',
      advice: `KSeF answered with the undocumented status ${String(code)}.`,
    });
  });
});
