import type { KsefProbe } from '@latarnik/domain';

import { publicKeysDto } from './dto.js';
import type { KsefApi } from './ksef-api.js';

/** Asks for the public key list: public, cheap, 60 per second allowed (domain rules 8.1). */
export class HttpKsefProbe implements KsefProbe {
  constructor(private readonly api: KsefApi) {}

  async probe(): Promise<{ readonly reachable: boolean; readonly detail: string }> {
    try {
      const answer = await this.api.call(
        { method: 'GET', path: '/security/public-key-certificates' },
        { kind: 'json', schema: publicKeysDto },
      );
      switch (answer.kind) {
        case 'ok':
          return { reachable: true, detail: 'KSeF answers' };
        case 'throttled':
          return { reachable: true, detail: 'KSeF answers that a limit is reached' };
        case 'refused':
          return { reachable: false, detail: answer.refusal.description };
        case 'lost':
        case 'not-sent':
          return { reachable: false, detail: answer.cause };
      }
    } catch {
      return { reachable: false, detail: 'the probe failed' };
    }
  }
}
