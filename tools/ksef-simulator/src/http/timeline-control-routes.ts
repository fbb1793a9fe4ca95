import type { FastifyInstance, FastifyReply } from 'fastify';

import { ManualClock } from '../core/clock.js';
import type { SimulatorState } from '../simulator-state.js';
import { ScenarioError } from '../timeline/fields.js';
import { parseScenario, readShippedScenario, shippedScenarios } from '../timeline/scenario-file.js';
import { TIMELINE_SCHEMA } from './fault-control-schemas.js';

interface ScenarioChoice {
  readonly name?: string;
  readonly yaml?: string;
}

/** Playing a timeline of outages: at its own pace, or step by step on a manual clock. */
export function registerTimelineControl(app: FastifyInstance, state: SimulatorState): void {
  const { clock, tasks, timeline } = state;
  const report = () => timeline.report() ?? { scenario: null };

  app.get('/scenarios', () => shippedScenarios());
  app.get('/timeline', report);

  app.post<{ Body: ScenarioChoice }>('/timeline', { schema: { body: TIMELINE_SCHEMA } }, (request, reply) => {
    const { name, yaml = '' } = request.body;
    try {
      timeline.begin(name === undefined ? parseScenario(yaml) : readShippedScenario(name));
    } catch (error) {
      if (error instanceof ScenarioError) return reply.code(400).send({ error: error.message });
      throw error;
    }
    return reply.code(201).send(report());
  });

  app.delete('/timeline', (_request, reply) => {
    timeline.stop();
    return reply.code(204).send();
  });

  /** Moves a manual clock to the next step, or on to the last. */
  const moveOn = (path: string, more: () => boolean): void => {
    app.post(path, async (_request, reply): Promise<FastifyReply> => {
      if (!(clock instanceof ManualClock)) return reply.code(409).send({ error: 'the clock is not a manual one' });
      let wait = timeline.nextStepInMs();
      if (wait === undefined) return reply.code(409).send({ error: 'no step is left' });
      do {
        clock.advance(wait);
        await tasks.settled();
        wait = timeline.nextStepInMs();
      } while (more() && wait !== undefined);
      return reply.send(report());
    });
  };
  moveOn('/timeline/next', () => false);
  moveOn('/timeline/play', () => true);
}
