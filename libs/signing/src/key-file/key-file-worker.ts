import { parentPort } from 'node:worker_threads';
import type { KeyFile } from '@latarnik/domain';
import { readKeyFile } from './read-key-file.js';

/** Reads one file and ends: `CappedKeyFileReader` starts this as a thread of its own for each file. */
parentPort?.once('message', (file: KeyFile) => {
  const outcome = readKeyFile(file);
  const moved = outcome.ok ? [outcome.value.certificate.buffer, outcome.value.pkcs8.buffer] : [];
  parentPort?.postMessage(outcome, moved as ArrayBuffer[]);
});
