// Seeded faults and deaths against the whole system. Start at run-seed.ts; the command is main.ts.
export { planSeed } from './plan.js';
export type { SeedPlan } from './plan.js';
export { runSeeds, withArena } from './run-seeds.js';
export { INVARIANTS } from './oracle/verdict.js';
