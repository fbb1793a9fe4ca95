import type { ContainerModule } from 'inversify';
import type { Configuration } from '../configuration.js';
import type { Log } from '../log.js';
import { crashHookFrom, type CrashHook } from './crash-hook.js';
import { crashPointModule } from './crash-point-module.js';

/** How a process rehearses its own death. */
export interface CrashRehearsal extends CrashHook {
  /** To be loaded after all others; none where nothing is rehearsed. */
  readonly modules: readonly ContainerModule[];
}

/**
 * @param given LATARNIK_CRASH_POINT: `NAME`, `NAME:n` or `census`; unset on every system that matters
 * @throws ConfigurationError
 */
export function crashRehearsal(given: string | undefined, configuration: Configuration, log: Log): CrashRehearsal {
  const { environment, spoolDirectory } = configuration;
  const hook = crashHookFrom(given, { environment, log });
  if (hook === undefined) return { modules: [], pass: () => undefined };
  return {
    modules: [crashPointModule(hook, spoolDirectory)],
    pass: (point) => {
      hook.pass(point);
    },
  };
}
