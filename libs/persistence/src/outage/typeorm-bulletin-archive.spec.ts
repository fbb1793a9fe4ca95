import { expect, it } from '@jest/globals';
import type { AvailabilityBulletin } from '@latarnik/domain';
import { NOON } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();

const aMessage = (overrides: Partial<AvailabilityBulletin>): AvailabilityBulletin => ({
  id: 'A/1',
  version: 1,
  eventId: '1001',
  category: 'failure',
  type: 'start',
  title: '',
  text: '',
  start: NOON,
  publishedAt: NOON,
  source: 'latarnia',
  fetchedAt: NOON,
  ...overrides,
});
const all = () => stage.database.unitOfWork.inSystem(({ bulletins }) => bulletins.all());

it('messages are kept as they were read, and read with the legal records where a word is unknown', async () => {
  const raw = '{"id":"A/1","category":"CYBERATTACK","text":null,"więcej":[1]}';
  const [odd, ending, plain, old] = [
    aMessage({ id: 'A/1', category: 'unknown', raw }),
    aMessage({ id: 'A/2', type: 'unknown', raw }),
    aMessage({ id: 'A/3', raw }),
    aMessage({ id: 'A/4', category: 'unknown' }),
  ];
  await stage.database.unitOfWork.inSystem(({ bulletins }) => bulletins.add([odd, ending, plain, old]));
  expect(await all()).toEqual([odd, ending, plain, old]);
  const { bulletins } = await stage.inTenant(stage.tenant, ({ legal }) => legal.read());
  expect(bulletins).toEqual([odd, ending, aMessage({ id: 'A/3' }), old]);
});
