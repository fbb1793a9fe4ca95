import { readFileSync } from 'node:fs';
import { PORTS, Temporal, type Clock } from '@latarnik/domain';
import { ContainerModule } from 'inversify';

/** The machine's time and so many seconds, as a file says at this moment: time passes at once where nothing happens. */
class ShiftedClock implements Clock {
  constructor(private readonly file: string) {}

  now(): Temporal.Instant {
    return Temporal.Now.instant().add({ milliseconds: Math.round(Number(readFileSync(this.file, 'utf8')) * 1000) });
  }
}

/** The name that Latarnik looks for in an extension. */
export const latarnikModule = new ContainerModule(({ rebind }) => {
  rebind(PORTS.clock).toConstantValue(new ShiftedClock(process.env['CHAOS_CLOCK_FILE'] ?? ''));
});
