import type { NeutralAddresses, NeutralAnswer } from '@latarnik/domain';

import type { Transport } from './transport.js';

export interface HttpNeutralAddressesOptions {
  readonly networkCheckUrls: readonly string[];
  readonly probeTimeoutMs: number;
}

/** Whatever comes back, only that it came counts. */
const MAX_ANSWER_BYTES = 1_000_000;

/** Asks all addresses at once; nothing but the address is sent, no redirect is followed. */
export class HttpNeutralAddresses implements NeutralAddresses {
  constructor(
    private readonly transport: Transport,
    private readonly options: HttpNeutralAddressesOptions,
  ) {}

  async ask(): Promise<NeutralAnswer> {
    const { networkCheckUrls, probeTimeoutMs } = this.options;
    if (networkCheckUrls.length === 0) return 'none-set';
    const answers = await Promise.all(
      networkCheckUrls.map((url) =>
        this.transport.exchange({
          method: 'HEAD',
          url,
          headers: {},
          maxAnswerBytes: MAX_ANSWER_BYTES,
          timeoutMs: probeTimeoutMs,
        }),
      ),
    );
    return answers.some(({ kind }) => kind === 'answer') ? 'answered' : 'silent';
  }
}
