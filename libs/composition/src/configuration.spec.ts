import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, readConfiguration } from './configuration.js';

const COMPLETE = {
  DATABASE_URL: 'postgres://latarnik:secret-password@db/latarnik',
  LATARNIK_ENVIRONMENT: 'production',
  LATARNIK_KSEF_URL: 'https://api.ksef.mf.gov.pl/v2',
  LATARNIK_LATARNIA_URL: 'https://api-latarnia.ksef.mf.gov.pl',
  LATARNIK_SPOOL_DIRECTORY: '/var/spool/latarnik',
};

describe('readConfiguration', () => {
  it('takes what is given and the documented defaults for the rest', () => {
    expect(readConfiguration(COMPLETE, 'worker@host/1')).toEqual({
      environment: 'production',
      databaseUrl: COMPLETE.DATABASE_URL,
      poolSize: 10,
      queue: true,
      ksefUrl: COMPLETE.LATARNIK_KSEF_URL,
      latarniaUrl: COMPLETE.LATARNIK_LATARNIA_URL,
      ksefTimeoutSeconds: 30,
      spoolDirectory: '/var/spool/latarnik',
      processName: 'worker@host/1',
      batchLingerSeconds: 120,
      extensions: [],
      saturdayIsBusinessDay: false,
    });
  });

  it('names everything that is wrong at once, and never a value', () => {
    const wrong = {
      ...COMPLETE,
      LATARNIK_ENVIRONMENT: 'prod',
      LATARNIK_DATABASE_POOL: '0',
      LATARNIK_KSEF_URL: '',
      LATARNIK_QUEUE: 'maybe',
    };
    const read = () => readConfiguration(wrong, 'api');

    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(/LATARNIK_ENVIRONMENT.*LATARNIK_DATABASE_POOL.*LATARNIK_QUEUE.*LATARNIK_KSEF_URL/);
    expect(read).not.toThrow(/secret-password|maybe/);
  });

  it('splits the list of extensions', () => {
    const { extensions } = readConfiguration({ ...COMPLETE, LATARNIK_EXTENSIONS: '/a.js,/b.js' }, 'api');

    expect(extensions).toEqual(['/a.js', '/b.js']);
  });
});
