import { KsefUnreachableError, type UpoDocument } from '@latarnik/domain';

import type { Log } from '../ksef-adapter-event.js';
import { OutsideContractError } from './ksef-api.js';
import { storageObjection } from './storage-origins.js';
import type { Transport } from './transport.js';
import { MAX_UPO_BYTES, readUpo } from './upo-xml.js';

export interface UpoDownloadOptions {
  readonly storageOrigins: ReadonlySet<string>;
  readonly callTimeoutMs: number;
  readonly log: Log;
}

/** Fetches UPO from the address KSeF gave: without a token, and outside its limits (OpenAPI `upoDownloadUrl`). */
export class UpoDownload {
  constructor(
    private readonly transport: Transport,
    private readonly options: UpoDownloadOptions,
  ) {}

  /** `undefined` when this address does not give it (expired, not allowed, not a UPO): the API may still. */
  async fetch(address: string): Promise<UpoDocument | undefined> {
    const { storageOrigins, callTimeoutMs, log } = this.options;
    const objection = storageObjection(storageOrigins, address);
    if (objection !== undefined) {
      log({ code: 'STORAGE_TARGET_FORBIDDEN', reason: objection });
      return undefined;
    }
    const answer = await this.transport.exchange({
      method: 'GET',
      url: address,
      headers: { accept: 'application/xml' },
      maxAnswerBytes: MAX_UPO_BYTES,
      timeoutMs: callTimeoutMs,
    });
    if (answer.kind !== 'answer') throw new KsefUnreachableError(`UPO: ${answer.cause}`);
    try {
      if (answer.status !== 200) throw new OutsideContractError(`HTTP ${String(answer.status)}`);
      return readUpo(answer);
    } catch (error) {
      const reason = error instanceof OutsideContractError ? error.message : 'unreadable document';
      log({ code: 'UPO_LINK_FAILED', reason });
      return undefined;
    }
  }
}
