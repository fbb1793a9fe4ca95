/**
 * Work of many tenants in the order in which it is done: one piece of each tenant in turn, so that a tenant with a long
 * queue does not stand before another's short one. Within a tenant the order stays (reliability X9).
 */
export function inTurns<T>(work: readonly T[], ownerOf: (item: T) => string): readonly T[] {
  const queues = new Map<string, T[]>();
  for (const item of work) {
    const owner = ownerOf(item);
    const queue = queues.get(owner);
    if (queue === undefined) queues.set(owner, [item]);
    else queue.push(item);
  }
  const ordered: T[] = [];
  for (let round = 0; ordered.length < work.length; round++) {
    for (const queue of queues.values()) ordered.push(...queue.slice(round, round + 1));
  }
  return ordered;
}

/**
 * Batches that workers have in hand at a time. More are planned only when these have gone to KSeF, so that what becomes
 * urgent meanwhile is not behind a long plan, disks hold few packages, and a tenant never has all workers.
 */
export const MOST_IN_HAND = { ofContext: 2, ofTenant: 4 } as const;

/** How many batches may be planned in a context, with so many in hand already. */
export function roomFor(inHand: { readonly ofContext: number; readonly ofTenant: number }): number {
  return Math.max(0, Math.min(MOST_IN_HAND.ofContext - inHand.ofContext, MOST_IN_HAND.ofTenant - inHand.ofTenant));
}
