import { fork, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface ProcessSpec {
  readonly name: string;
  /** JavaScript file to run. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** What it writes to standard error goes here. */
  readonly logFile: string;
  /** Started again when it dies by itself. */
  readonly restart: boolean;
  /** Variable with its port; after the first start it keeps the port it got. */
  readonly portVariable?: string;
  /** Told after it was started again. */
  readonly onRestart?: () => void;
}

/** The JSON line a process prints once it can be used. */
export type Ready = Readonly<Record<string, unknown>>;

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
const RESTART_PAUSE_MS = 500;

/** One process of the system; dies with its parent, since its IPC channel closes then. */
export class SupervisedProcess {
  #child: ChildProcess | undefined;
  #stopping = false;
  #env: Readonly<Record<string, string>>;

  constructor(private readonly spec: ProcessSpec) {
    this.#env = spec.env;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it and waits for its line. @throws when it ends or stays silent instead; the log file says why */
  async start(): Promise<Ready> {
    this.#stopping = false;
    const child = fork(this.spec.file, [], {
      env: this.#env,
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    child.stderr?.pipe(createWriteStream(this.spec.logFile, { flags: 'a', mode: 0o600 }));
    child.once('exit', () => {
      this.afterExit(child);
    });
    const ready = await this.readyLine(child);
    const { portVariable } = this.spec;
    if (portVariable !== undefined) this.#env = { ...this.#env, [portVariable]: new URL(String(ready['url'])).port };
    return ready;
  }

  /** Kills it at once, as a crash would; it is not started again unless `restart` is set. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Asks it to end, and insists after a while. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    const insist = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.end('SIGTERM');
    clearTimeout(insist);
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  private afterExit(child: ChildProcess): void {
    if (this.#stopping || !this.spec.restart || this.#child !== child) return;
    setTimeout(() => {
      if (this.#stopping || this.#child !== child) return;
      this.start().then(this.spec.onRestart, (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.message : 'start failed'}\n`);
      });
    }, RESTART_PAUSE_MS);
  }

  private async readyLine(child: ChildProcess): Promise<Ready> {
    const { name, logFile } = this.spec;
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    const first = new Promise<Ready>((resolve) => {
      lines.on('line', (line) => {
        const ready = parseReady(line);
        if (ready !== undefined) resolve(ready);
      });
    });
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${name} ended before it was ready; see ${logFile}`);
    });
    const late = new Promise<never>((_resolve, reject) => {
      setTimeout(() => {
        reject(new Error(`${name} was not ready in time; see ${logFile}`));
      }, START_TIMEOUT_MS).unref();
    });
    ended.catch(() => undefined);
    return Promise.race([first, ended, late]);
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

function parseReady(line: string): Ready | undefined {
  if (!line.startsWith('{"ready":true')) return undefined;
  return JSON.parse(line) as Ready;
}
