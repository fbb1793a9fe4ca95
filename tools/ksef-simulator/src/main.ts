import { stopWith } from './process-end.js';
import { SIMULATOR_NAME } from './simulator-name.js';
import { startSimulator } from './start-simulator.js';

/** The simulator as another program starts it; people use `cli.ts`. */
const simulator = await startSimulator({
  port: portFrom('LATARNIK_SIMULATOR_PORT'),
  latarniaPort: portFrom('LATARNIK_LATARNIA_PORT'),
  // Faults and timelines; a line for every answer would bury them.
  log: (line) => {
    if (!/^[A-Z]+ \//.test(line)) process.stderr.write(`${SIMULATOR_NAME}: ${line}\n`);
  },
});

process.stderr.write(
  `${SIMULATOR_NAME}: KSeF and Latarnia TEST TWIN: no invoice sent here is issued in law, and nothing survives the end of this process.\n`,
);
process.stdout.write(
  `${JSON.stringify({
    ready: true,
    simulator: SIMULATOR_NAME,
    ksefUrl: simulator.ksefUrl,
    latarniaUrl: simulator.latarniaUrl,
    controlUrl: simulator.controlUrl,
  })}\n`,
);
stopWith(() => simulator.close());

function portFrom(name: string): number {
  const port = Number(process.env[name] ?? '0');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${name} is not a port`);
  return port;
}
