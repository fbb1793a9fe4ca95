import { expect, it } from '@jest/globals';

import { productionSetting, refuseProduction } from './production-guard.js';

it.each([
  [{ NODE_ENV: 'production' }, 'NODE_ENV=production'],
  [{ LATARNIK_ENVIRONMENT: 'production' }, 'LATARNIK_ENVIRONMENT=production'],
  [{ LATARNIK_KSEF_URL: 'https://api.ksef.mf.gov.pl/v2' }, 'LATARNIK_KSEF_URL names a production host'],
  [{ LATARNIK_LATARNIA_URL: 'https://api-latarnia.ksef.mf.gov.pl' }, 'LATARNIK_LATARNIA_URL names a production host'],
])('keeps away from production: %j', (environment, setting) => {
  expect(productionSetting(environment)).toBe(setting);
  expect(() => {
    refuseProduction(environment);
  }).toThrow(`is a test twin and does not start with ${setting}`);
});

it.each([
  [{}],
  [{ NODE_ENV: 'test', LATARNIK_ENVIRONMENT: 'test' }],
  [{ LATARNIK_KSEF_URL: 'http://127.0.0.1:8085/v2' }],
  [{ LATARNIK_KSEF_URL: 'https://api-test.ksef.mf.gov.pl/v2' }],
  [{ LATARNIK_KSEF_URL: 'https://api-demo.ksef.mf.gov.pl/v2' }],
  [{ LATARNIK_LATARNIA_URL: 'not an address' }],
])('runs elsewhere: %j', (environment) => {
  expect(productionSetting(environment)).toBeUndefined();
});
