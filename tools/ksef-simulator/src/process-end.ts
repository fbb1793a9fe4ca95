import { fstatSync } from 'node:fs';

/** Closes once and exits when the process is told to end, or when the parent that holds its input is gone. */
export function stopWith(close: () => Promise<void>): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void close().finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.once('disconnect', stop);
  // A parent that dies closes the pipe it held; a terminal or /dev/null as standard input means nothing.
  const stdin = fstatSync(0);
  if (stdin.isFIFO() || stdin.isSocket()) {
    process.stdin.once('close', stop);
    process.stdin.resume();
  }
}
