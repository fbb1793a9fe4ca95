import { CRASH_POINTS, RESERVED_CRASH_POINTS, type CrashPoint } from '@latarnik/composition';
import { Draws } from './draws.js';

/** One invoice as it will be asked for. */
export interface PlannedInvoice {
  readonly index: number;
  readonly tenant: 0 | 1;
  readonly mode: 'auto' | 'offline24';
  readonly atMs: number;
  readonly document: number;
  /** Asked for twice at once, under one key. */
  readonly twice: boolean;
  /** Asked for under another key too, at the same moment. */
  readonly rival: boolean;
  /** The client gives up waiting for its first answer after so long, and asks again. */
  readonly firstPatienceMs: number;
}

export interface PlannedDeath {
  readonly point: CrashPoint;
  readonly pass: number;
  /** The seed is about this one: peace waits for it, for a while. */
  readonly sure?: boolean;
}

export interface ProcessPlan {
  /** Where its successive lives end; the one after the last lives on. */
  readonly deaths: readonly PlannedDeath[];
}

export interface Outage {
  readonly announced: boolean;
  readonly beginMs: number;
  /** The end in law; KSeF answers later. */
  readonly endMs: number;
  readonly answersMs: number;
  readonly manner: 'refuse' | 'silent' | '503' | 'html';
}

export type Blow =
  | { readonly atMs: number; readonly kind: 'incident'; readonly name: string }
  | { readonly atMs: number; readonly kind: 'kill' | 'sigterm'; readonly target: string }
  | { readonly atMs: number; readonly kind: 'rotate-keys'; readonly dies: boolean }
  /** KSeF refuses so many invoices for their file; people correct them technically. */
  | { readonly atMs: number; readonly kind: 'refusals'; readonly count: number };

/** Everything about a run that is decided beforehand. Which process comes first where two race is not. */
export interface SeedPlan {
  readonly seed: number;
  readonly profile: 'hostile' | 'bad-network' | 'overloaded' | 'calm';
  readonly workers: number;
  readonly jobs: boolean;
  readonly lingerSeconds: number;
  readonly ksefTimeoutSeconds: number;
  readonly processingDelayMs: number;
  readonly invoices: readonly PlannedInvoice[];
  readonly outage: Outage | undefined;
  readonly blows: readonly Blow[];
  readonly processes: Readonly<Record<string, ProcessPlan>>;
  /** Faults and blows end here. */
  readonly chaosEndsMs: number;
  /** Clients at a time. */
  readonly clients: number;
  /** Of real time, from the end of all faults until everything has come to its end. */
  readonly restPatienceSeconds: number;
  /** KSeF is away until all is issued, and nobody presses the button: the workers find what waits by themselves. */
  readonly unattended?: boolean;
  /** Every life without a planned death writes down the crash points that it passes. */
  readonly census?: boolean;
}

export interface PlanRequest {
  readonly seed: number;
  readonly invoices: number;
  readonly workers: number;
  readonly jobs: boolean;
  readonly point?: CrashPoint | undefined;
  readonly race?: boolean;
}

const OF_API =
  /^(A\.|D\.(afterApprove|(before|after)(Open|Send))$|C\.(before|after)AuthRefresh$|X\.(journalAppend|sigterm)$)/;
const OF_WORKER = /^(B\.|C\.|D\.(before|after)Link$|X\.(leaseRenew|fenceBump|sigterm|journalAppend|sweeperPass)$)/;

const WIRED = (Object.keys(CRASH_POINTS) as CrashPoint[]).filter((point) => !RESERVED_CRASH_POINTS.has(point));
export const API_POINTS = WIRED.filter((point) => OF_API.test(point));
export const WORKER_POINTS = WIRED.filter((point) => OF_WORKER.test(point));
/** Every point that a seed can be made to die at, in the order in which seeds take them. */
export const KILL_POINTS = WIRED;

/** What happened to others, to be played again; those together that need one another (see docs/simulator.md). */
const INCIDENTS: readonly (readonly string[])[] = [
  ['close-fails-but-is-done'],
  ['html-with-200'],
  ['session-hangs-in-150'],
  ['key-withdrawn'],
  ['all-duplicates-of-ourselves', 'duplicate-names-wrong-session'],
  ['open-times-out'],
  ['throttled-at-opening'],
  ['upload-addresses-expire'],
  ['close-times-out-then-hangs'],
  ['cancelled-within-seconds'],
  ['package-check-fails'],
  ['session-unknown-at-first'],
  ['upload-cut', 'lists-change-order'],
  ['close-bad-gateway-but-is-done'],
  ['status-fails-then-recovers', 'token-refused'],
  ['upo-not-ready', 'upo-link-expired'],
  ['send-times-out', 'invoice-hangs-in-150'],
  ['key-not-readable'],
  ['invoice-unknown-error'],
  ['invoice-cancelled-by-system', 'session-temporarily-unavailable'],
];

const REST_PATIENCE_SECONDS = 600;
/** A large backlog gets time by its size. */
const REST_SECONDS_PER_INVOICE = 0.03;
const MOST_INVOICES_A_SECOND = 15;
const SHORTEST_SPAN_MS = 4_000;
/** Deliveries go on under faults for so long after the last invoice was asked for. */
const AFTERMATH_MS = 9_000;
/** Between the end of an outage in law and KSeF's answering: deadlines must be right before anything is sent. */
const STILL_AWAY_MS = 7_000;

export function planSeed(request: PlanRequest): SeedPlan {
  return request.race === true ? planRace(request) : planChaos(request);
}

function planChaos({ seed, invoices, workers, jobs, point }: PlanRequest): SeedPlan {
  const draws = new Draws(seed);
  const spanMs = Math.max(SHORTEST_SPAN_MS, (1000 * invoices) / MOST_INVOICES_A_SECOND);
  const mandatory = point ?? KILL_POINTS[(seed - 1) % KILL_POINTS.length];
  const outage = planOutage(draws, spanMs, mandatory);
  const chaosEndsMs = Math.max(spanMs + AFTERMATH_MS, (outage?.answersMs ?? 0) + AFTERMATH_MS / 2);
  return {
    seed,
    profile: draws.pick('profile', ['hostile', 'hostile', 'hostile', 'bad-network', 'overloaded', 'calm']),
    workers,
    jobs,
    lingerSeconds: draws.integer('linger', 0, 2),
    ksefTimeoutSeconds: mandatory === 'X.leaseRenew' ? 8 : 3,
    processingDelayMs: draws.integer('processing', 50, 900),
    invoices: planInvoices(draws, invoices, spanMs),
    outage,
    blows: planBlows(draws, { workers, spanMs, chaosEndsMs, mandatory }),
    processes: planDeaths(draws, workers, mandatory),
    chaosEndsMs,
    clients: 4,
    restPatienceSeconds: REST_PATIENCE_SECONDS,
  };
}

const RACE_LINGER_SECONDS = 4;

/** One backlog that grows while KSeF is away, and then only the race of the workers for it, and the death of one. */
function planRace({ seed, invoices, workers, jobs }: PlanRequest): SeedPlan {
  const draws = new Draws(seed);
  return {
    seed,
    profile: 'calm',
    workers,
    jobs,
    lingerSeconds: RACE_LINGER_SECONDS,
    ksefTimeoutSeconds: 30,
    processingDelayMs: 500,
    invoices: planInvoices(draws, invoices, 0).map((invoice) => ({
      ...invoice,
      ...{ tenant: 0, mode: 'offline24', twice: false, rival: false, firstPatienceMs: 30_000 },
    })),
    outage: undefined,
    blows: [],
    processes: { 'worker-1': { deaths: [{ point: 'C.afterOpenBeforeCommit', pass: 1, sure: true }] } },
    chaosEndsMs: 0,
    unattended: true,
    clients: 8,
    restPatienceSeconds: REST_PATIENCE_SECONDS + invoices * REST_SECONDS_PER_INVOICE,
  };
}

function planInvoices(draws: Draws, count: number, spanMs: number): readonly PlannedInvoice[] {
  return Array.from({ length: count }, (_, index) => ({
    index,
    tenant: draws.chance('tenant', 0.3) ? 1 : 0,
    mode: draws.chance('mode', 0.4) ? 'auto' : 'offline24',
    atMs: Math.round((spanMs * index) / count),
    document: draws.integer('document', 0, 999),
    twice: draws.chance('twice', 0.1),
    rival: draws.chance('rival', 0.08),
    firstPatienceMs: draws.chance('hasty', 0.15) ? draws.integer('patience', 5, 150) : 20_000,
  }));
}

function planOutage(draws: Draws, spanMs: number, mandatory: CrashPoint | undefined): Outage | undefined {
  const needed = mandatory?.startsWith('B.') ?? false;
  const kind = needed ? 'announced' : draws.pick('outage', ['announced', 'announced', 'cut', 'none']);
  if (mandatory === 'X.leaseRenew') {
    const beginMs = spanMs + 1500;
    return { announced: false, manner: 'silent', beginMs, endMs: beginMs + 9_000, answersMs: beginMs + 9_000 };
  }
  if (kind === 'none') return undefined;
  const beginMs = Math.round(spanMs * 0.25);
  const endMs = Math.round(spanMs * 0.75) + 1500;
  const manner = draws.pick('manner', ['refuse', 'refuse', 'silent', '503', 'html'] as const);
  const announced = kind === 'announced';
  return { announced, manner, beginMs, endMs, answersMs: endMs + (announced ? STILL_AWAY_MS : 2500) };
}

interface BlowContext {
  readonly workers: number;
  readonly spanMs: number;
  readonly chaosEndsMs: number;
  readonly mandatory: CrashPoint | undefined;
}

function planBlows(draws: Draws, { workers, spanMs, chaosEndsMs, mandatory }: BlowContext): readonly Blow[] {
  const names = workerNames(workers);
  const first = INCIDENTS[(draws.seed - 1) % INCIDENTS.length] ?? [];
  const more = draws.some('incidents', INCIDENTS, draws.integer('incident count', 1, 3)).flat();
  const incidents = [...first, ...more].map((name, at): Blow => {
    const atMs = at < first.length ? 0 : draws.integer('incident', 0, Math.round(spanMs + AFTERMATH_MS / 2));
    return { atMs, kind: 'incident', name };
  });
  const moment = () => draws.integer('kill', Math.round(spanMs * 0.1), Math.round(chaosEndsMs - 1000));
  const kills = Array.from({ length: draws.integer('kill count', 1, 1 + workers) }, (): Blow => {
    const target = draws.chance('api dies', 0.25) ? 'api' : draws.pick('victim', names);
    return { atMs: moment(), kind: draws.chance('gently', 0.25) ? 'sigterm' : 'kill', target };
  });
  const asked: Blow[] = mandatory === 'X.sigterm' ? [{ atMs: moment(), kind: 'sigterm', target: 'worker-1' }] : [];
  const rotating = mandatory === 'X.keyRotationStep';
  const rotation: Blow[] =
    rotating || draws.chance('rotation', 0.15) ? [{ atMs: moment(), kind: 'rotate-keys', dies: rotating }] : [];
  const corrects = /^D\.(afterApprove|(before|after)Link)$/.test(mandatory ?? '');
  const refusals: Blow[] =
    corrects || draws.chance('refusals', 0.4)
      ? [{ atMs: 0, kind: 'refusals', count: draws.integer('refused', 1, 3) }]
      : [];
  return [...incidents, ...kills, ...asked, ...rotation, ...refusals].sort((a, b) => a.atMs - b.atMs);
}

/** The mandatory point kills the first life of the process it belongs to; others come by chance. */
function planDeaths(
  draws: Draws,
  workers: number,
  mandatory: CrashPoint | undefined,
): Readonly<Record<string, ProcessPlan>> {
  const pass = () => draws.pick('pass', [1, 1, 1, 2, 3, 5]);
  const chanced = (points: readonly CrashPoint[]) =>
    draws.some('point', points, draws.integer('deaths', 0, 2)).map((point) => ({ point, pass: pass() }));
  const forced = (points: readonly CrashPoint[]) =>
    mandatory !== undefined && points.includes(mandatory) ? [{ point: mandatory, pass: 1, sure: true }] : [];
  const isOfWorker = mandatory !== undefined && WORKER_POINTS.includes(mandatory);
  return Object.fromEntries([
    ['api', { deaths: [...(isOfWorker ? [] : forced(API_POINTS)), ...chanced(API_POINTS)] }],
    ...workerNames(workers).map(
      (name) => [name, { deaths: [...forced(WORKER_POINTS), ...chanced(WORKER_POINTS)] }] as const,
    ),
  ]);
}

export const workerNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `worker-${String(at + 1)}`);
