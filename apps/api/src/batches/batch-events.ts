/** What a stream is made of; a test plays time and rows. */
export interface EventSource {
  /** The present view, or `undefined` when it is not there any more; `ended` closes the stream. */
  readonly read: () => Promise<{ readonly view: unknown; readonly ended: boolean } | undefined>;
  /** Ends early when the stream is to close. */
  readonly pause: (ms: number) => Promise<void>;
  readonly isClosing: () => boolean;
}

/** Between two looks at the rows. */
const LOOK_MS = 1_000;
/** Looks without a change after which a comment keeps the connection alive. */
const LOOKS_PER_HEARTBEAT = 15;
/** A stream ends after so long; its reader connects again by itself. */
const MOST_LOOKS = 3_600;
/** In milliseconds: how long a reader waits before it connects again. */
const RETRY_MS = 3_000;

/**
 * Server-sent events of one thing that changes: a full view each time it changed, from stored rows, so that it does not
 * matter which process changed it or which events a reader missed. Ends at the terminal state, and at shutdown.
 */
export async function* viewEvents({ read, pause, isClosing }: EventSource): AsyncGenerator<string> {
  yield `retry: ${String(RETRY_MS)}\n\n`;
  let [last, quiet] = ['', 0];
  for (let look = 0; look < MOST_LOOKS && !isClosing(); look++) {
    const found = await read();
    if (found === undefined) return;
    const data = JSON.stringify(found.view);
    if (data !== last) {
      [last, quiet] = [data, 0];
      yield `event: batch\ndata: ${data}\n\n`;
    } else if (++quiet % LOOKS_PER_HEARTBEAT === 0) {
      yield ': nothing new\n\n';
    }
    if (found.ended) {
      yield 'event: end\ndata: {}\n\n';
      return;
    }
    await pause(LOOK_MS);
  }
}
