import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { readSigning, signingFrom } from './signing.js';

const KEY = Buffer.alloc(32, 0x5a).toString('base64');

function read(variables: Record<string, string>) {
  const problems: string[] = [];
  return { signing: readSigning(variables, (problem) => problems.push(problem)), problems };
}

describe('where the key-encryption key comes from', () => {
  it.each([
    [{ LATARNIK_KEY_ENCRYPTION_KEY_FILE: '/kek' }, { kind: 'file', path: '/kek' }],
    [{ LATARNIK_KEY_ENCRYPTION_KEYS_DIRECTORY: '/keks' }, { kind: 'directory', path: '/keks' }],
    [
      { LATARNIK_KEY_ENCRYPTION_KEY: KEY, LATARNIK_KEY_ENCRYPTION_KEY_FILE: '' },
      { kind: 'text', name: 'LATARNIK_KEY_ENCRYPTION_KEY', reveal: expect.any(Function) },
    ],
  ])('is one variable', (variables, keyEncryptionKeys) => {
    expect(read(variables as Record<string, string>)).toEqual({ signing: { keyEncryptionKeys }, problems: [] });
  });

  it('may be none, and must not be two', () => {
    const two = { LATARNIK_KEY_ENCRYPTION_KEY: KEY, LATARNIK_KEY_ENCRYPTION_KEYS_DIRECTORY: '/keks' };

    expect(read({})).toEqual({ signing: {}, problems: [] });
    expect(read(two).problems).toEqual([
      'only one of LATARNIK_KEY_ENCRYPTION_KEYS_DIRECTORY, LATARNIK_KEY_ENCRYPTION_KEY may be set',
    ]);
  });

  it('does not show a key of the environment when it is printed', () => {
    const { signing } = read({ LATARNIK_KEY_ENCRYPTION_KEY: KEY });

    expect(inspect(signing, { depth: null, showHidden: true }) + JSON.stringify(signing)).not.toContain(KEY);
  });
});

describe('a token', () => {
  it('is a module, a PIN file, perhaps a label, and the environment without what is ours', () => {
    const variables = {
      ...{ LATARNIK_PKCS11_MODULE: '/m.so', LATARNIK_PKCS11_PIN_FILE: '/pin', LATARNIK_PKCS11_TOKEN: 'prod' },
      ...{
        SOFTHSM2_CONF: '/conf',
        DATABASE_URL: 'postgres://secret',
        LATARNIK_KEY_ENCRYPTION_KEY: KEY,
        PGPASSWORD: 'x',
      },
    };

    expect(read(variables).signing.pkcs11).toEqual({
      ...{ modulePath: '/m.so', pinFile: '/pin', tokenLabel: 'prod', callTimeoutMs: 5000 },
      environment: { SOFTHSM2_CONF: '/conf' },
    });
  });

  it('is not without its PIN file, and waits for 60 seconds at most', () => {
    const wrong = { LATARNIK_PKCS11_MODULE: '/m.so', LATARNIK_PKCS11_TIMEOUT_SECONDS: '61' };

    expect(read(wrong).problems).toEqual([
      'LATARNIK_PKCS11_MODULE is set, but LATARNIK_PKCS11_PIN_FILE is not',
      'LATARNIK_PKCS11_TIMEOUT_SECONDS must be a whole number from 1 to 60',
    ]);
  });
});

describe('the form of ECDSA signatures in KOD II', () => {
  it('is told only on request', () => {
    expect(read({ LATARNIK_KOD_II_ECDSA_FORM: 'der' }).signing).toEqual({ kodIIEcdsaForm: 'der' });
    expect(read({ LATARNIK_KOD_II_ECDSA_FORM: '' })).toEqual({ signing: {}, problems: [] });
    expect(read({ LATARNIK_KOD_II_ECDSA_FORM: 'DER' }).problems).toEqual([
      'LATARNIK_KOD_II_ECDSA_FORM must be one of p1363, der',
    ]);
  });
});

describe('signingFrom', () => {
  const logged = async (signing: Parameters<typeof signingFrom>[0]) => {
    const events: object[] = [];
    await signingFrom(signing, (event) => events.push(event));
    return events;
  };
  const reveal = (text: string) =>
    ({ keyEncryptionKeys: { kind: 'text', name: 'THE_KEY', reveal: () => text } }) as const;

  it('says which key seals', async () => {
    expect(await logged(reveal(KEY))).toEqual([{ event: 'signing.key-encryption-key', version: 1 }]);
  });

  it.each([
    ['is not set', {}, 'none of LATARNIK_KEY_ENCRYPTION_KEY_FILE,'],
    ['is not one', reveal('short'), 'THE_KEY does not hold a key-encryption key'],
    [
      'is not there',
      { keyEncryptionKeys: { kind: 'file', path: '/nowhere/kek' } } as const,
      '/nowhere/kek cannot be read',
    ],
  ])('starts without a key that %s, and says so', async (_what, signing, words) => {
    expect(await logged(signing)).toEqual([
      {
        event: 'signing.key-encryption-key-unusable',
        error: expect.stringContaining(words),
        consequence: expect.stringContaining('Nothing is issued offline'),
      },
    ]);
  });
});
