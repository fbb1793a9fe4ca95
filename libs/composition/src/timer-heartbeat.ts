import type { Heartbeat } from '@latarnik/domain';

/** Beats by a timer of this process; a beat still on its way is not doubled. */
export class TimerHeartbeat implements Heartbeat {
  async during<T>(everySeconds: number, beat: () => Promise<void>, work: () => Promise<T>): Promise<T> {
    let beating: Promise<void> | undefined;
    const timer = setInterval(() => {
      beating ??= beat()
        .catch(() => undefined)
        .then(() => {
          beating = undefined;
        });
    }, everySeconds * 1000);
    try {
      return await work();
    } finally {
      clearInterval(timer);
      await beating;
    }
  }
}
