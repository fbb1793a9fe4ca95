import { connect } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Simulator } from './index.js';
import { startQuick } from './testing/setup.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startQuick();
});
afterAll(async () => {
  await simulator.close();
});

/** What the server says to these very octets, until it closes. */
function said(origin: string, octets: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(octets));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => (text += part));
    socket.on('close', () => {
      resolve(text);
    });
    socket.on('error', reject);
  });
}

const END = 'Host: x\r\nConnection: close\r\n\r\n';
const REQUESTS: readonly (readonly [string, string, string])[] = [
  ['a path that cannot be decoded', `GET /%zz HTTP/1.1\r\n${END}`, '400'],
  ['such a path below the API', `GET /v2/sessions/%zz HTTP/1.1\r\n${END}`, '400'],
  ['a route that is not there', `GET /v3/none HTTP/1.1\r\n${END}`, '404'],
  ['a request that names no host', 'GET /status HTTP/1.1\r\nConnection: close\r\n\r\n', '400'],
  ['such a request for nothing', 'GET /v3/none HTTP/1.1\r\nConnection: close\r\n\r\n', '400'],
  ['a method that nobody has', `PROPFIND / HTTP/1.1\r\n${END}`, '404'],
  ['an expectation nobody meets', `GET /status HTTP/1.1\r\nExpect: miracles\r\n${END}`, '417'],
  [
    'a body that is no JSON',
    `POST /control/faults HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 1\r\n${END}{`,
    '400',
  ],
  ['a parameter that is far too long', `GET /v2/sessions/${'a'.repeat(5000)} HTTP/1.1\r\n${END}`, '4'],
  ['headers that are far too long', `GET / HTTP/1.1\r\nX-Long: ${'a'.repeat(17_000)}\r\n${END}`, '4'],
  ['no HTTP at all', 'hello\r\n\r\n', '400'],
];

describe.each(['ksefUrl', 'latarniaUrl'] as const)('the Simulator header of %s', (which) => {
  it.each(REQUESTS)('is on the answer to %s', async (_what, octets, status) => {
    const answer = await said(simulator[which], octets);
    const [statusLine = '', ...rest] = answer.split('\r\n');
    expect(statusLine).toContain(` ${status}`);
    const named = rest.filter((line) => line.toLowerCase() === 'simulator: latarnik-ksef-simulator');
    expect(named).toHaveLength(1);
  });
});
