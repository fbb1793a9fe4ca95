import type { EndpointGroup } from '../limits/endpoints.js';
import { CALL_FAULTS, type CallFault, type FaultKind } from './fault-kinds.js';

/** Probabilities, 0 to 1: of a call fault for each call, of an inner fault for each session, invoice, login or list. */
export type FaultRates = Readonly<Partial<Record<FaultKind, number>>>;

/** How often what goes wrong. */
export interface FaultProfile {
  readonly name: string;
  readonly rates: FaultRates;
  /** Rates of call faults in one group; they replace those above for that group, kind by kind. */
  readonly groups?: Readonly<Partial<Record<EndpointGroup, Readonly<Partial<Record<CallFault, number>>>>>>;
  /** How long a session or invoice hangs. @default 6 hours */
  readonly hangMs?: number;
}

/** Groups whose calls stay well unless a profile names them: people's pages, test data, and Latarnia. */
const SPARED: ReadonlySet<EndpointGroup> = new Set(['latarnia', 'verification', 'test-data']);

/** Ready-made profiles. `hostile` has the figures of the project's test plan. */
export const FAULT_PROFILES = {
  calm: { name: 'calm', rates: {} },
  hostile: {
    name: 'hostile',
    rates: {
      'execute-and-time-out': 0.05,
      'drop-before-effect': 0.05,
      throttle: 0.03,
      'server-error': 0.02,
      'html-200': 0.01,
      'hang-session': 0.01,
      'hang-invoice': 0.01,
      'shuffle-pages': 1,
      'rotate-keys': 0.05,
      'expire-upload-urls': 0.02,
      'wrong-duplicate-session': 0.5,
    },
  },
  'bad-network': {
    name: 'bad-network',
    rates: { 'execute-and-time-out': 0.15, 'drop-before-effect': 0.15 },
  },
  overloaded: {
    name: 'overloaded',
    rates: { throttle: 0.2, 'server-error': 0.15, 'html-200': 0.05, 'hang-session': 0.1, 'shuffle-pages': 1 },
  },
} as const satisfies Record<string, FaultProfile>;
export type FaultProfileName = keyof typeof FAULT_PROFILES;

/** The rates of call faults that hold for one group. */
export function callRates(
  { rates, groups }: FaultProfile,
  group: EndpointGroup,
): readonly (readonly [CallFault, number])[] {
  const own = groups?.[group];
  const common = SPARED.has(group) ? {} : rates;
  return (Object.keys(CALL_FAULTS) as CallFault[]).map((kind) => [kind, own?.[kind] ?? common[kind] ?? 0] as const);
}
