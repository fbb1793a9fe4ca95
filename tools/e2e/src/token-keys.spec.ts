import { constants, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseContextIdentifier, type TenantId } from '@latarnik/domain';
import type { IssuedCertificate, System } from '@latarnik/launcher';
import { call, eventually } from './testing/client.js';
import { HandWorker, issueOffline, restart, statuses } from './testing/key-system.js';
import { runningSystem } from './testing/running-system.js';
import { SoftHsm, whyNoSoftHsm } from './testing/softhsm.js';

const why = whyNoSoftHsm();
if (why !== undefined) console.warn(`no SoftHSM, so issuing with a token is not tested here: ${why}`);
const describeWithToken = why === undefined ? describe : describe.skip;

describeWithToken('certificates whose keys are in a token', () => {
  let system: System;
  let hsm: SoftHsm;
  let signing: IssuedCertificate;
  beforeAll(async () => {
    hsm = new SoftHsm('4711-0815');
    system = await runningSystem({ env: hsm.env, offlineCertificate: false });
    signing = await importIntoToken('Offline', 'RSA', '01');
    await importIntoToken('Authentication', 'EC', '02');
    await restart(system.worker);
  });
  afterAll(async () => {
    await system.stop();
    hsm[Symbol.dispose]();
  });

  /** The key is made for the test, put into the token, and forgotten; Latarnik gets the certificate and the reference. */
  async function importIntoToken(
    type: 'Offline' | 'Authentication',
    keyType: 'EC' | 'RSA',
    id: string,
  ): Promise<IssuedCertificate> {
    const made = await system.control.issueCertificate(type, system.contextNip, keyType);
    const reference = hsm.importKey(made.privateKeyPem, type.toLowerCase(), id);
    const context = parseContextIdentifier('Nip', system.contextNip);
    if (!context.ok) throw new Error('no context');
    await using hand = await HandWorker.start(system);
    const imported = await hand.composition.useCases.importTokenCertificate.execute({
      ...{ tenant: system.tenantId as TenantId, actor: 'operator', context: context.value },
      key: { kind: 'pkcs11', certificate: Buffer.from(made.certificatePem), reference },
    });
    if (!imported.ok) throw new Error(JSON.stringify(imported.error));
    return made;
  }

  it('sign KOD II of invoices, and log in to send them', async () => {
    const issued = await issueOffline(system);
    const { codes } = issued.json as { codes: { certificate: { url: string } } };
    const { host, pathname } = new URL(codes.certificate.url);
    const end = pathname.lastIndexOf('/');
    await call(system, { method: 'POST', path: '/v1/batches' });

    expect(issued.status).toBe(201);
    expect(pathname).toContain(`/${signing.certificateSerialNumber}/`);
    expect(
      verify(
        'sha256',
        Buffer.from(`${host}${pathname.slice(0, end)}`),
        { key: signing.certificatePem, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
        Buffer.from(pathname.slice(end + 1), 'base64url'),
      ),
    ).toBe(true);
    await eventually('it is sent', async () => (await statuses(system)).every((status) => status === 'sent'));
  });

  it.each([
    [
      'is pulled out',
      () => {
        hsm.move('out');
      },
      () => {
        hsm.move('in');
      },
    ],
    [
      'refuses the PIN',
      () => {
        hsm.writePin('1234');
      },
      () => {
        hsm.writePin(hsm.pin);
      },
    ],
  ])(
    'sign nothing when the token %s: 503, nothing is issued, no other key takes its place',
    async (_what, spoil, mend) => {
      await system.importCertificate('Offline', 'EC');
      // The certificate that lives longest is used; their ends are in whole seconds.
      const second = Math.floor(Date.now() / 1000);
      await eventually('it is a later second', () => Promise.resolve(Math.floor(Date.now() / 1000) > second));
      await importIntoToken('Offline', 'EC', _what === 'is pulled out' ? '03' : '04');
      const before = (await statuses(system)).length;
      spoil();
      await restart(system.api);
      const refused = await issueOffline(system);
      mend();

      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('10');
      expect(refused.json).toMatchObject({ code: 'SIGNER_UNAVAILABLE', trouble: 'token' });
      expect(await statuses(system)).toHaveLength(before);
      expect((await issueOffline(system)).status).toBe(201);
    },
  );
});
