import type pg from 'pg';
import { deadlinesAreRight } from './deadlines.js';
import { nothingForbiddenWasDone, nothingIsSentTwice, sessionsHoldTheirBatches } from './deliveries.js';
import { acceptancesAreProven, booksAgree, hashesAgree } from './documents.js';
import { movesAreTold, receiversHearAll } from './events.js';
import type { Evidence } from './evidence.js';
import { allCameToRest, issueIsFinal, movesAreDeclared, oneHolderAtATime } from './history.js';
import { nothingIsLost, oneInvoicePerRequest } from './issued.js';
import { noSecretIsOut } from './secrets.js';
import { tenantsNeverMix } from './tenants.js';
import { verdictsOf, type Verdict } from './verdict.js';

/** Compares what clients were told, what we have and what KSeF has, invariant by invariant; uses nothing of the product. */
export async function judge(client: pg.Client, evidence: Evidence): Promise<readonly Verdict[]> {
  return verdictsOf([
    nothingIsLost(evidence),
    oneInvoicePerRequest(evidence),
    nothingIsSentTwice(evidence),
    booksAgree(evidence),
    ...(await acceptancesAreProven(evidence)),
    await hashesAgree(evidence),
    sessionsHoldTheirBatches(evidence),
    nothingForbiddenWasDone(evidence),
    deadlinesAreRight(evidence),
    oneHolderAtATime(evidence),
    await tenantsNeverMix(evidence),
    movesAreDeclared(evidence),
    allCameToRest(evidence),
    await noSecretIsOut(client, evidence),
    issueIsFinal(evidence),
    movesAreTold(evidence),
    receiversHearAll(evidence),
  ]);
}
