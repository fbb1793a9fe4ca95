import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Temporal, type Instant } from '../shared/instant.js';
import {
  expireGate,
  firstGate,
  gateAfterAuthorization,
  gateAfterLook,
  SENDING_GATE_TRANSITIONS,
  type SendingGate,
} from './sending-gate.js';

const NOON = Temporal.Instant.from('2026-11-23T12:00:00+01:00');
const at = (seconds: number): Instant => NOON.add({ milliseconds: Math.round(seconds * 1000) });

/** Looks `+` reached and `-` did not reach KSeF, so many seconds apart, from 0 s on. */
function looks(pattern: string, secondsApart = 30, before?: SendingGate): SendingGate {
  let gate = before;
  pattern.split('').forEach((look, index) => {
    const when = at(index * secondsApart);
    gate = gate === undefined ? firstGate(look === '+', when) : gateAfterLook(gate, look === '+', when);
  });
  if (gate === undefined) throw new Error('no look');
  return gate;
}

describe('the gate of sending', () => {
  it.each([
    ['+', 'open'],
    ['-', 'closed'],
    ['+-', 'open'],
    ['+--', 'closed'],
    ['+-+-', 'open'],
    ['-+', 'closed'],
    ['-++', 'open'],
    ['-+-+', 'closed'],
    ['-++--', 'closed'],
    ['-++-', 'open'],
  ])('after looks %s is %s', (pattern, state) => {
    expect(looks(pattern).state).toBe(state);
  });

  it('counts looks nearer than three seconds as one', () => {
    expect(looks('-++', 2.999)).toMatchObject({ state: 'closed', against: { looks: 1, at: at(2.999) } });
    expect(looks('-++', 3)).toMatchObject({ state: 'open', since: at(6) });
    expect(looks('+--', 2.999).state).toBe('open');
    expect(looks('+--', 3).state).toBe('closed');
    expect(looks('-++++', 1)).toMatchObject({ state: 'open', since: at(4) });
  });

  it('keeps when it changed, and when it was last looked through', () => {
    expect(looks('-++++', 30)).toEqual({ state: 'open', since: at(60), lookedAt: at(120), against: { looks: 0 } });
  });

  it('is closed once nobody has looked for more than five minutes', () => {
    const open = looks('+');
    expect(expireGate(open, at(300))).toBe(open);
    expect(expireGate(open, at(300.001))).toMatchObject({ state: 'closed', since: at(300), lookedAt: at(0) });
    const again = gateAfterLook(open, true, at(1000));
    expect(again).toMatchObject({ state: 'closed', since: at(300), against: { looks: 1 } });
    expect(gateAfterLook(again, true, at(1030)).state).toBe('open');
  });

  it('takes looks more than five minutes apart for no row of looks', () => {
    const one = looks('-+');
    expect(gateAfterLook(one, true, at(331))).toMatchObject({ state: 'closed', against: { looks: 1, at: at(331) } });
  });

  it('opens at once by an authorization, unless something newer closed it', () => {
    const closed = looks('+--');
    expect(gateAfterAuthorization(closed, at(61))).toEqual({
      state: 'open',
      since: at(61),
      lookedAt: at(61),
      against: { looks: 0 },
    });
    expect(gateAfterAuthorization(closed, at(59))).toBe(closed);
    expect(gateAfterAuthorization(undefined, at(0)).state).toBe('open');
    expect(gateAfterAuthorization(looks('+-'), at(31))).toMatchObject({ since: at(0), against: { looks: 0 } });
  });

  it('ignores a look that is written late', () => {
    const gate = looks('+++');
    expect(gateAfterLook(gate, false, at(59))).toBe(gate);
  });

  const anyLooks = fc.array(fc.record({ reached: fc.boolean(), afterMs: fc.integer({ min: 0, max: 400_000 }) }));
  const moved = (gate: SendingGate, reached: boolean, afterMs: number): SendingGate =>
    gateAfterLook(gate, reached, gate.lookedAt.add({ milliseconds: afterMs }));

  it('makes only the moves of its table, whatever it sees', () => {
    fc.assert(
      fc.property(fc.boolean(), anyLooks, (first, more) => {
        let gate = firstGate(first, NOON);
        for (const { reached, afterMs } of more) {
          const next = moved(gate, reached, afterMs);
          expect(SENDING_GATE_TRANSITIONS[gate.state]).toContain(next.state);
          expect(next.against.looks).toBeLessThan(2);
          gate = next;
        }
      }),
    );
  });

  it('is never opened by a flapping connection, nor closed by one that is looked at often enough', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(fc.boolean(), gaps, (first, afterMs) => {
        let gate = firstGate(first, NOON);
        let reached = first;
        for (const each of afterMs) {
          reached = !reached;
          gate = moved(gate, reached, each);
          expect(gate.state).toBe(first ? 'open' : 'closed');
        }
      }),
    );
  });

  it('is always opened by steady good looks, and closed by steady bad ones', () => {
    fc.assert(
      fc.property(
        anyLooks,
        fc.boolean(),
        fc.array(fc.integer({ min: 3000, max: 300_000 }), { minLength: 2, maxLength: 10 }),
        (history, reached, steady) => {
          let gate = firstGate(true, NOON);
          for (const each of history) gate = moved(gate, each.reached, each.afterMs);
          gate = moved(gate, reached, 3000);
          for (const afterMs of steady) gate = moved(gate, reached, afterMs);
          expect(gate.state).toBe(reached ? 'open' : 'closed');
        },
      ),
    );
  });
});
