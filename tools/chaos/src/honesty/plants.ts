import type { InvariantId } from '../oracle/verdict.js';
import type { SeedPlan } from '../plan.js';

/** A bug that is planted, and where it has to show. */
export interface Plant {
  /** Also the name of its file in `plants/`. */
  readonly name: string;
  readonly what: string;
  /** At least one of them has to be found broken. */
  readonly breaks: readonly InvariantId[];
  /** What must happen for the bug to matter. */
  readonly during?: (plan: SeedPlan) => Partial<SeedPlan>;
}

const incidents = (...names: readonly string[]) => ({
  blows: names.map((name) => ({ atMs: 0, kind: 'incident' as const, name })),
});
const oneWorker = { workers: 1 };
/** Everything waits in one batch until the button is pressed. */
const oneBatch = { lingerSeconds: 3600 };

export const PLANTS: readonly Plant[] = [
  { name: 'ignore-fence', what: 'a worker writes though another holds the batch', breaks: ['I6'] },
  {
    name: 'resend-after-close',
    what: 'closing is answered 500, and the invoices go into another session',
    breaks: ['I2'],
    during: () => ({ ...incidents('close-fails-but-is-done'), ...oneWorker, chaosEndsMs: 15_000 }),
  },
  {
    name: 'trust-ordinal',
    what: 'results are matched by position',
    breaks: ['I3', 'I8'],
    during: () => ({ ...incidents('lists-change-order'), chaosEndsMs: 12_000 }),
  },
  { name: 'drop-invoice', what: 'a package lacks invoices of its batch', breaks: ['I4'], during: () => oneBatch },
  { name: 'accepted-on-taking', what: 'what KSeF took counts as accepted', breaks: ['I3', 'I8'] },
  { name: 'reserialise', what: 'the XML is printed anew before it is sent', breaks: ['I3', 'I4'] },
  {
    name: 'no-recompute',
    what: 'deadlines do not follow the messages',
    breaks: ['I5'],
    during: ({ invoices }) => ({
      invoices: invoices.map((invoice) => ({ ...invoice, atMs: invoice.atMs + 7000 })),
      outage: { announced: true, manner: 'refuse', beginMs: 500, endMs: 12_000, answersMs: 30_000 },
      chaosEndsMs: 31_000,
    }),
  },
  { name: 'upo-unchecked', what: 'any UPO proves any invoice', breaks: ['I8'] },
  { name: 'two-sessions', what: 'each batch is sent in two sessions at once', breaks: ['I2'] },
  {
    name: 'forget-keys',
    what: 'idempotency keys are forgotten',
    breaks: ['I2'],
    during: ({ invoices }) => ({ invoices: invoices.map((invoice) => ({ ...invoice, twice: true })) }),
  },
  { name: 'answer-before-commit', what: '201 is answered for a transaction that is rolled back', breaks: ['I1'] },
  { name: 'no-event', what: 'some proofs are told to nobody', breaks: ['I13'] },
  { name: 'webhook-unsent', what: 'some events count as taken that were never posted', breaks: ['I13'] },
  { name: 'no-audit', what: 'moves leave no audit row', breaks: ['I9'] },
  { name: 'wrong-context', what: 'sessions are opened for another tenant', breaks: ['I7'] },
  { name: 'key-in-log', what: 'a private key is written to the log', breaks: ['I11'] },
  {
    name: 'no-alerts',
    what: 'nobody is warned of a deadline',
    breaks: ['I5'],
    during: () => ({
      outage: { announced: false, manner: 'refuse', beginMs: 0, endMs: 24_000, answersMs: 24_500 },
      chaosEndsMs: 25_000,
    }),
  },
  { name: 'no-sweeper', what: 'lost jobs are found by nobody', breaks: ['I10'], during: () => oneWorker },
];
