import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ChildSpec {
  readonly name: string;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** `<name>.log` goes here: what it writes to standard error. */
  readonly directory: string;
}

export type ReadyLine = Readonly<Record<string, unknown>>;

const START_TIMEOUT_MS = 240_000;
const STOP_TIMEOUT_MS = 25_000;

/** One life of one process. It dies with its parent, since its IPC channel closes then. */
export class Child {
  #child: ChildProcess | undefined;

  constructor(private readonly spec: ChildSpec) {}

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Runs to its own end. @returns the exit code; `null` when it was killed */
  async run(): Promise<number | null> {
    const child = this.spawn();
    child.stdout?.resume();
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  }

  /** Starts it and waits for its `ready` line. @returns `undefined` when it died before */
  async start(): Promise<ReadyLine | undefined> {
    const child = this.spawn();
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    const ready = new Promise<ReadyLine>((resolve) => {
      lines.on('line', (line) => {
        if (line.startsWith('{"ready":true')) resolve(JSON.parse(line) as ReadyLine);
      });
    });
    const ended = once(child, 'exit').then(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`${this.spec.name} was not ready in time; see its log in ${this.spec.directory}`));
      }, START_TIMEOUT_MS);
    });
    try {
      return await Promise.race([ready, ended, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when it has ended, however. */
  async ended(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && !hasEnded(child)) await once(child, 'exit');
  }

  get isRunning(): boolean {
    return this.#child !== undefined && !hasEnded(this.#child);
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    if (this.isRunning) this.#child?.kill('SIGKILL');
    await this.ended();
  }

  /** SIGTERM, and after a while SIGKILL. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    const insist = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.kill('SIGTERM');
    await this.ended();
    clearTimeout(insist);
  }

  private spawn(): ChildProcess {
    const { file, env, directory, name } = this.spec;
    const child = fork(file, [], {
      env: { ...env, PATH: process.env['PATH'] ?? '' },
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child.stderr?.pipe(createWriteStream(join(directory, `${name}.log`), { flags: 'a', mode: 0o600 }));
    this.#child = child;
    return child;
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
