// An extension: replaces Latarnia by a file. Loaded through LATARNIK_EXTENSIONS.
import { PORTS, type Clock } from '@latarnik/domain';
import { ContainerModule } from 'inversify';
import { FileLatarnia } from './file-latarnia.js';

export { FileLatarnia } from './file-latarnia.js';

/** The name that Latarnik looks for in an extension. */
export const latarnikModule = new ContainerModule(({ rebind }) => {
  const file = process.env['LATARNIA_FILE'] ?? 'latarnia.json';
  rebind(PORTS.latarnia)
    .toResolvedValue((clock: Clock) => new FileLatarnia(file, clock), [PORTS.clock])
    .inSingletonScope();
});
