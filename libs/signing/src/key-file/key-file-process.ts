import type { KeyFile } from '@latarnik/domain';
import { readKeyFile } from './read-key-file.js';

/**
 * Reads one file and ends: `CappedKeyFileReader` starts this as a process of its own for each file. It ends with the
 * process that started it, at the latest when the work that a file may ask for is done.
 */
process.once('message', (file: KeyFile) => {
  process.send?.(readKeyFile(file), undefined, {}, () => process.exit(0));
});
process.on('disconnect', () => {
  process.exit(0);
});
