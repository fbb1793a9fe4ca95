import type { TenantId } from '@latarnik/domain';
import { problem, ProblemError } from '../http/problem.js';

/** Streams that one process keeps open; each looks at the database once a second. */
const MOST_STREAMS = 200;
/** Of one tenant. */
const MOST_OF_A_TENANT = 10;

/** Counts streams, so that no tenant takes the places of the others. */
export class OpenStreams {
  readonly #open = new Map<TenantId, number>();

  /** @returns called when it ends; more than once does no harm @throws ProblemError 429 or 503 */
  enter(tenant: TenantId): () => void {
    const own = this.#open.get(tenant) ?? 0;
    if (own >= MOST_OF_A_TENANT) throw tooMany(429, `A tenant may keep ${String(MOST_OF_A_TENANT)} streams open here.`);
    if (this.count >= MOST_STREAMS) throw tooMany(503, `This process keeps ${String(MOST_STREAMS)} streams open.`);
    this.#open.set(tenant, own + 1);
    let isOpen = true;
    return () => {
      if (isOpen) this.leave(tenant);
      isOpen = false;
    };
  }

  private get count(): number {
    return [...this.#open.values()].reduce((sum, each) => sum + each, 0);
  }

  private leave(tenant: TenantId): void {
    const left = (this.#open.get(tenant) ?? 1) - 1;
    if (left === 0) this.#open.delete(tenant);
    else this.#open.set(tenant, left);
  }
}

function tooMany(status: 429 | 503, why: string): ProblemError {
  const detail = `${why} Close one, or try again later.`;
  return new ProblemError(problem(status, 'TOO_MANY_STREAMS', 'Too many streams of events', detail), {
    'retry-after': '30',
  });
}
