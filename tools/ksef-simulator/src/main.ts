import { fstatSync } from 'node:fs';

import { startSimulator } from './start-simulator.js';

const simulator = await startSimulator({
  port: portFrom('LATARNIK_SIMULATOR_PORT'),
  latarniaPort: portFrom('LATARNIK_LATARNIA_PORT'),
});

process.stderr.write(
  'KSeF and Latarnia TEST TWIN: no invoice sent here is issued in law, and nothing survives the end of this process.\n',
);
process.stdout.write(
  `${JSON.stringify({
    ready: true,
    ksefUrl: simulator.ksefUrl,
    latarniaUrl: simulator.latarniaUrl,
    controlUrl: simulator.controlUrl,
  })}\n`,
);

let stopping = false;
const stop = (): void => {
  if (stopping) return;
  stopping = true;
  void simulator.close().finally(() => process.exit(0));
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

function portFrom(name: string): number {
  const port = Number(process.env[name] ?? '0');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${name} is not a port`);
  return port;
}
