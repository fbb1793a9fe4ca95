import { readFile } from 'node:fs/promises';

import { describe, expect, it } from '@jest/globals';
import { limitOf } from '@latarnik/domain';

import { endpointGroupOf, polledSession } from './endpoint-group.js';

/** The official contract is not part of this repository: whoever has it names the file. */
const openApi = process.env['KSEF_OPENAPI'];
if (openApi === undefined) console.warn('KSEF_OPENAPI is not set: limits are not compared with the OpenAPI document');

interface Operation {
  readonly 'x-rate-limits'?: Readonly<Record<string, number>>;
}

it.each([
  ['POST', '/sessions/batch', 'batch-open'],
  ['POST', '/sessions/batch/20261120-SB-1/close', 'batch-close'],
  ['POST', '/sessions/online', 'online-open'],
  ['POST', '/sessions/online/20261120-SO-1/invoices', 'online-send'],
  ['POST', '/sessions/online/20261120-SO-1/close', 'online-close'],
  ['GET', '/sessions?sessionType=Batch', 'session-list'],
  ['GET', '/sessions/20261120-SB-1', 'session-other'],
  ['GET', '/sessions/20261120-SB-1/invoices?pageSize=1000', 'session-invoices'],
  ['GET', '/sessions/20261120-SB-1/invoices/failed', 'session-invoices'],
  ['GET', '/sessions/20261120-SB-1/invoices/20261120-EE-1', 'invoice-status'],
  ['GET', '/sessions/20261120-SB-1/invoices/20261120-EE-1/upo', 'session-other'],
  ['GET', '/sessions/20261120-SB-1/invoices/ksef/5265877635-20261120-0100001AF629-AF/upo', 'session-other'],
  ['GET', '/sessions/20261120-SB-1/upo/20261120-UP-1', 'session-other'],
  ['POST', '/invoices/query/metadata?pageSize=10', 'invoice-query'],
  ['GET', '/invoices/ksef/5265877635-20261120-0100001AF629-AF', 'invoice-download'],
  ['POST', '/certificates/query?pageSize=50&pageOffset=0', 'certificate-query'],
  ['POST', '/certificates/0123/revoke', 'certificate-revoke'],
  ['GET', '/auth/20261120-AU-1', 'public'],
  ['GET', '/auth/sessions', 'other'],
  ['GET', '/security/public-key-certificates', 'public'],
  ['DELETE', '/what/nobody/knows', 'other'],
])('%s %s counts as %s', (method, path, group) => {
  expect(endpointGroupOf(method, path)).toBe(group);
});

it('takes the question for the state of a session as a poll, and nothing else', () => {
  expect(polledSession('GET', '/sessions/20261120-SB-1?x=1')).toBe('20261120-SB-1');
  for (const [method, path] of [
    ['GET', '/sessions'],
    ['GET', '/sessions/20261120-SB-1/invoices'],
    ['GET', '/sessions/20261120-SB-1/upo/1'],
    ['POST', '/sessions/batch'],
  ] as const) {
    expect(polledSession(method, path)).toBeUndefined();
  }
});

describe('the published limits', () => {
  (openApi === undefined ? it.skip : it)('of every operation are those of its group', async () => {
    const { paths } = JSON.parse(await readFile(openApi ?? '', 'utf8')) as {
      paths: Record<string, Record<string, Operation>>;
    };
    const compared: string[] = [];
    for (const [path, operations] of Object.entries(paths)) {
      // Test data is none of our business.
      if (path.startsWith('/testdata/')) continue;
      for (const [method, operation] of Object.entries(operations)) {
        const published = operation['x-rate-limits'];
        if (published === undefined) continue;
        const group = endpointGroupOf(method.toUpperCase(), path);
        expect({ path, ...limitOf(group) }).toEqual({ path, ...published });
        compared.push(path);
      }
    }
    expect(compared.length).toBeGreaterThan(50);
  });
});
