import { describe, expect, it } from '@jest/globals';
import type { Certificate, CertificateSerial } from '../certificate/certificate.js';
import { Temporal } from '../shared/instant.js';
import {
  anAuthenticationCertificate,
  anOfflineCertificate,
  OTHER_CONTEXT,
  SELLER_CONTEXT,
} from '../testing/builders.js';
import { readinessOf } from './context-readiness.js';

const now = Temporal.Instant.from('2026-11-23T12:00:00+01:00');
const at = (text: string) => Temporal.Instant.from(text);
const ONLINE = { mode: 'online', reason: 'KSeF answers, and no announced outage covers the invoice.' } as const;
const EMERGENCY = { mode: 'emergency', reason: 'A failure of KSeF is announced.' } as const;
const readiness = (certificates: readonly Certificate[], circumstances: typeof ONLINE | typeof EMERGENCY = ONLINE) =>
  readinessOf(SELLER_CONTEXT, certificates, now, circumstances);

const expired = anOfflineCertificate({ notAfter: at('2026-11-23T12:00:00+01:00') });
const NEED = 'the codes of offline invoices need one of type Offline';

describe('whether a context can issue offline', () => {
  it('names the certificate it would use, with type and validity', () => {
    expect(readiness([anOfflineCertificate(), expired]).offline).toEqual({
      ready: true,
      certificate: {
        serial: '01F20A5D352AE590',
        type: 'Offline',
        notBefore: at('2026-01-01T00:00:00Z'),
        notAfter: at('2027-12-31T00:00:00Z'),
      },
    });
  });

  it.each<[string, readonly Certificate[], string]>([
    ['there is none at all', [], `There is no certificate for this context; ${NEED}.`],
    [
      'there is one of another context',
      [anOfflineCertificate({ context: OTHER_CONTEXT })],
      `There is no certificate for this context; ${NEED}.`,
    ],
    [
      'there is only one for logging in',
      [anAuthenticationCertificate()],
      `There is only a certificate of type Authentication; ${NEED}.`,
    ],
    ['it expired', [expired], 'The certificate of type Offline (01F20A5D352AE590) expired on 2026-11-23 12:00.'],
    [
      'it is not valid yet',
      [anOfflineCertificate({ notBefore: at('2026-12-01T00:00:00+01:00') }), expired],
      'The certificate of type Offline (01F20A5D352AE590) is valid from 2026-12-01 00:00 only.',
    ],
    [
      'it has less than a day left',
      [anOfflineCertificate({ notAfter: at('2026-11-24T12:00:00+01:00') }), expired],
      'The certificate of type Offline (01F20A5D352AE590) ends on 2026-11-24 12:00: less than 24 hours are left, and in its last day it is not used.',
    ],
    [
      'it was taken out of use',
      [anOfflineCertificate({ retiredAt: at('2026-11-20T09:00:00+01:00') })],
      'The certificate of type Offline (01F20A5D352AE590) was taken out of use on 2026-11-20 09:00.',
    ],
  ])('says why not: %s', (_what, certificates, reason) => {
    expect(readiness(certificates).offline).toMatchObject({ ready: false, reason });
  });

  it('shows the certificate that comes nearest', () => {
    const later = anOfflineCertificate({
      serial: '03F20A5D352AE590' as CertificateSerial,
      notBefore: at('2026-12-01T00:00:00Z'),
    });
    expect(readiness([expired, later]).offline).toMatchObject({ certificate: { serial: '03F20A5D352AE590' } });
  });
});

describe('what an invoice issued now would get in a context', () => {
  it.each<[readonly Certificate[], typeof ONLINE | typeof EMERGENCY, object]>([
    [[anAuthenticationCertificate()], ONLINE, ONLINE],
    [[anOfflineCertificate()], EMERGENCY, EMERGENCY],
    [
      [anOfflineCertificate()],
      ONLINE,
      {
        mode: 'offline24',
        reason:
          'KSeF answers, but nobody can log in: There is only a certificate of type Offline; logging in to KSeF needs one of type Authentication. The invoice would be offline24.',
      },
    ],
    [
      [anAuthenticationCertificate()],
      EMERGENCY,
      {
        reason: `A failure of KSeF is announced. It would be refused: There is only a certificate of type Authentication; ${NEED}.`,
      },
    ],
    [
      [],
      ONLINE,
      {
        reason: `It would be refused. There is no certificate for this context; logging in to KSeF needs one of type Authentication. There is no certificate for this context; ${NEED}.`,
      },
    ],
  ])('%#', (certificates, circumstances, expected) => {
    expect(readiness(certificates, circumstances).invoiceNow).toEqual(expected);
  });
});
