import { expect, it } from '@jest/globals';
import { refusedOnProduction } from './unsafe-role.js';

const WHY = 'the database role postgres is a superuser';

it('refuses to go on with a role that row-level security does not hold, on production', () => {
  const log: unknown[] = [];
  expect(() => {
    refusedOnProduction({ environment: 'production' }, (event) => log.push(event))(WHY);
  }).toThrow(WHY);
  expect(log).toEqual([]);
});

it.each(['test', 'demo'] as const)('warns in the environment %s', (environment) => {
  const log: unknown[] = [];
  refusedOnProduction({ environment }, (event) => log.push(event))(WHY);
  expect(log).toEqual([{ event: 'persistence.unsafe-role', why: WHY }]);
});
