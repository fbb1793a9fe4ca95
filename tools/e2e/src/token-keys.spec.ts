import { constants, verify } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IssuedCertificate, System } from '@latarnik/launcher';
import pg from 'pg';
import { call, eventually, type Answer } from './testing/client.js';
import { issueOffline, restart, statuses } from './testing/key-system.js';
import { runningSystem } from './testing/running-system.js';
import { SoftHsm, whyNoSoftHsm } from './testing/softhsm.js';

const why = whyNoSoftHsm();
if (why !== undefined) console.warn(`no SoftHSM, so issuing with a token is not tested here: ${why}`);
const describeWithToken = why === undefined ? describe : describe.skip;

const SHA256_HEX = expect.stringMatching(/^[0-9a-f]{64}$/);

describeWithToken('certificates whose keys are in a token', () => {
  let system: System;
  let hsm: SoftHsm;
  let signing: IssuedCertificate;
  let login: IssuedCertificate;
  beforeAll(async () => {
    hsm = new SoftHsm('4711-0815');
    system = await runningSystem({ env: hsm.env, offlineCertificate: false });
    signing = await importIntoToken('Offline', 'RSA', '01');
    const { json } = await call(system, { path: '/v1/certificates' });
    const others = json['items'] as readonly { id: string; type: string }[];
    login = await importIntoToken('Authentication', 'EC', '02');
    // Only the token's is left to log in with.
    for (const { id } of others.filter(({ type }) => type === 'Authentication')) {
      await call(system, { method: 'DELETE', path: `/v1/certificates/${id}` });
    }
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
    const imported = await importing({ type, certificatePem: made.certificatePem, keyReference: reference });
    if (imported.status !== 201) throw new Error(imported.text);
    return made;
  }

  async function audited(action: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const client = new pg.Client({ connectionString: system.databaseUrl });
    await client.connect();
    try {
      const text = 'SELECT facts FROM audit_entry WHERE action = $1 ORDER BY id';
      const { rows } = await client.query<{ facts: Readonly<Record<string, unknown>> }>(text, [action]);
      return rows.map(({ facts }) => facts);
    } finally {
      await client.end();
    }
  }

  const importing = (body: Readonly<Record<string, unknown>>): Promise<Answer> =>
    call(system, {
      ...{ method: 'POST', path: '/v1/certificates', type: 'application/json' },
      body: JSON.stringify({ context: `Nip:${system.contextNip}`, ...body }),
    });

  it('are imported with a reference, each refusal in its own words, and shown without it', async () => {
    const before = (await call(system, { path: '/v1/certificates' })).json['items'] as readonly object[];
    const made = await system.control.issueCertificate('Offline', system.contextNip, 'EC');
    const other = await system.control.issueCertificate('Offline', system.contextNip, 'EC');
    const keyReference = hsm.importKey(made.privateKeyPem, 'offline-twice', '0A');
    const { certificatePem, privateKeyPem: keyPem } = made;
    const refusals: readonly (readonly [string, number, Readonly<Record<string, unknown>>])[] = [
      ['REFERENCE_INVALID', 422, { certificatePem, keyReference: `${keyReference}?pin-value=${hsm.pin}` }],
      ['CERTIFICATE_UNREADABLE', 422, { certificatePem: 'x', keyReference }],
      ['TOKEN_KEY_NOT_FOUND', 422, { certificatePem, keyReference: 'pkcs11:object=nobody' }],
      ['KEY_DOES_NOT_MATCH', 422, { certificatePem: other.certificatePem, keyReference }],
      ['WRONG_TYPE', 422, { certificatePem, keyReference, type: 'Authentication' }],
      ['REQUEST_INVALID', 400, { certificatePem, keyReference, keyPem }],
    ];
    for (const [code, status, body] of refusals) {
      const refused = await importing(body);
      expect(refused).toMatchObject({ status, json: { code } });
      expect(refused.text).not.toContain(hsm.pin);
    }
    expect((await call(system, { path: '/v1/certificates' })).json['items']).toHaveLength(before.length);
    const about = { reference: keyReference, context: `Nip:${system.contextNip}` };
    expect(await audited('certificate.token-import-refused')).toEqual([
      { ...about, code: 'KEY_DOES_NOT_MATCH', serial: other.certificateSerialNumber, fingerprint: SHA256_HEX },
      { ...about, code: 'WRONG_TYPE', serial: made.certificateSerialNumber, fingerprint: SHA256_HEX },
    ]);
    expect((await audited('certificate.token-key-used')).slice(-2)).toMatchObject([
      { ...about, serial: other.certificateSerialNumber },
      { ...about, serial: made.certificateSerialNumber },
    ]);

    const taken = await importing({ certificatePem, keyReference, type: 'signing' });
    expect(taken).toMatchObject({ status: 201, json: { type: 'Offline', serial: made.certificateSerialNumber } });
    expect(taken.text).not.toContain('pkcs11:');
    expect(await importing({ certificatePem, keyReference })).toMatchObject({
      ...{ status: 409, json: { code: 'CERTIFICATE_ALREADY_IMPORTED', certificateId: taken.json['id'] } },
    });
    const retired = await call(system, { method: 'DELETE', path: `/v1/certificates/${String(taken.json['id'])}` });
    expect(retired.status).toBe(200);
  });

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
    expect(await audited('certificate.login-signed')).toContainEqual(
      expect.objectContaining({ serial: login.certificateSerialNumber }),
    );
    // A disk must not give what the token guards.
    expect(existsSync(join(system.directory, 'spool', '.logins'))).toBe(false);
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
