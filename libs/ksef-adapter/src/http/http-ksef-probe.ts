import type { KsefProbe, ProbeOutcome } from '@latarnik/domain';

import { publicKeysDto } from './dto.js';
import type { KsefApi } from './ksef-api.js';

/** Asks for the public key list: public, cheap, 60 per second allowed (domain rules 8.1). */
export class HttpKsefProbe implements KsefProbe {
  constructor(private readonly api: KsefApi) {}

  async probe(): Promise<ProbeOutcome> {
    try {
      const answer = await this.api.call(
        { method: 'GET', path: '/security/public-key-certificates' },
        { kind: 'json', schema: publicKeysDto },
      );
      switch (answer.kind) {
        case 'ok':
          return { kind: 'answered', detail: 'KSeF answers' };
        case 'throttled':
          return { kind: 'answered', detail: 'KSeF answers that a limit is reached' };
        case 'refused':
          return { kind: 'unusable', detail: answer.refusal.description };
        case 'lost':
        case 'not-sent':
          return { kind: answer.httpStatus === undefined ? 'silent' : 'unusable', detail: answer.cause };
      }
    } catch {
      return { kind: 'silent', detail: 'the probe failed' };
    }
  }
}
