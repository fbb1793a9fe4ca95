import { describe, expect, it } from '@jest/globals';
import { SELLER_CONTEXT, TENANT, anOfflineCertificate } from '../testing/builders.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import { usableAt, usableFor, type CertificateId } from './certificate.js';
import { RetireCertificate } from './retire-certificate.js';

const retiring = (world: IssuingWorld, certificateId: string) =>
  new RetireCertificate(world.database, world.clock).execute({
    tenant: TENANT,
    actor: 'api-key:1',
    certificateId: certificateId as CertificateId,
  });

describe('RetireCertificate', () => {
  it('keeps the certificate, with the moment and an audit row, and never chooses it again', async () => {
    const world = new IssuingWorld();
    const certificate = anOfflineCertificate();
    await world.has(certificate);
    const now = world.clock.now();
    expect(usableAt([certificate], now)).toBe(certificate);

    expect(await retiring(world, certificate.id)).toEqual({ ok: true, value: { ...certificate, retiredAt: now } });
    const { stored } = world.database.certificates;
    expect(stored).toEqual([{ ...certificate, retiredAt: now }]);
    expect(usableAt(stored, now)).toBeUndefined();
    expect(usableFor(stored, 'offline', SELLER_CONTEXT, now)).toBeUndefined();
    expect(world.database.audit.entries).toMatchObject([
      {
        at: now,
        actor: 'api-key:1',
        action: 'certificate.retired',
        subject: { kind: 'certificate', id: certificate.id },
        facts: { serial: '01F20A5D352AE590', purpose: 'offline', context: 'Nip:5265877635' },
      },
    ]);
  });

  it('changes nothing the second time', async () => {
    const world = new IssuingWorld();
    await world.has(anOfflineCertificate());
    const first = await retiring(world, 'certificate-offline');
    world.clock.advance(3600);

    expect(await retiring(world, 'certificate-offline')).toEqual(first);
    expect(world.database.audit.entries).toHaveLength(1);
  });

  it('says when there is none such', async () => {
    const world = new IssuingWorld();
    expect(await retiring(world, 'missing')).toEqual({ ok: false, error: { code: 'CERTIFICATE_NOT_FOUND' } });
    expect(world.database.audit.entries).toEqual([]);
  });
});
