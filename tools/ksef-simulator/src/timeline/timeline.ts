import { type Cancel, type Clock, ManualClock } from '../core/clock.js';
import type { Reachability } from '../core/reachability.js';
import type { Tasks } from '../core/tasks.js';
import type { EncryptionKeys } from '../crypto/public-keys.js';
import { FAULT_PROFILES } from '../faults/fault-profile.js';
import type { Faults } from '../faults/faults.js';
import { ordersOf } from '../faults/incidents.js';
import type { LatarniaBoard, LatarniaMessage, OutageEvent } from '../latarnia/board.js';
import type { OutageDesk } from '../latarnia/outage-desk.js';
import type { Action, Expectation, OutageAction, Scenario, Step } from './scenario.js';

export interface TimelineParts {
  readonly clock: Clock;
  readonly tasks: Tasks;
  readonly keys: EncryptionKeys;
  readonly faults: Faults;
  readonly board: LatarniaBoard;
  readonly outages: OutageDesk;
  readonly ksefReachability: Reachability;
  readonly latarniaReachability: Reachability;
  readonly log: (line: string) => void;
}

/** What stood after a step, and where that is not what the scenario says. */
export interface StepReport {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly note: string;
  readonly found: Required<Expectation>;
  /** Empty when all is as expected. */
  readonly breaches: readonly string[];
}

/** How far a scenario has come. */
export interface TimelineReport {
  readonly scenario: string;
  readonly title: string;
  readonly startedAt: string;
  readonly stepsLeft: number;
  readonly steps: readonly StepReport[];
}

/** Plays one scenario at a time, on whichever clock the simulator runs. */
export class Timeline {
  readonly #events = new Map<string, OutageEvent>();
  readonly #cancels: Cancel[] = [];
  #playing: { readonly scenario: Scenario; readonly zero: number; readonly steps: StepReport[] } | undefined;

  constructor(private readonly parts: TimelineParts) {}

  /**
   * Begins a scenario; what was being played stops where it stands. A virtual clock that is behind the scenario's start
   * is moved to it; otherwise the scenario starts now, and its absolute times move along.
   */
  begin(scenario: Scenario): void {
    this.stop();
    const { clock } = this.parts;
    if (clock instanceof ManualClock && clock.now() < scenario.startAt) clock.advance(scenario.startAt - clock.now());
    const zero = clock.now();
    this.#playing = { scenario, zero, steps: [] };
    this.parts.log(`timeline ${scenario.name} begins`);
    for (const step of scenario.steps) {
      const delay = zero + step.atMs - clock.now();
      const play = (): void => {
        this.#play(step, zero);
      };
      // What is due at once happens at once: no clock has to move for it.
      if (delay <= 0) play();
      else this.#schedule(delay, play);
    }
  }

  /** Drops the steps to come; what was done stays done. */
  stop(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
    this.#events.clear();
    this.#playing = undefined;
  }

  report(): TimelineReport | undefined {
    if (this.#playing === undefined) return undefined;
    const { scenario, steps, zero } = this.#playing;
    return {
      scenario: scenario.name,
      title: scenario.title,
      startedAt: new Date(zero).toISOString(),
      stepsLeft: scenario.steps.length - steps.length,
      steps: [...steps],
    };
  }

  /** Milliseconds until the next step; undefined when there is none. */
  nextStepInMs(): number | undefined {
    if (this.#playing === undefined) return undefined;
    const { scenario, steps, zero } = this.#playing;
    const next = scenario.steps[steps.length];
    return next === undefined ? undefined : Math.max(0, zero + next.atMs - this.parts.clock.now());
  }

  /** A step comes after everything else that falls due at the same moment. */
  #schedule(delayMs: number, play: () => void): void {
    const { clock } = this.parts;
    const wait = clock.schedule(delayMs, () => this.#cancels.push(clock.schedule(0, play)));
    this.#cancels.push(wait);
  }

  #play(step: Step, zero: number): void {
    for (const action of step.actions) this.#act(action, zero);
    const found = this.#look();
    const breaches = breachesOf(step.expect, found);
    const at = new Date(this.parts.clock.now()).toISOString();
    this.#playing?.steps.push({ at, note: step.note, found, breaches });
    this.parts.log(
      `timeline ${at}: ${step.note}${breaches.length === 0 ? '' : ` — NOT AS EXPECTED: ${breaches.join('; ')}`}`,
    );
  }

  #act(action: Action, zero: number): void {
    const { clock, faults, keys, outages, tasks } = this.parts;
    const at = (offsetMs: number | undefined): number | undefined =>
      offsetMs === undefined ? undefined : zero + offsetMs;
    switch (action.do) {
      case 'outage':
        this.#beginOutage(action, at);
        return;
      case 'correct':
        outages.correct(this.#event(action.of), { ...action, start: at(action.startMs), end: at(action.endMs) });
        return;
      case 'end':
        outages.finish(this.#event(action.of), at(action.endMs));
        return;
      case 'reach':
        this.#reach(action);
        return;
      case 'incident':
        faults.order(`incident: ${action.name}`, ...ordersOf(action.name, action.times));
        return;
      case 'faults':
        faults.use(FAULT_PROFILES[action.profile], action.seed);
        return;
      case 'rotate-keys':
        tasks.later(0, async () => {
          await keys.rotate('SymmetricKeyEncryption', clock.now(), 'withdrawn');
        });
    }
  }

  #beginOutage(action: OutageAction, at: (offsetMs: number | undefined) => number | undefined): void {
    const { announce, category, manner, name, startMs, endMs, title, unreachable } = action;
    const event = this.parts.outages.begin({
      category,
      announce,
      unreachable,
      manner,
      title,
      start: at(startMs),
      end: at(endMs),
    });
    this.#events.set(name, event);
  }

  #reach({ what, manner }: Extract<Action, { do: 'reach' }>): void {
    const reachability = what === 'ksef' ? this.parts.ksefReachability : this.parts.latarniaReachability;
    if (manner === 'up') reachability.restore();
    else reachability.cut(manner);
  }

  #event(name: string): OutageEvent {
    const event = this.#events.get(name);
    if (event === undefined) throw new Error(`the scenario knows no event ${name}`);
    return event;
  }

  #look(): Required<Expectation> {
    const { board, ksefReachability, latarniaReachability } = this.parts;
    const reach = ({ reachable }: Reachability) => (reachable ? ('reachable' as const) : ('unreachable' as const));
    return {
      status: board.status().status,
      ksef: reach(ksefReachability),
      latarnia: reach(latarniaReachability),
      messages: board.messages().map((message) => this.#describe(message)),
    };
  }

  #describe({ eventId, type, version }: LatarniaMessage): string {
    const [name = `event-${String(eventId)}`] = [...this.#events].find(([, event]) => event.eventId === eventId) ?? [];
    return `${name} ${type} v${String(version)}`;
  }
}

function breachesOf(expected: Expectation, found: Required<Expectation>): readonly string[] {
  return (Object.keys(expected) as (keyof Expectation)[]).flatMap((name) => {
    const [wanted, given] = [JSON.stringify(expected[name]), JSON.stringify(found[name])];
    return wanted === given ? [] : [`${name} is ${given}, not ${wanted}`];
  });
}
