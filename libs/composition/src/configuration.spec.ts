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
      upoSignatures: 'checked',
      poolSize: 10,
      queue: true,
      ksefUrl: COMPLETE.LATARNIK_KSEF_URL,
      latarniaUrl: COMPLETE.LATARNIK_LATARNIA_URL,
      ksefTimeoutSeconds: 30,
      callLimits: 'ksef',
      spoolDirectory: '/var/spool/latarnik',
      packageCompression: 'tar.gz',
      loginDirectory: '/var/spool/latarnik/.logins',
      loginKeyFile: '/var/spool/latarnik/.logins/machine.key',
      processName: 'worker@host/1',
      batchLingerSeconds: 120,
      onlineIdleSeconds: 300,
      onlineBudgetSeconds: 15,
      endOfDaySeconds: 600,
      eventDays: 30,
      webhookTimeoutSeconds: 10,
      webhookDisableHours: 120,
      webhookLoopback: false,
      extensions: [],
      approvals: 'two-persons',
      correctionApproval: 'two-persons',
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

  it('posts to webhooks on this machine nowhere but off production', () => {
    const allowed = (environment: string) =>
      readConfiguration(
        { ...COMPLETE, LATARNIK_ENVIRONMENT: environment, LATARNIK_WEBHOOK_LOOPBACK: 'allowed' },
        'api',
      );

    expect(allowed('demo').webhookLoopback).toBe(true);
    expect(() => allowed('production')).toThrow(/LATARNIK_WEBHOOK_LOOPBACK/);
  });

  it('goes without limits of calls in the environment test only', () => {
    const without = (environment: string) =>
      readConfiguration({ ...COMPLETE, LATARNIK_ENVIRONMENT: environment, LATARNIK_CALL_LIMITS: 'none' }, 'worker');

    expect(without('test').callLimits).toBe('none');
    for (const environment of ['production', 'demo'])
      expect(() => without(environment)).toThrow(/LATARNIK_CALL_LIMITS/);
  });

  const IN_THE_SPOOL = {
    loginDirectory: '/var/spool/latarnik/.logins',
    loginKeyFile: '/var/spool/latarnik/.logins/machine.key',
  };
  const TOKEN = { LATARNIK_PKCS11_MODULE: '/m.so', LATARNIK_PKCS11_PIN_FILE: '/pin' };
  it.each<[string, Readonly<Record<string, string>>, object]>([
    ['by default in the spool', {}, IN_THE_SPOOL],
    ['empty variables count as none', { LATARNIK_LOGIN_DIRECTORY: '', LATARNIK_LOGIN_KEY_FILE: '' }, IN_THE_SPOOL],
    ['nowhere', { LATARNIK_LOGIN_DIRECTORY: 'off', LATARNIK_LOGIN_KEY_FILE: '/k' }, {}],
    ['elsewhere', { LATARNIK_LOGIN_DIRECTORY: '/l' }, { loginDirectory: '/l', loginKeyFile: '/l/machine.key' }],
    ['with the key apart', { LATARNIK_LOGIN_KEY_FILE: '/k' }, { ...IN_THE_SPOOL, loginKeyFile: '/k' }],
    ['by default nowhere beside a token', TOKEN, {}],
    ['nowhere beside a token where the variable is empty', { ...TOKEN, LATARNIK_LOGIN_DIRECTORY: '' }, {}],
    ['a key file alone asks for none', { ...TOKEN, LATARNIK_LOGIN_KEY_FILE: '/k' }, {}],
    ['an empty name of a module is no token', { LATARNIK_PKCS11_MODULE: '' }, IN_THE_SPOOL],
    [
      'beside a token where it is asked for',
      { ...TOKEN, LATARNIK_LOGIN_DIRECTORY: '/l', LATARNIK_LOGIN_KEY_FILE: '/k' },
      { loginDirectory: '/l', loginKeyFile: '/k' },
    ],
  ])('keeps logins: %s', (_what, variables, expected) => {
    const { loginDirectory, loginKeyFile } = readConfiguration({ ...COMPLETE, ...variables }, 'worker');

    expect({ loginDirectory, loginKeyFile }).toEqual({
      ...{ loginDirectory: undefined, loginKeyFile: undefined },
      ...expected,
    });
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

describe('what is told about UPOs', () => {
  it('names trusted certificates, and may demand their signature', () => {
    const given = { LATARNIK_UPO_TRUST_FILE: '/etc/upo.pem', LATARNIK_UPO_SIGNER_SUBJECT: 'O=MF' };
    expect(readConfiguration({ ...COMPLETE, ...given, LATARNIK_UPO_SIGNATURES: 'required' }, 'w')).toMatchObject({
      upoTrustFile: '/etc/upo.pem',
      upoSignerSubject: 'O=MF',
      upoSignatures: 'required',
    });
  });

  it.each([
    [{ LATARNIK_UPO_SIGNATURES: 'maybe' }, 'must be one of checked, required'],
    [{ LATARNIK_UPO_SIGNATURES: 'required' }, 'LATARNIK_UPO_TRUST_FILE is not set'],
  ])('refuses %j', (given, problem) => {
    expect(() => readConfiguration({ ...COMPLETE, ...given }, 'w')).toThrow(problem);
  });
});
