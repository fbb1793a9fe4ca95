import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSystem, type System } from './start-system.js';

/** `npm start`: the whole system stays up until Ctrl-C. Nothing of it outlives the run. */
const directory = join(process.cwd(), '.latarnik');
const devFile = join(directory, 'dev.json');
const environmentFile = join(directory, 'environment.json');
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

await rm(join(directory, 'spool'), { recursive: true, force: true });
await mkdir(directory, { recursive: true, mode: 0o700 });
say('Starting Latarnik with its own PostgreSQL and a simulated KSeF …');
const writeJson = (file: string, content: unknown): Promise<void> =>
  writeFile(
    file,
    `${JSON.stringify(content, null, 2)}
`,
    { mode: 0o600 },
  );
const writeDevFile = (system: System): Promise<void> => writeJson(devFile, described(system));
const starting = startSystem({
  directory,
  restart: true,
  ports: {
    api: port('LATARNIK_API_PORT'),
    simulator: port('LATARNIK_SIMULATOR_PORT'),
    latarnia: port('LATARNIK_LATARNIA_PORT'),
    worker: port('LATARNIK_WORKER_PORT'),
  },
  onRestart: () => void starting.then(writeDevFile),
  onProgress: (what) => {
    say(`  ${what} is up`);
  },
});
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    say('Stopping …');
    void starting
      .then((started) => started.stop())
      .catch(() => undefined)
      .then(() => Promise.all([devFile, environmentFile].map((file) => rm(file, { force: true }))))
      .finally(() => process.exit(0));
  });
}
const system = await starting;
await writeJson(environmentFile, system.env);
await writeDevFile(system);
announce(system);

function described({ apiUrl, apiKey, simulatorUrl, latarniaUrl, contextNip, api, worker }: System) {
  const processIds = { api: api.pid, worker: worker.pid, launcher: process.pid };
  return { apiUrl, apiKey, simulatorUrl, latarniaUrl, contextNip, processIds };
}

function announce({ apiUrl, apiKey, simulatorUrl, latarniaUrl, contextNip }: System): void {
  say(`
Latarnik is up (test twin of KSeF: nothing here has legal effect).

  API          ${apiUrl}   (description: ${apiUrl}/openapi.json)
  API key      ${apiKey}
  context      Nip:${contextNip}
  KSeF         ${simulatorUrl}/v2   (controls: ${simulatorUrl}/control)
  Latarnia     ${latarniaUrl}
  written to   .latarnik/dev.json; logs in .latarnik/logs

Try:
  curl -H "Authorization: Bearer ${apiKey}" ${apiUrl}/v1/availability

Ctrl-C stops all of it.`);
}

function port(name: string): number {
  const value = Number(process.env[name] ?? '0');
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new Error(`${name} is not a port`);
}
