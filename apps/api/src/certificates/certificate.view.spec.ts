import { describe, expect, it } from '@jest/globals';
import {
  Temporal,
  type Certificate,
  type CertificateId,
  type CertificateSerial,
  type ContextValue,
  type SealedKey,
} from '@latarnik/domain';
import { certificateView } from './certificate.view.js';

const CERTIFICATE: Certificate = {
  id: '01920000-0000-7000-8000-000000000001' as CertificateId,
  context: { type: 'Nip', value: '5265877635' as ContextValue },
  purpose: 'offline',
  serial: '00F20A5D352AE590' as CertificateSerial,
  keyAlgorithm: 'rsa',
  der: Uint8Array.of(1),
  subject: 'CN=Pieczęć',
  notBefore: Temporal.Instant.from('2026-01-01T00:00:00Z'),
  notAfter: Temporal.Instant.from('2026-11-30T12:00:00Z'),
  sealedKey: Uint8Array.of(2) as SealedKey,
};
const viewAt = (now: string, more: Partial<Certificate> = {}) =>
  certificateView({ ...CERTIFICATE, ...more }, Temporal.Instant.from(now));

describe('certificateView', () => {
  it('shows exactly this', () => {
    expect(viewAt('2026-11-20T12:00:00Z')).toEqual({
      id: '01920000-0000-7000-8000-000000000001',
      context: 'Nip:5265877635',
      type: 'Offline',
      usedFor:
        'Signs KOD II and the evidence of invoices issued offline; accountants call it the signing certificate. ' +
        'It cannot log in to KSeF.',
      serial: '00F20A5D352AE590',
      keyAlgorithm: 'rsa',
      subject: 'CN=Pieczęć',
      notBefore: '2026-01-01T00:00:00Z',
      notAfter: '2026-11-30T12:00:00Z',
      daysLeft: 10,
      retiredAt: null,
    });
  });

  it.each([
    ['2026-11-20T12:00:01Z', 9],
    ['2026-11-29T12:00:00Z', 1],
    ['2026-11-29T12:00:01Z', 0],
    ['2027-01-01T00:00:00Z', 0],
  ])('at %s has %d whole days left', (now, daysLeft) => {
    expect(viewAt(now).daysLeft).toBe(daysLeft);
  });

  it('counts the days until the earlier end: its own, or the one that KSeF gives it', () => {
    const remote = (notAfter: string) => ({
      remote: {
        ...({ state: 'active', type: 'offline' } as const),
        ...{ syncedAt: CERTIFICATE.notBefore, notAfter: Temporal.Instant.from(notAfter) },
      },
    });
    expect(viewAt('2026-11-20T12:00:00Z', remote('2026-11-24T12:00:00Z')).daysLeft).toBe(4);
    expect(viewAt('2026-11-20T12:00:00Z', remote('2026-12-24T12:00:00Z')).daysLeft).toBe(10);
  });

  it('says what type Authentication is for, and when it was retired', () => {
    const retiredAt = Temporal.Instant.from('2026-11-21T00:00:00Z');
    expect(viewAt('2026-11-22T00:00:00Z', { purpose: 'authentication', retiredAt })).toMatchObject({
      type: 'Authentication',
      usedFor: expect.stringMatching(/^Logs in to KSeF\..*signing certificate/),
      retiredAt: '2026-11-21T00:00:00Z',
    });
  });
});
