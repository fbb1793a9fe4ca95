import type { BoxRewrapper, SealedBoxes, StoredBox } from './sealed-boxes.port.js';
import { SecretBoxError } from './secret-box.port.js';

/** What became of the boxes of one kind. */
export interface RotationCount {
  /** Under the current key-encryption key before. */
  readonly current: number;
  readonly rewrapped: number;
  /** Held by a worker the whole time, which could have written the old box back. Run again. */
  readonly busy: number;
  /** Cannot be opened with any key there is; nothing was changed. */
  readonly unreadable: readonly { readonly id: string; readonly reason: string }[];
}

export type Rotation = Readonly<Record<StoredBox['kind'], RotationCount>>;

export interface RotationPace {
  readonly pageSize: number;
  /** How often a row that a worker holds is tried again. */
  readonly busyAttempts: number;
  /** Between these attempts. */
  readonly pause: () => Promise<void>;
}

/**
 * Moves every sealed box to the current key-encryption key, one short transaction each, beside running processes. Safe to
 * stop anywhere and to repeat: a box that is under the current key is left alone.
 */
export class RotateKeys {
  constructor(
    private readonly boxes: SealedBoxes,
    private readonly rewrapper: BoxRewrapper,
    private readonly labelOf: (stored: StoredBox) => string,
    private readonly pace: RotationPace,
  ) {}

  async execute(): Promise<Rotation> {
    return { certificate: await this.rotate('certificate'), 'session-key': await this.rotate('session-key') };
  }

  private async rotate(kind: StoredBox['kind']): Promise<RotationCount> {
    const outcomes: Outcome[] = [];
    let page: readonly StoredBox[] = [];
    do {
      page = await this.boxes.page(kind, page.at(-1), this.pace.pageSize);
      for (const stored of page) outcomes.push(await this.one(stored));
    } while (page.length === this.pace.pageSize);
    const count = (wanted: Outcome): number => outcomes.filter((outcome) => outcome === wanted).length;
    return {
      current: count('current'),
      rewrapped: count('rewrapped'),
      busy: count('busy'),
      unreadable: outcomes.filter((outcome) => typeof outcome === 'object'),
    };
  }

  private async one(stored: StoredBox): Promise<Outcome> {
    let box: Uint8Array | undefined;
    try {
      box = await this.rewrapper.rewrap(stored.box, this.labelOf(stored));
    } catch (error) {
      if (!(error instanceof SecretBoxError)) throw error;
      return { id: stored.id, reason: error.message };
    }
    if (box === undefined) return 'current';
    for (let attempt = 1; ; attempt += 1) {
      const replaced = await this.boxes.replace(stored, box);
      if (replaced === 'replaced') return 'rewrapped';
      if (replaced === 'gone') return 'gone';
      if (attempt >= this.pace.busyAttempts) return 'busy';
      await this.pace.pause();
    }
  }
}

/** `gone`: retired with its batch, or written again by somebody with the current key; the next run sees it as it is. */
type Outcome = 'current' | 'rewrapped' | 'busy' | 'gone' | { readonly id: string; readonly reason: string };
