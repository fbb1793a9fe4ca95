import type { lookup } from 'node:dns';

import { describe, expect, it } from '@jest/globals';

import { isPrivateAddress, PRIVATE_ADDRESS, publicAddressesOnly } from './private-address.js';

describe('an address', () => {
  it.each([
    ...[
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
    ],
    ...['::1', '::', 'fe80::1', 'fd00::1', '::ffff:10.0.0.1', '::ffff:169.254.169.254', '64:ff9b::a00:1'],
  ])('%s is private', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(['172.15.255.255', '172.32.0.1', '193.0.0.1', '100.128.0.1', '2001:4860:4860::8888', '::ffff:8.8.8.8'])(
    '%s is public',
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );
});

describe('a name', () => {
  type Found = readonly { readonly address: string; readonly family: number }[];
  const resolveTo = (found: Found) =>
    ((_name: string, _options: unknown, callback: (error: null, found: Found) => void) => {
      callback(null, found);
    }) as unknown as typeof lookup;
  const look = (name: string, found: Found): Promise<unknown> =>
    new Promise((resolve) => {
      publicAddressesOnly(new Set(['localhost']), resolveTo(found))(name, { all: true }, (error, addresses) => {
        resolve(error === null ? addresses : error.code);
      });
    });
  const open = { address: '193.0.0.1', family: 4 };
  const inside = { address: '10.0.0.1', family: 4 };

  it('leads to public addresses only, all of them', async () => {
    expect(await look('storage.ksef.mf.gov.pl', [open])).toEqual([open]);
    expect(await look('storage.ksef.mf.gov.pl', [inside])).toBe(PRIVATE_ADDRESS);
    expect(await look('storage.ksef.mf.gov.pl', [open, inside])).toBe(PRIVATE_ADDRESS);
  });

  it('of a simulator that is known may lead to this machine', async () => {
    const here = { address: '127.0.0.1', family: 4 };
    expect(await look('localhost', [here])).toEqual([here]);
  });
});
