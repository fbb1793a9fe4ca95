import type { BusinessDayCalendar } from '../calendar/business-day-calendar.js';
import { isBefore } from '../calendar/warsaw-time.js';
import { housePoliciesOf, type HousePolicy } from '../deadline/house-policy.js';
import { rulesFrom } from '../deadline/policy-change.js';
import type { Law } from '../deadline/statutory-clocks.js';
import { outagesFrom, type Outage } from '../outage/outage.js';
import { reliableOutages } from '../outage/total-failure-confirmation.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import type { LegalRecords } from './legal-archive.port.js';

/** What is the same for all tenants of an installation. */
export interface Jurisdiction {
  readonly calendar: BusinessDayCalendar;
  readonly environment: KsefEnvironment;
}

/** What a tenant knew, and how it read the law, at one moment: enough to tell any mode and any deadline. */
export interface LegalSituation {
  /** Every announced outage, also those nobody may rely on yet. */
  readonly announced: readonly Outage[];
  /** Those that decide modes and deadlines. */
  readonly outages: readonly Outage[];
  readonly law: Law;
  housePolicies(context: ContextIdentifier): readonly HousePolicy[];
}

/**
 * The situation that these records make: every one of them counts, whatever clock stamped it. A rehearsal left in the
 * database counts for nothing on production.
 */
export function situationOf(records: LegalRecords, jurisdiction: Jurisdiction): LegalSituation {
  const known = SITUATIONS.get(records);
  if (known?.jurisdiction === jurisdiction) return known.situation;
  const situation = derive(records, jurisdiction);
  SITUATIONS.set(records, { jurisdiction, situation });
  return situation;
}

/** Records are values: the same ones make the same situation, and every issue asks for it. */
const SITUATIONS = new WeakMap<
  LegalRecords,
  { readonly jurisdiction: Jurisdiction; readonly situation: LegalSituation }
>();

function derive(records: LegalRecords, { calendar, environment }: Jurisdiction): LegalSituation {
  const { confirmations, policyChanges, housePolicyDecisions } = records;
  const bulletins = records.bulletins.filter(({ source }) => source !== 'simulation' || environment !== 'production');
  return {
    announced: outagesFrom(bulletins),
    outages: reliableOutages(bulletins, confirmations, environment),
    law: { calendar, rules: rulesFrom(policyChanges) },
    housePolicies: (context) => housePoliciesOf(context, housePolicyDecisions),
  };
}

/**
 * The situation as it was known at a moment: from what had been read, entered and decided by then, and from nothing
 * else ("what did we know on the 24th at 10:00?").
 */
export function situationAsOf(records: LegalRecords, moment: Instant, jurisdiction: Jurisdiction): LegalSituation {
  const by = (since: Instant): boolean => !isBefore(moment, since);
  return situationOf(
    {
      bulletins: records.bulletins.filter(({ fetchedAt }) => by(fetchedAt)),
      confirmations: records.confirmations.filter(({ confirmedAt }) => by(confirmedAt)),
      policyChanges: records.policyChanges.filter(({ decidedAt }) => by(decidedAt)),
      housePolicyDecisions: records.housePolicyDecisions.filter(({ decidedAt }) => by(decidedAt)),
    },
    jurisdiction,
  );
}
