import 'reflect-metadata';
import { Temporal, webhookSecretText, type WebhookMessage } from '@latarnik/domain';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { webcrypto } from 'node:crypto';
import { HttpWebhookSender, type WebhookSenderOptions } from './http-webhook-sender.js';
import { verifyWebhook } from './signature.js';
import { Receiver } from './testing/receiver.js';

const AT = Temporal.Instant.from('2026-11-20T12:00:00.900Z');
const SECRET = Uint8Array.from({ length: 32 }, (_, at) => at);
const OLD_SECRET = new Uint8Array(32).fill(7);

let receiver: Receiver;
let asked: string[];
beforeEach(async () => {
  receiver = await Receiver.start();
  asked = [];
});
afterEach(() => receiver.stop());

/** A name server that answers each question with the next of these. */
function sender(answers: readonly (readonly string[])[] = [], options: Partial<WebhookSenderOptions> = {}) {
  let at = 0;
  const resolve = (hostname: string): Promise<readonly string[]> => {
    asked.push(hostname);
    const found = answers[Math.min(at++, answers.length - 1)];
    return found === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(found);
  };
  return new HttpWebhookSender({ timeoutMs: 5000, allowLoopback: true, resolve, ...options });
}

const message = (url: string, change: Partial<WebhookMessage> = {}): WebhookMessage => ({
  ...{ url, id: 'evt_00000000a1b2_7', at: AT, body: '{"type":"invoice.accepted","name":"Zażółć"}', secrets: [SECRET] },
  ...change,
});

describe('a delivery', () => {
  it('is a signed POST that a receiver can verify with either of two live secrets', async () => {
    const sent = await sender().send(message(receiver.url(), { secrets: [SECRET, OLD_SECRET] }));
    expect(sent).toEqual({ kind: 'taken', httpStatus: 204 });
    const [got] = receiver.messages;
    expect(got).toMatchObject({
      method: 'POST',
      path: '/hook',
      body: '{"type":"invoice.accepted","name":"Zażółć"}',
      headers: {
        'content-type': 'application/json',
        'webhook-id': 'evt_00000000a1b2_7',
        'webhook-timestamp': '1795176000',
      },
    });
    const { headers, body } = got!;
    const now = 1_795_176_000;
    for (const secret of [SECRET, OLD_SECRET]) {
      expect(verifyWebhook(webhookSecretText(secret), headers, body, now)).toEqual({ genuine: true });
    }
    const wrong = [
      verifyWebhook(webhookSecretText(new Uint8Array(32)), headers, body, now),
      verifyWebhook(webhookSecretText(SECRET), headers, body.replace('accepted', 'rejected'), now),
      verifyWebhook(webhookSecretText(SECRET), { ...headers, 'webhook-id': 'evt_00000000a1b2_8' }, body, now),
      verifyWebhook(webhookSecretText(SECRET), { ...headers, 'webhook-timestamp': '1795176001' }, body, now),
      verifyWebhook(webhookSecretText(SECRET), headers, body, now + 301),
      verifyWebhook(webhookSecretText(SECRET), headers, body, now - 301),
      verifyWebhook(webhookSecretText(SECRET), {}, body, now),
    ];
    expect(wrong.map(({ genuine }) => genuine)).toEqual(Array(wrong.length).fill(false));
  });

  it('fits the published example of Standard Webhooks', () => {
    // standard-webhooks/spec, "Signature scheme", example of the reference libraries.
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(verifyWebhook(secret, headers, '{"test": 2432232314}', 1_614_265_330)).toEqual({ genuine: true });
  });

  it.each([
    [200, undefined, { kind: 'taken', httpStatus: 200 }],
    [299, undefined, { kind: 'taken', httpStatus: 299 }],
    [400, undefined, { kind: 'refused', httpStatus: 400 }],
    [410, undefined, { kind: 'refused', httpStatus: 410 }],
    [503, '120', { kind: 'refused', httpStatus: 503, retryAfterSeconds: 120 }],
    [429, 'Fri, 20 Nov 2026 12:01:00 GMT', { kind: 'refused', httpStatus: 429, retryAfterSeconds: 60 }],
    [429, 'Fri, 20 Nov 2020 12:01:00 GMT', { kind: 'refused', httpStatus: 429, retryAfterSeconds: 0 }],
    [500, '999999999', { kind: 'refused', httpStatus: 500, retryAfterSeconds: 86_400 }],
    [500, 'soon', { kind: 'refused', httpStatus: 500 }],
  ])('that is answered with %i (Retry-After: %s) ends so', async (status, retryAfter, expected) => {
    receiver.behaviour = (response) => {
      response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end('text');
    };
    expect(await sender().send(message(receiver.url()))).toEqual(expected);
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect (%i): to another address least of all', async (status) => {
    const elsewhere = await Receiver.start();
    receiver.behaviour = (response) => response.writeHead(status, { location: elsewhere.url() }).end();
    expect(await sender().send(message(receiver.url()))).toEqual({ kind: 'refused', httpStatus: status });
    expect(elsewhere.connections).toBe(0);
    expect(receiver.messages).toHaveLength(1);
    await elsewhere.stop();
  });

  it('is unknown when the answer does not come whole in time, however busily it dribbles', async () => {
    const dribbling: NodeJS.Timeout[] = [];
    receiver.behaviour = (_response, { socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      dribbling.push(setInterval(() => socket.write('X-A: b\r\n'), 20));
    };
    const sent = await sender([], { timeoutMs: 400 }).send(message(receiver.url()));
    dribbling.forEach(clearInterval);
    expect(sent).toEqual({ kind: 'unknown', cause: 'no answer in time' });
  });

  it('is unknown when the connection is cut, or what comes is no HTTP, after it was sent', async () => {
    receiver.behaviour = (_response, { socket }) => socket.destroy();
    expect(await sender().send(message(receiver.url()))).toMatchObject({ kind: 'unknown' });
    receiver.behaviour = (_response, { socket }) => socket.end('SSH-2.0-OpenSSH\r\n\r\n');
    expect(await sender().send(message(receiver.url()))).toMatchObject({ kind: 'unknown' });
    receiver.behaviour = (response) =>
      response.writeHead(200, { 'x-long': 'x'.repeat(15_000), 'x-more': 'x'.repeat(15_000) }).end();
    expect(await sender().send(message(receiver.url()))).toMatchObject({ kind: 'unknown' });
  });

  it('reads a few kB of an endless answer, and closes the connection', async () => {
    let written = 0;
    receiver.behaviour = (response) => {
      response.writeHead(200);
      const pour = (): void => {
        while (!response.destroyed && written < 500_000_000) {
          written += 16_384;
          if (!response.write(Buffer.alloc(16_384))) return void response.once('drain', pour);
        }
      };
      pour();
    };
    expect(await sender().send(message(receiver.url()))).toEqual({ kind: 'taken', httpStatus: 200 });
    while (receiver.closed < receiver.connections) await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBeLessThan(50_000_000);
  });

  it('does not wait for a body that never ends: the status was told', async () => {
    receiver.behaviour = (response) => void response.writeHead(200, { 'content-length': '100' }).write('x');
    expect(await sender([], { timeoutMs: 300 }).send(message(receiver.url()))).toEqual({
      kind: 'taken',
      httpStatus: 200,
    });
  });

  it('surely did not arrive where nobody listens, or nobody knows the name', async () => {
    const gone = await Receiver.start();
    const url = gone.url();
    await gone.stop();
    expect(await sender().send(message(url))).toEqual({ kind: 'not-sent', cause: 'ECONNREFUSED' });
    expect(await sender().send(message('https://nobody.example/'))).toMatchObject({ kind: 'not-sent' });
  });
});

describe('an address that is not on the Internet', () => {
  const PRIVATE = [
    ...['127.0.0.1', '127.1.2.3', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254'],
    ...[
      '100.64.0.1',
      '0.0.0.0',
      '0.1.2.3',
      '224.0.0.1',
      '239.255.255.255',
      '255.255.255.255',
      '192.0.0.1',
      '198.18.0.1',
    ],
    ...['::1', '::', 'fe80::1', 'febf::1', 'fec0::1', 'fc00::1', 'fd12:3456::1', 'ff02::1', '64:ff9b::a9fe:a9fe'],
    ...[
      '64:ff9b:1::a00:1',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '::127.0.0.1',
      '2002:7f00:1::',
      '2001:0:1::',
      '2001:db8::1',
    ],
  ];
  const hostOf = (address: string) => (address.includes(':') ? `[${address}]` : address);

  it.each(PRIVATE)(
    '%s is refused as it stands and behind a name, when it is registered and at each delivery',
    async (address) => {
      const strict = sender([[address]], { allowLoopback: false });
      const literal = `https://${hostOf(address)}/`;
      expect(await strict.examine(literal)).toEqual({ ok: false, error: { code: 'WEBHOOK_URL_PRIVATE' } });
      expect(await strict.examine('https://hook.example/')).toEqual({
        ok: false,
        error: { code: 'WEBHOOK_URL_PRIVATE' },
      });
      const refused = { kind: 'not-sent', cause: 'the address is not allowed' };
      expect(await strict.send(message(literal))).toEqual(refused);
      expect(await strict.send(message('https://hook.example/'))).toEqual(refused);
    },
  );

  it.each([
    ...[
      'https://2130706433/',
      'https://0x7f000001/',
      'https://0177.0.0.1/',
      'https://127.1/',
      'https://[::ffff:7f00:1]/',
    ],
    ...['https://localhost/', 'https://0/', 'https://127.0.0.1./', 'https://LOCALHOST./'],
  ])('is known in every spelling: %s', async (url) => {
    const strict = sender([['127.0.0.1']], { allowLoopback: false });
    expect(await strict.examine(url)).toEqual({ ok: false, error: { code: 'WEBHOOK_URL_PRIVATE' } });
    expect(await strict.send(message(url))).toMatchObject({ kind: 'not-sent' });
  });

  it('is refused even if only one of the addresses of a name is', async () => {
    const strict = sender([['93.184.216.34', '10.0.0.1']], { allowLoopback: false });
    expect(await strict.examine('https://hook.example/')).toEqual({
      ok: false,
      error: { code: 'WEBHOOK_URL_PRIVATE' },
    });
  });

  it('is refused when a name that was on the Internet at registration leads to it later (DNS rebinding)', async () => {
    const strict = sender([['93.184.216.34'], ['127.0.0.1']], { allowLoopback: false });
    const url = `https://hook.example:${String(receiver.port)}/`;
    expect(await strict.examine(url)).toEqual({ ok: true, value: undefined });
    expect(await strict.send(message(url))).toEqual({ kind: 'not-sent', cause: 'the address is not allowed' });
    expect(receiver.connections).toBe(0);
  });

  it('stays refused where this machine is allowed', async () => {
    expect(await sender().examine('https://10.0.0.1/')).toEqual({ ok: false, error: { code: 'WEBHOOK_URL_PRIVATE' } });
    expect(await sender([['10.0.0.1']]).examine('https://hook.example/')).toEqual({
      ok: false,
      error: { code: 'WEBHOOK_URL_PRIVATE' },
    });
    expect(await sender().examine('https://[::ffff:127.0.0.1]/')).toEqual({
      ok: false,
      error: { code: 'WEBHOOK_URL_PRIVATE' },
    });
  });
});

describe('a name', () => {
  it('is resolved once for a delivery, and the connection goes to what it said then', async () => {
    const tls = await aCertificate('hook.example');
    const secure = await Receiver.start(tls);
    const url = secure.url('hook.example');
    const sent = await sender([['127.0.0.1'], ['10.0.0.1']], { ca: tls.cert }).send(message(url));
    expect(sent).toEqual({ kind: 'taken', httpStatus: 204 });
    expect(asked).toEqual(['hook.example']);
    expect(secure.messages[0]?.headers['host']).toBe(`hook.example:${String(secure.port)}`);
    await secure.stop();
  });

  it('is proved by the certificate of the receiver: another one, or one that nobody vouches for, gets nothing', async () => {
    const tls = await aCertificate('other.example');
    const secure = await Receiver.start(tls);
    const url = secure.url('hook.example');
    expect(await sender([['127.0.0.1']], { ca: tls.cert }).send(message(url))).toMatchObject({ kind: 'not-sent' });
    expect(await sender([['127.0.0.1']]).send(message(secure.url('other.example')))).toMatchObject({
      kind: 'not-sent',
    });
    expect(secure.messages).toEqual([]);
    await secure.stop();
  });

  it('that nobody knows is no receiver', async () => {
    const unknown = { ok: false, error: { code: 'WEBHOOK_HOST_UNKNOWN' } };
    expect(await sender().examine('https://nobody.example/')).toEqual(unknown);
  });
});

describe('an address', () => {
  it.each([
    ...[
      '',
      'hook',
      'ftp://hook.example/',
      'http://hook.example/',
      'https://user@hook.example/',
      'https://:pass@hook.example/',
    ],
    ...[
      'https://hook.example/#part',
      `https://hook.example/${'x'.repeat(2000)}`,
      'file:///etc/passwd',
      'http://10.0.0.1/',
    ],
  ])('of another kind is refused: %s', async (url) => {
    const examined = await sender([['93.184.216.34']]).examine(url);
    expect(examined).toMatchObject({ ok: false, error: { code: 'WEBHOOK_URL_INVALID' } });
  });

  it('by http is taken for this machine only, and only where that is allowed', async () => {
    expect(await sender().examine('http://127.0.0.1:1/')).toMatchObject({ ok: true });
    expect(await sender().examine('http://localhost:1/')).toMatchObject({ ok: true });
    const strict = sender([], { allowLoopback: false });
    expect(await strict.examine('http://127.0.0.1:1/')).toMatchObject({ error: { code: 'WEBHOOK_URL_INVALID' } });
    expect(
      await sender([['93.184.216.34']], { allowLoopback: false }).examine('https://hook.example:8443/a?b=c'),
    ).toEqual({
      ok: true,
      value: undefined,
    });
  });
});

async function aCertificate(name: string): Promise<{ readonly key: string; readonly cert: string }> {
  x509.cryptoProvider.set(webcrypto as never);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ serialNumber: '01', name: `CN=${name}`, keys: keys as never, signingAlgorithm: algorithm },
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2120-01-01'),
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
  });
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { key: x509.PemConverter.encode(der, 'PRIVATE KEY'), cert: certificate.toString('pem') };
}
