export const INVARIANTS = {
  I1: 'no issued invoice is lost',
  I2: 'none is accepted twice, none is sent blindly again',
  I3: 'every accepted invoice has its number and its UPO',
  I4: 'bytes sent = signed = hashed = in the QR code',
  I5: 'no deadline is wrong or passes unseen',
  I6: 'one effective holder per unit of work',
  I7: 'tenants never mix',
  I8: 'nothing is accepted without proof',
  I9: 'states move along the graph, with an audit row in the same transaction',
  I10: 'when faults stop, everything comes to its end',
  I11: 'no secret leaves its place',
  I12: 'mode and its basis are never rewritten',
  I13: 'what happened is told, at least once, in its order',
} as const;
export type InvariantId = keyof typeof INVARIANTS;

/** What one check found: how much it looked at, and what was wrong, each with the ids it is about. */
export interface Finding {
  readonly invariant: InvariantId;
  readonly checked: number;
  readonly breaches: readonly string[];
}

export interface Verdict {
  readonly invariant: InvariantId;
  readonly name: string;
  readonly checked: number;
  readonly breaches: readonly string[];
}

/** One check; several may be about one invariant. */
export class Check {
  readonly #breaches: string[] = [];
  #checked = 0;

  constructor(private readonly invariant: InvariantId) {}

  /** Counts one thing looked at, and what is wrong with it. */
  that(isRight: boolean, otherwise: () => string): void {
    this.#checked += 1;
    if (!isRight) this.#breaches.push(otherwise());
  }

  get finding(): Finding {
    return { invariant: this.invariant, checked: this.#checked, breaches: this.#breaches };
  }
}

/** All invariants in their order, each with all that was found about it. */
export function verdictsOf(findings: readonly Finding[]): readonly Verdict[] {
  return (Object.keys(INVARIANTS) as InvariantId[]).map((invariant) => {
    const own = findings.filter((finding) => finding.invariant === invariant);
    return {
      invariant,
      name: INVARIANTS[invariant],
      checked: own.reduce((sum, { checked }) => sum + checked, 0),
      breaches: own.flatMap(({ breaches }) => breaches),
    };
  });
}
