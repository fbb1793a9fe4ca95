import { expect, it } from '@jest/globals';
import { readWorkerConfiguration } from './worker-configuration.js';

it('has the documented defaults', () => {
  expect(readWorkerConfiguration({})).toEqual({
    healthPort: 8081,
    watchSeconds: 30,
    sweepSeconds: 10,
    alertSeconds: 30,
    certificateSeconds: 10,
    auditSealSeconds: 5,
    shutdownSeconds: 20,
    drillEveryHours: 0,
  });
});

it('refuses a watch so slow that what it saw would be too old to count', () => {
  expect(() => readWorkerConfiguration({ LATARNIK_WATCH_SECONDS: '300' })).toThrow('LATARNIK_WATCH_SECONDS');
});

it('refuses drills by the clock on production', () => {
  const everyDay = { LATARNIK_DRILL_EVERY_HOURS: '24' };
  expect(readWorkerConfiguration({ ...everyDay, LATARNIK_ENVIRONMENT: 'test' })).toMatchObject({ drillEveryHours: 24 });
  const onProduction = { ...everyDay, LATARNIK_ENVIRONMENT: 'production' };
  expect(() => readWorkerConfiguration(onProduction)).toThrow('LATARNIK_DRILL_EVERY_HOURS');
});
