import { ManualClock } from '../core/clock.js';
import { startSimulator } from '../start-simulator.js';
import type { Scenario } from '../timeline/scenario.js';
import type { TimelineReport } from '../timeline/timeline.js';

/** Plays a scenario to its end on a virtual clock, in a simulator of its own. */
export async function playThrough(scenario: Scenario): Promise<TimelineReport> {
  const clock = new ManualClock(new Date(scenario.startAt));
  const simulator = await startSimulator({ clock });
  try {
    const { tasks, timeline } = simulator.state;
    timeline.begin(scenario);
    for (let wait = timeline.nextStepInMs(); wait !== undefined; wait = timeline.nextStepInMs()) {
      clock.advance(wait);
      await tasks.settled();
    }
    const report = timeline.report();
    if (report === undefined) throw new Error('the timeline was stopped');
    return report;
  } finally {
    await simulator.close();
  }
}

/** The report for people: one line per step, breaches below theirs. */
export function describeReport({ scenario, title, steps }: TimelineReport): string {
  const lines = steps.flatMap(({ at, breaches, found, note }) => [
    `${at.slice(0, 16).replace('T', ' ')}Z  ${found.status.padEnd(13)} KSeF ${found.ksef}, Latarnia ${found.latarnia}: ${note}`,
    ...found.messages.map((message) => `                     ${message}`),
    ...breaches.map((breach) => `  NOT AS EXPECTED: ${breach}`),
  ]);
  return [`${scenario}: ${title}`, ...lines].join('\n');
}
