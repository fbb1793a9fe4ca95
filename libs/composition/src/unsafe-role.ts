import { ConfigurationError, type Configuration } from './configuration.js';
import type { Log } from './log.js';

/** A role that row-level security does not hold: nothing runs with it on production; elsewhere the log says so. */
export function refusedOnProduction({ environment }: Pick<Configuration, 'environment'>, log: Log) {
  return (why: string): void => {
    if (environment === 'production') throw new ConfigurationError(why);
    log({ event: 'persistence.unsafe-role', why });
  };
}
