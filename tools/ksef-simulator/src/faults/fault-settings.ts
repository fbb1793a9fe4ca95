import { isErrorCode, knownErrorCodes } from '../core/refusals.js';
import { ENDPOINT_GROUPS, type EndpointGroup } from '../limits/endpoints.js';
import type { CallFault } from './fault-kinds.js';
import { callRates, type FaultProfile } from './fault-profile.js';
import type { FaultOrder } from './faults.js';

/** Faults that cannot be dealt out as they were asked for; the message names them. */
export class FaultSettingsError extends Error {
  override readonly name = 'FaultSettingsError';
}

/** Sums of decimal fractions are a little off. */
const TOLERANCE = 1e-9;

/**
 * One call has one fate: in no group may the rates of call faults sum over 1. Faults inside KSeF are drawn each for itself.
 *
 * @throws {FaultSettingsError}
 */
export function checkProfile(profile: FaultProfile): void {
  const { name, rates, groups = {} } = profile;
  for (const given of [rates, ...Object.values(groups)]) {
    for (const [kind, rate] of Object.entries(given)) {
      if (rate >= 0 && rate <= 1) continue;
      throw new FaultSettingsError(`profile ${name}: the rate of ${kind} is ${String(rate)}, not from 0 to 1`);
    }
  }
  for (const group of ENDPOINT_GROUPS) checkGroup(profile, group);
}

function checkGroup(profile: FaultProfile, group: EndpointGroup): void {
  const happening = callRates(profile, group).filter(([, rate]) => rate > 0);
  const sum = happening.reduce((before, [, rate]) => before + rate, 0);
  if (sum <= 1 + TOLERANCE) return;
  const named = happening.map(([kind, rate]: readonly [CallFault, number]) => `${kind} ${percent(rate)}`).join(', ');
  throw new FaultSettingsError(
    `profile ${profile.name}: a call to ${group} would have faults in ${percent(sum)} of all cases: ${named}`,
  );
}

/** @throws {FaultSettingsError} on a refusal with a number that KSeF does not have */
export function checkOrder({ kind, code }: FaultOrder): void {
  if (kind !== 'refuse' || code === undefined || isErrorCode(code)) return;
  const known = knownErrorCodes().join(', ');
  throw new FaultSettingsError(`refuse: ${String(code)} is no error code the simulator knows; those are ${known}`);
}

const percent = (rate: number): string => `${String(Math.round(rate * 1000) / 10)} %`;
