import { setTimeout as pause } from 'node:timers/promises';
import type { ProcessPlan } from '../plan.js';
import { Child } from './child.js';

export interface MortalSpec {
  readonly name: string;
  readonly file: string;
  readonly directory: string;
  /** Of one life: which application its connections call themselves, and where it dies. */
  readonly envOf: (life: {
    readonly application: string;
    readonly crashPoint: string | undefined;
  }) => Readonly<Record<string, string>>;
  /** Keeps its port from the first life on. */
  readonly portVariable: string;
  readonly plan: ProcessPlan;
}

/** One life of a process: what its connections and its leases call it. */
export interface Life {
  readonly application: string;
  readonly pid: number;
}

const REBIRTH_PAUSE_MS = 250;
const MOST_STILLBIRTHS = 6;

/** A process that is started again whenever it dies, until it is told to rest. */
export class MortalProcess {
  readonly lives: Life[] = [];
  #child: Child | undefined;
  #port: string | undefined;
  #resting = false;
  #deaths: ProcessPlan['deaths'];
  #rebirths: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #armed = false;
  /** The present life was ended by somebody, so that its planned death is still to come. */
  #isByHand = false;

  constructor(private readonly spec: MortalSpec) {
    this.#deaths = spec.plan.deaths;
  }

  get name(): string {
    return this.spec.name;
  }

  /** Where the API is; known from the first life on. */
  get url(): string {
    return `http://127.0.0.1:${this.#port ?? ''}`;
  }

  /** Until one life is ready; one that dies before is followed by another. */
  async start(): Promise<void> {
    for (let next = this.bear(); !(await next); next = this.bear()) {
      if (this.lives.length > MOST_STILLBIRTHS) throw new Error(`${this.spec.name} never became ready; see its log`);
    }
  }

  async kill(): Promise<void> {
    this.#isByHand = true;
    await this.#child?.kill();
  }

  /** Asks it to end; it is started again. */
  async askToEnd(): Promise<void> {
    this.#isByHand = true;
    await this.#child?.stop();
  }

  /** A death that the seed is about is still to come. */
  get isToDie(): boolean {
    return this.#deaths.some(({ sure }) => sure === true) && !(this.#armed && this.#child?.isRunning === false);
  }

  /** Its further lives have no planned death; the present one is ended gently if it has. @throws when it could not live */
  async live(): Promise<void> {
    this.#deaths = [];
    await this.#rebirths;
    if (this.#armed) await this.#child?.stop();
    await this.settled();
  }

  async rest(): Promise<void> {
    this.#resting = true;
    await this.#child?.stop();
    await this.#rebirths;
  }

  /** Dead for good, without a last word. */
  async drop(): Promise<void> {
    this.#resting = true;
    await this.#child?.kill();
    await this.#rebirths;
  }

  private async settled(): Promise<void> {
    for (let look = 0; look < 100; look++) {
      await this.#rebirths;
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#child?.isRunning === true) return;
      await pause(100);
    }
    throw new Error(`${this.spec.name} does not come back; see its log in ${this.spec.directory}`);
  }

  private async bear(): Promise<boolean> {
    const { name, file, directory, envOf, portVariable } = this.spec;
    const application = `${name}.${String(this.lives.length + 1)}`;
    const died = this.#armed && !this.#isByHand;
    if (died) this.#deaths = this.#deaths.slice(1);
    const [death] = this.#deaths;
    this.#armed = death !== undefined;
    this.#isByHand = false;
    const crashPoint = death === undefined ? undefined : `${death.point}:${String(death.pass)}`;
    const env = { ...envOf({ application, crashPoint }), [portVariable]: this.#port ?? '0' };
    const child = new Child({ name, file, directory, env });
    this.#child = child;
    const starting = child.start();
    this.lives.push({ application, pid: child.pid ?? 0 });
    const ready = await starting;
    this.#port ??= ready === undefined ? undefined : new URL(String(ready['url'])).port;
    if (ready === undefined) return false;
    void child.ended().then(() => {
      this.afterDeath(child);
    });
    return true;
  }

  private afterDeath(child: Child): void {
    if (this.#resting || this.#child !== child) return;
    this.#rebirths = pause(REBIRTH_PAUSE_MS).then(async () => {
      while (!this.#resting && !(await this.bear())) await pause(REBIRTH_PAUSE_MS);
    });
    this.#rebirths = this.#rebirths.catch((error: unknown) => {
      this.#failure = error instanceof Error ? error : new Error('a start failed');
    });
  }
}
