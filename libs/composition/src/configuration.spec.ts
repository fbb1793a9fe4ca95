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
      loginDirectory: '/var/spool/latarnik/.logins',
      loginKeyFile: '/var/spool/latarnik/.logins/machine.key',
      processName: 'worker@host/1',
      batchLingerSeconds: 120,
      extensions: [],
      saturdayIsBusinessDay: false,
      networkCheckUrls: [],
      alertHours: [24, 6, 1],
      oneOffHolidays: [],
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

  it('takes days that are free once, and no others than days', () => {
    const read = (days: string) => readConfiguration({ ...COMPLETE, LATARNIK_ONE_OFF_HOLIDAYS: days }, 'worker');

    expect(read('2018-11-12, 2027-05-04').oneOffHolidays).toEqual(['2018-11-12', '2027-05-04']);
    for (const wrong of ['2027-02-30', '12.11.2018', 'tomorrow']) {
      expect(() => read(wrong)).toThrow('LATARNIK_ONE_OFF_HOLIDAYS');
    }
  });

  it('takes the hours of warnings in any order, each once', () => {
    const read = (hours: string) =>
      readConfiguration({ ...COMPLETE, LATARNIK_ALERT_HOURS: hours }, 'worker').alertHours;

    expect(read('1, 48,6,6')).toEqual([48, 6, 1]);
    for (const wrong of ['0', '169', '1.5', 'six']) expect(() => read(wrong)).toThrow('LATARNIK_ALERT_HOURS');
  });

  it('takes up to five plain addresses to check the network by', () => {
    const read = (urls: string) => readConfiguration({ ...COMPLETE, LATARNIK_NETWORK_CHECK_URLS: urls }, 'worker');

    expect(read('https://example.pl/, http://127.0.0.1:8080').networkCheckUrls).toEqual([
      'https://example.pl/',
      'http://127.0.0.1:8080',
    ]);
    for (const wrong of ['http://example.pl', 'example.pl', 'https://a:secret@example.pl', 'https://example.pl?q=1']) {
      expect(() => read(wrong)).toThrow('LATARNIK_NETWORK_CHECK_URLS');
      expect(() => read(wrong)).not.toThrow('example');
    }
    expect(() => read(Array(6).fill('https://example.pl').join())).toThrow('5 addresses at most');
  });
});
