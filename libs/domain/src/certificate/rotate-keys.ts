import type { Clock } from '../shared/clock.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { BoxRewrapper, SealedBoxes, StoredBox } from './sealed-boxes.port.js';
import { SecretBoxError } from './secret-box.port.js';

/** What became of the boxes of one kind. */
export interface RotationCount {
  /** Under the current key-encryption key before, and opened with it. */
  readonly current: number;
  readonly rewrapped: number;
  /** Held by a worker the whole time, which could have written the old box back. Run again. */
  readonly busy: number;
  /** Cannot be opened with any key there is, or not moved to a current key that is wrong; nothing was changed. */
  readonly unreadable: readonly { readonly id: string; readonly reason: string }[];
}

export type Rotation = Readonly<Record<StoredBox['kind'], RotationCount>>;

export interface RotationPorts {
  readonly unitOfWork: Pick<UnitOfWork, 'inTenant'>;
  readonly clock: Clock;
  readonly boxes: Pick<SealedBoxes, 'page' | 'replace'>;
  readonly rewrapper: BoxRewrapper;
}

export interface RotationPace {
  readonly pageSize: number;
  /** How often a row that a worker holds is tried again. */
  readonly busyAttempts: number;
  /** Between these attempts. */
  readonly pause: () => Promise<void>;
}

/**
 * Moves every sealed box to the current key-encryption key, one short transaction each, beside running processes. Safe to
 * stop anywhere and to repeat: a box that is under the current key is opened, and left alone. Each tenant of which a box was
 * moved has an audit row of the run.
 */
export class RotateKeys {
  constructor(
    private readonly ports: RotationPorts,
    private readonly labelOf: (stored: StoredBox) => string,
    private readonly pace: RotationPace,
  ) {}

  async execute(): Promise<Rotation> {
    const run: RotatedBox[] = [];
    try {
      const certificate = await this.rotate('certificate', run);
      const sessionKey = await this.rotate('session-key', run);
      return { certificate, 'session-key': sessionKey, 'webhook-secret': await this.rotate('webhook-secret', run) };
    } finally {
      await this.writeDown(run);
    }
  }

  private async rotate(kind: StoredBox['kind'], run: RotatedBox[]): Promise<RotationCount> {
    const outcomes: Outcome[] = [];
    let page: readonly StoredBox[] = [];
    do {
      page = await this.ports.boxes.page(kind, page.at(-1), this.pace.pageSize);
      for (const stored of page) {
        const outcome = await this.one(stored);
        outcomes.push(outcome);
        run.push({ kind, tenant: stored.tenant, outcome });
      }
    } while (page.length === this.pace.pageSize);
    const count = (wanted: Outcome): number => outcomes.filter((outcome) => outcome === wanted).length;
    return {
      current: count('current'),
      rewrapped: count('rewrapped'),
      busy: count('busy'),
      unreadable: outcomes.filter((outcome) => typeof outcome === 'object'),
    };
  }

  /** Also of a run that ended early. */
  private async writeDown(run: readonly RotatedBox[]): Promise<void> {
    const at = this.ports.clock.now();
    for (const [tenant, own] of byTenant(run)) {
      const count = (is: (each: RotatedBox) => boolean): number => own.filter(is).length;
      const rewrapped = (kind: StoredBox['kind']): number =>
        count((each) => each.kind === kind && each.outcome === 'rewrapped');
      const facts = {
        certificates: rewrapped('certificate'),
        sessionKeys: rewrapped('session-key'),
        webhookSecrets: rewrapped('webhook-secret'),
        busy: count(({ outcome }) => outcome === 'busy'),
        unreadable: count(({ outcome }) => typeof outcome === 'object'),
      };
      if (facts.certificates + facts.sessionKeys + facts.webhookSecrets === 0) continue;
      const entry = { at, actor: 'operator', action: 'certificate.rewrapped', facts };
      await this.ports.unitOfWork.inTenant(tenant, ({ audit }) =>
        audit.append([{ ...entry, subject: { kind: 'certificate', id: ALL_CERTIFICATES } }]),
      );
    }
  }

  private async one(stored: StoredBox): Promise<Outcome> {
    let box: Uint8Array | undefined;
    try {
      box = await this.ports.rewrapper.rewrap(stored.box, this.labelOf(stored));
    } catch (error) {
      if (!(error instanceof SecretBoxError)) throw error;
      return { id: stored.id, reason: error.message };
    }
    if (box === undefined) return 'current';
    for (let attempt = 1; ; attempt += 1) {
      const replaced = await this.ports.boxes.replace(stored, box);
      if (replaced === 'replaced') return 'rewrapped';
      if (replaced === 'gone') return 'gone';
      if (attempt >= this.pace.busyAttempts) return 'busy';
      await this.pace.pause();
    }
  }
}

function byTenant(run: readonly RotatedBox[]): ReadonlyMap<TenantId, readonly RotatedBox[]> {
  const groups = new Map<TenantId, RotatedBox[]>();
  for (const each of run) {
    const group = groups.get(each.tenant);
    if (group === undefined) groups.set(each.tenant, [each]);
    else group.push(each);
  }
  return groups;
}

/** A run is about every key of the tenant; the audit row names this in place of one of them. */
const ALL_CERTIFICATES = 'all';

interface RotatedBox {
  readonly kind: StoredBox['kind'];
  readonly tenant: TenantId;
  readonly outcome: Outcome;
}

/** `gone`: retired with its batch, or written again by somebody with the current key; the next run sees it as it is. */
type Outcome = 'current' | 'rewrapped' | 'busy' | 'gone' | { readonly id: string; readonly reason: string };
