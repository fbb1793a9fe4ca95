import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallBudget,
  type CallDecision,
  InProcessCallBudget,
  KsefThrottledError,
  type SessionReference,
  type WantedCall,
} from '@latarnik/domain';

import { access } from '../testing/fakes.js';
import { adapterUnderTest, type AdapterUnderTest, SESSION } from '../testing/ksef-double.js';
import { json } from '../testing/local-server.js';

const STATUS = `GET /sessions/${SESSION}`;
const session = SESSION as SessionReference;
const processing = json(200, {
  status: { code: 150, description: 'Przetwarzanie' },
  dateCreated: '2026-11-20T10:00:00+00:00',
});

/** Notes what it is asked, and decides as it is told. */
class NotedBudget implements CallBudget {
  readonly noted: string[] = [];
  decide: (call: WantedCall) => CallDecision | Promise<CallDecision> = () => ({
    kind: 'permitted',
    permit: { id: '1', leaveWithinMs: 10_000 },
  });

  async take(call: WantedCall): Promise<CallDecision> {
    this.noted.push(`take ${call.group}${call.context === undefined ? '' : ` ${call.context.value}`}`);
    return this.decide(call);
  }

  giveBack({ id }: { readonly id: string }): Promise<void> {
    this.noted.push(`give back ${id}`);
    return Promise.resolve();
  }

  block({ group }: WantedCall, seconds: number): Promise<void> {
    this.noted.push(`block ${group} ${String(seconds)}`);
    return Promise.resolve();
  }
}

let budget: NotedBudget;
let adapter: AdapterUnderTest;
beforeEach(async () => {
  budget = new NotedBudget();
  adapter = await adapterUnderTest({ [STATUS]: processing }, { budget });
});
afterEach(async () => {
  await adapter.close();
});
const statusCalls = () => adapter.calls('GET', `/v2/sessions/${SESSION}`);

describe('every call to the API', () => {
  it('has a permit before it leaves: in the name of the context, or for everybody', async () => {
    await adapter.reader.status(access, session);
    await adapter.probe.probe();

    expect(adapter.server.requests).toHaveLength(budget.noted.length);
    expect(new Set(budget.noted)).toEqual(new Set(['take public', `take session-other ${access.context.value}`]));
    expect(budget.noted.at(-1)).toBe('take public');
  });

  it('is not made when the wait would be long: whoever wanted it is told how long', async () => {
    await adapter.reader.status(access, session);
    budget.decide = () => ({ kind: 'later', waitMs: 61_200, because: 'limit' });

    const refused = adapter.reader.status(access, session);
    await expect(refused).rejects.toBeInstanceOf(KsefThrottledError);
    await expect(refused).rejects.toMatchObject({ retryAfterSeconds: 62 });
    expect(statusCalls()).toBe(1);
  });

  it('waits for its turn when that is near', async () => {
    await adapter.reader.status(access, session);
    const decisions: CallDecision[] = [
      { kind: 'later', waitMs: 30, because: 'limit' },
      { kind: 'permitted', permit: { id: '2', leaveWithinMs: 10_000 } },
    ];
    budget.decide = () => decisions.shift() ?? { kind: 'later', waitMs: 1e6, because: 'limit' };

    expect(await adapter.reader.status(access, session)).toMatchObject({ code: 150 });
    expect(decisions).toEqual([]);
  });

  it('is not made when the budget cannot be asked, and that says nothing about KSeF', async () => {
    await adapter.reader.status(access, session);
    adapter.traffic.take();
    budget.decide = () => Promise.reject(new Error('the database is away'));

    await expect(adapter.reader.status(access, session)).rejects.toThrow('the budget of calls could not be asked');
    expect(statusCalls()).toBe(1);
    expect(adapter.events).toContainEqual({ code: 'CALL_BUDGET_FAILED', reason: 'the database is away' });
    expect(adapter.traffic.take()).toEqual({ answered: 0, failed: 0 });
  });

  it('that was surely not sent is given back', async () => {
    await adapter.reader.status(access, session);
    await adapter.server.close();
    budget.noted.length = 0;

    await expect(adapter.reader.status(access, session)).rejects.toThrow();
    expect(budget.noted).toEqual([`take session-other ${access.context.value}`, 'give back 1']);
  });

  it('that missed its time to leave takes another permit, and is sent once', async () => {
    await adapter.reader.status(access, session);
    budget.noted.length = 0;
    let permits = 0;
    budget.decide = () => {
      permits += 1;
      return { kind: 'permitted', permit: { id: String(permits), leaveWithinMs: permits === 1 ? -1 : 10_000 } };
    };

    expect(await adapter.reader.status(access, session)).toMatchObject({ code: 150 });
    const taken = `take session-other ${access.context.value}`;
    expect(budget.noted).toEqual([taken, 'give back 1', taken]);
    expect(statusCalls()).toBe(2);
  });

  it('that is answered 429 stops all others for as long as KSeF says', async () => {
    adapter.route({
      [STATUS]: { ...json(429, {}), headers: { 'retry-after': '77', 'content-type': 'application/json' } },
    });

    await expect(adapter.reader.status(access, session)).rejects.toMatchObject({ retryAfterSeconds: 77 });
    expect(budget.noted).toContain('block session-other 77');
    expect(adapter.events).toContainEqual({ code: 'KSEF_ANSWERED_429', group: 'session-other', retryAfterSeconds: 77 });
  });
});

it('a question for the state of a session leaves room for a proof in the same second', async () => {
  await adapter.close();
  const shared = new InProcessCallBudget(() => 1_000_000);
  adapter = await adapterUnderTest({ [STATUS]: processing }, { budget: shared });
  for (let poll = 0; poll < 8; poll += 1) await adapter.reader.status(access, session);

  const call = { group: 'session-other', context: access.context } as const;
  expect(shared.takeNow({ ...call, pollAbout: SESSION }).kind).toBe('later');
  expect(shared.takeNow(call).kind).toBe('permitted');
});
