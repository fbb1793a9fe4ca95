import { describe, expect, it } from '@jest/globals';

import { productionSetting, refuseProduction } from './production-guard.js';

it.each([
  [{ NODE_ENV: 'production' }, 'NODE_ENV=production'],
  [{ NODE_ENV: ' Production\n' }, 'NODE_ENV=production'],
  [{ LATARNIK_ENVIRONMENT: 'production' }, 'LATARNIK_ENVIRONMENT=production'],
  [{ LATARNIK_ENVIRONMENT: 'PRODUCTION' }, 'LATARNIK_ENVIRONMENT=production'],
  [{ LATARNIK_KSEF_URL: 'https://api.ksef.mf.gov.pl/v2' }, 'LATARNIK_KSEF_URL names a production host'],
  [{ LATARNIK_LATARNIA_URL: 'https://api-latarnia.ksef.mf.gov.pl' }, 'LATARNIK_LATARNIA_URL names a production host'],
  [{ LATARNIK_KSEF_URL: 'https://ksef-test.mf.gov.pl.evil/v2' }, 'LATARNIK_KSEF_URL names a host that only looks like'],
])('keeps away from production: %j', (environment, setting) => {
  expect(productionSetting(environment)).toContain(setting);
  expect(() => {
    refuseProduction(environment);
  }).toThrow(`is a test twin and does not start with ${setting}`);
});

describe('however it is spelt', () => {
  it.each([
    'https://api.ksef.mf.gov.pl/v2',
    'https://API.KSeF.mf.gov.pl/v2',
    'HTTPS://API.KSEF.MF.GOV.PL',
    'https://api.ksef.mf.gov.pl./v2',
    'https://api.ksef.mf.gov.pl:443/v2',
    'https://api.ksef.mf.gov.pl:8443/v2',
    'http://api.ksef.mf.gov.pl',
    'https://user:secret@api.ksef.mf.gov.pl/v2',
    'https://api-test.ksef.mf.gov.pl@api.ksef.mf.gov.pl/v2',
    'https://api-test.ksef.mf.gov.pl:x@api.ksef.mf.gov.pl/v2',
    'api.ksef.mf.gov.pl',
    'api.ksef.mf.gov.pl/v2',
    'api.ksef.mf.gov.pl:443/v2',
    'API.ksef.mf.gov.pl.:443',
    '//api.ksef.mf.gov.pl/v2',
    'https:api.ksef.mf.gov.pl',
    'ftp://api.ksef.mf.gov.pl',
    'ksef://API.KSEF.MF.GOV.PL/v2',
    'https:\\\\api.ksef.mf.gov.pl\\v2',
    '  https://api.ksef.mf.gov.pl/v2\n',
    'https://%61pi.ksef.mf.gov.pl/v2',
    'https://api。ksef。mf。gov。pl/v2',
    'https://ksef.mf.gov.pl',
    'https://qr.ksef.mf.gov.pl',
    'https://mf.gov.pl',
    'https://anything.mf.gov.pl',
    // A name with -test in it that the Ministry never gave to a test system.
    'https://api.x-test.ksef.mf.gov.pl/v2',
    'https://a-test.mf.gov.pl',
    'https://api-test.ksef.mf.gov.pl.x-test.mf.gov.pl',
  ])('%s is production', (address) => {
    expect(productionSetting({ LATARNIK_KSEF_URL: address })).toBe('LATARNIK_KSEF_URL names a production host');
  });

  it.each([
    'https://ksef-test.mf.gov.pl.evil',
    'https://api-test.ksef.mf.gov.pl.evil.example/v2',
    'https://api.ksef.mf.gov.pl.example.com/v2',
    'https://api-ksef-mf.gov.pl.example.com',
    'https://xmf.gov.pl',
    'https://api.ksef.rnf.mf-gov.pl.mf.gov.pl.example',
  ])('%s looks like a host of the Ministry and is none', (address) => {
    const setting = productionSetting({ LATARNIK_KSEF_URL: address });
    expect(setting).toBe('LATARNIK_KSEF_URL names a host that only looks like one of the Ministry');
  });

  it.each(['https://api.ksef.mf.gov.pl:port/v2', 'https://api.ksef.mf.gov.pl %'])(
    '%s is not an address, and near enough to production',
    (address) => {
      const setting = productionSetting({ LATARNIK_KSEF_URL: address });
      expect(setting).toBe('LATARNIK_KSEF_URL names a host that only looks like one of the Ministry');
    },
  );
});

it.each([
  [{}],
  [{ NODE_ENV: 'test', LATARNIK_ENVIRONMENT: 'test' }],
  [{ LATARNIK_KSEF_URL: '' }],
  [{ LATARNIK_KSEF_URL: 'http://127.0.0.1:8085/v2' }],
  [{ LATARNIK_KSEF_URL: 'http://localhost:8085/v2' }],
  [{ LATARNIK_KSEF_URL: '127.0.0.1:8085' }],
  [{ LATARNIK_KSEF_URL: 'https://api-test.ksef.mf.gov.pl/v2' }],
  [{ LATARNIK_KSEF_URL: 'https://API-TEST.ksef.mf.gov.pl.:443/v2' }],
  [{ LATARNIK_KSEF_URL: 'api-test.ksef.mf.gov.pl' }],
  [{ LATARNIK_KSEF_URL: 'https://api-demo.ksef.mf.gov.pl/v2' }],
  [{ LATARNIK_LATARNIA_URL: 'https://api-latarnia-test.ksef.mf.gov.pl' }],
  // What stands before the @ is a name to log in with, not a host.
  [{ LATARNIK_KSEF_URL: 'http://api.ksef.mf.gov.pl@127.0.0.1:8085/v2' }],
  [{ LATARNIK_KSEF_URL: 'https://ksef-proxy.example.com/v2' }],
  [{ LATARNIK_LATARNIA_URL: 'not an address' }],
])('runs elsewhere: %j', (environment) => {
  expect(productionSetting(environment)).toBeUndefined();
});
