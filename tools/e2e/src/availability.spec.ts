import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seedTenant, type System } from '@latarnik/launcher';
import { call, eventually } from './testing/client.js';
import { runningSystem } from './testing/running-system.js';

interface ContextView {
  readonly authorization?: { readonly outcome: string; readonly detail: string; readonly triedAt: string } | null;
  readonly [field: string]: unknown;
}

/** A neutral address: some server that is neither KSeF nor Latarnia. */
async function neutralServer(port = 0): Promise<Server> {
  const server = createServer((_request, response) => response.writeHead(204).end());
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('the availability', () => {
  let system: System;
  let neutral: Server;
  let neutralPort: number;
  beforeAll(async () => {
    neutral = await neutralServer();
    neutralPort = (neutral.address() as AddressInfo).port;
    const env = {
      LATARNIK_NETWORK_CHECK_URLS: `http://127.0.0.1:${String(neutralPort)}/`,
      LATARNIK_BATCH_LINGER_SECONDS: '3600',
    };
    system = await runningSystem({ env });
    await eventually('KSeF was looked at', async () => (await available())['mode'] === 'online');
  });
  afterAll(async () => {
    await system.stop();
    if (neutral.listening) await stopNeutral();
  });

  const available = async () => (await call(system, { path: '/v1/availability' })).json;
  const retry = async () => (await call(system, { method: 'POST', path: '/v1/availability/retry' })).json;
  const contextOf = (answer: Readonly<Record<string, unknown>>): ContextView => {
    const [context] = answer['contexts'] as readonly ContextView[];
    if (context === undefined) throw new Error('no context');
    return context;
  };
  const stopNeutral = async () => {
    neutral.closeAllConnections();
    neutral.close();
    await once(neutral, 'close');
  };
  const reach = (what: 'ksef' | 'latarnia', reachable: boolean) =>
    fetch(`${system.simulatorUrl}/control/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reachable }),
    });
  /** Looks until the answer has these fields. */
  const until = async (fields: Readonly<Record<string, unknown>>) => {
    await eventually(`availability ${JSON.stringify(fields)}`, async () => {
      const answer = await available();
      return Object.entries(fields).every(([name, value]) => answer[name] === value);
    });
    return available();
  };

  it('says what an invoice would get, why, and with which certificates', async () => {
    expect(await available()).toMatchObject({
      ksef: { reachable: true, probe: 'answered', detail: 'KSeF answers.' },
      network: 'up',
      latarnia: { status: 'available' },
      mode: 'online',
      reason: 'KSeF answers, and no announced outage covers the invoice.',
      sending: true,
      sendingReason: 'KSeF can be reached.',
      outages: [],
      contexts: [
        {
          context: `Nip:${system.contextNip}`,
          mode: 'online',
          canIssueOffline: true,
          cannotIssueOfflineBecause: null,
          offlineCertificate: { type: 'Offline', serial: expect.stringMatching(/^[0-9A-F]{16}$/) },
          canLogIn: true,
          loginCertificate: { type: 'Authentication', notBefore: expect.any(String), notAfter: expect.any(String) },
        },
      ],
    });
  });

  it('tells KSeF out of reach from a failure in law and from our own network', async () => {
    await reach('ksef', false);
    const answer = await until({ mode: 'offline24', network: 'up', sending: false });

    expect(answer['reason']).toMatch(/^KSeF does not answer \(.*\), while other addresses do: .*\(art\. 106ne\)/);
    expect(answer['sendingReason']).toMatch(/^KSeF cannot be reached since /);
    expect(contextOf(answer)).toMatchObject({ mode: 'offline24', canIssueOffline: true });
  });

  it('tries a login at once, and says that KSeF does not answer', async () => {
    const answer = await retry();

    expect(contextOf(answer).authorization).toMatchObject({ outcome: 'unreachable' });
    expect(answer).toMatchObject({ mode: 'offline24', sending: false });
  });

  it('knows by a third address, or by its silence, whose network is lost', async () => {
    await reach('latarnia', false);
    const ksefOnly = await until({ network: 'up', mode: 'offline24' });
    await eventually('Latarnia is unknown', async () => {
      const { latarnia, network } = (await available()) as { latarnia: { status: string }; network: string };
      return latarnia.status === 'unknown' && network === 'up';
    });
    await stopNeutral();
    const nobody = await until({ network: 'down' });
    neutral = await neutralServer(neutralPort);

    expect(ksefOnly['reason']).toContain('the trouble is at KSeF');
    expect(nobody).toMatchObject({
      mode: 'offline24',
      latarnia: { status: 'unknown' },
      reason: expect.stringMatching(/it looks like our own network\. .*check the announcements in BIP by hand\.$/),
    });
    await until({ network: 'up' });
    await reach('latarnia', true);
  });

  it('lets batches out at once when a login succeeds', async () => {
    await reach('ksef', true);
    let answer = await retry();
    await eventually('KSeF let us in', async () => {
      answer = await retry();
      return contextOf(answer).authorization?.outcome === 'authorized';
    });

    expect(answer).toMatchObject({ mode: 'online', sending: true, network: 'up' });
    const again = contextOf(await retry()).authorization;
    expect(again).toEqual(contextOf(answer).authorization);
  });

  it('says in words what a context without certificates lacks, and what an invoice would meet', async () => {
    const { apiKey } = await seedTenant(system.apiEnv, 'Another company', '5265877635');
    const bare = await call(system, { path: '/v1/availability', apiKey });
    const tried = await call(system, { method: 'POST', path: '/v1/availability/retry', apiKey });
    const { certificatePem, privateKeyPem } = await system.control.issueCertificate('Authentication', '5265877635');
    const imported = await call(system, {
      method: 'POST',
      path: '/v1/certificates',
      type: 'application/json',
      body: JSON.stringify({ context: 'Nip:5265877635', certificatePem, privateKeyPem }),
      apiKey,
    });
    const withLogin = await call(system, { path: '/v1/availability', apiKey });

    expect(contextOf(bare.json)).toMatchObject({
      mode: null,
      reason: expect.stringMatching(/^It would be refused\./),
      canIssueOffline: false,
      cannotIssueOfflineBecause:
        'There is no certificate for this context; the codes of offline invoices need one of type Offline.',
      offlineCertificate: null,
      canLogIn: false,
    });
    expect(contextOf(tried.json).authorization).toMatchObject({ outcome: 'no-certificate' });
    expect(imported.status).toBe(201);
    expect(contextOf(withLogin.json)).toMatchObject({
      mode: 'online',
      canLogIn: true,
      cannotIssueOfflineBecause:
        'There is only a certificate of type Authentication; the codes of offline invoices need one of type Offline.',
    });
  });

  it('refuses a caller without a key', async () => {
    expect((await call(system, { method: 'POST', path: '/v1/availability/retry', apiKey: '' })).status).toBe(401);
  });
});
