import { describe, expect, it } from '@jest/globals';
import { anAuthenticationCertificate, anOfflineCertificate, SELLER_CONTEXT, TENANT } from '../../testing/builders.js';
import type { UnsignedKodII } from '../../verification-code/kod-ii.js';
import type { LoginSigner } from '../login-signer.port.js';
import { SignerUnavailableError, type OfflineSigner } from '../offline-signer.port.js';
import { AuditedLoginSigner, AuditedOfflineSigner } from './audited-signers.js';
import { LifecycleWorld } from './testing/lifecycle-world.js';

const REQUEST = { challenge: 'challenge-1', context: SELLER_CONTEXT };
const unavailable = () =>
  Promise.reject(new SignerUnavailableError('the key cannot be opened', { trouble: 'key-encryption-key' }));

describe('AuditedLoginSigner', () => {
  const login = (world: LifecycleWorld, inner: LoginSigner['signAuthTokenRequest']) =>
    new AuditedLoginSigner({ signAuthTokenRequest: inner }, world.database, world.clock);

  it('writes each login down, and gives what was signed', async () => {
    const world = new LifecycleWorld();
    const signer = login(world, () => Promise.resolve(Uint8Array.of(1)));
    const certificate = anAuthenticationCertificate();

    expect(await signer.signAuthTokenRequest(TENANT, certificate, REQUEST)).toEqual(Uint8Array.of(1));
    await signer.signAuthTokenRequest(TENANT, certificate, REQUEST);
    expect(world.database.audit.entries).toEqual(
      [1, 2].map(() => ({
        ...{ at: world.clock.now(), actor: 'latarnik', action: 'certificate.login-signed' },
        subject: { kind: 'certificate', id: certificate.id },
        facts: { serial: certificate.serial, context: 'Nip:5265877635' },
      })),
    );
  });

  it('writes down that the key could not be used, once a minute, and lets the error go on', async () => {
    const world = new LifecycleWorld();
    const signer = login(world, unavailable);
    const attempt = () => signer.signAuthTokenRequest(TENANT, anAuthenticationCertificate(), REQUEST);
    for (const seconds of [0, 59, 1]) {
      world.clock.advance(seconds);
      await expect(attempt()).rejects.toThrow(SignerUnavailableError);
    }
    expect(world.database.audit.entries).toMatchObject(
      [1, 2].map(() => ({
        action: 'certificate.key-unavailable',
        facts: { use: 'login', trouble: 'key-encryption-key' },
      })),
    );
  });

  it('is heard of the key although the failure cannot be written down', async () => {
    const world = new LifecycleWorld();
    world.database.audit.append = () => Promise.reject(new Error('no database'));
    const signer = login(world, unavailable);
    await expect(signer.signAuthTokenRequest(TENANT, anAuthenticationCertificate(), REQUEST)).rejects.toThrow(
      SignerUnavailableError,
    );
  });
});

describe('AuditedOfflineSigner', () => {
  const text = 'qr-test.ksef.mf.gov.pl/certificate' as UnsignedKodII;
  const offline = (world: LifecycleWorld, signKodII: OfflineSigner['signKodII']) =>
    new AuditedOfflineSigner({ signKodII, signEvidence: unavailable }, world.database, world.clock);

  it('goes to no database for a signature: the invoice has its own row', async () => {
    const world = new LifecycleWorld();
    world.database.inTenant = () => Promise.reject(new Error('a round trip'));
    const signer = offline(world, () => Promise.resolve(Uint8Array.of(2)));
    expect(await signer.signKodII(TENANT, anOfflineCertificate(), text)).toEqual(Uint8Array.of(2));
  });

  it('writes down that the key could not be used', async () => {
    const world = new LifecycleWorld();
    await expect(offline(world, unavailable).signKodII(TENANT, anOfflineCertificate(), text)).rejects.toThrow(
      SignerUnavailableError,
    );
    expect(world.database.audit.entries).toMatchObject([
      { action: 'certificate.key-unavailable', subject: { id: 'certificate-offline' }, facts: { use: 'kod-ii' } },
    ]);
  });
});
