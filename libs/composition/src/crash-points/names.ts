/**
 * Where a process may be killed in a rehearsal, by the steps of reliability 2.3 to 2.7: A issue, B outages, C batch,
 * D interactive sending and technical correction, X across all. A point is passed only where a hook is installed.
 *
 * @see reliability 3.3
 */
export const CRASH_POINTS = {
  'A.afterKeyRow': 'the idempotency key is written, its transaction is open',
  'A.afterValidate': 'the document was examined',
  'A.afterSeal': 'codes and evidence are made, nothing is written',
  'A.beforeXades': 'about to sign the evidence',
  'A.afterXades': 'the evidence is signed',
  'A.beforeKodII': 'about to sign KOD II',
  'A.afterKodII': 'KOD II is signed',
  'A.beforeCommit': 'the invoice is written, not committed',
  'A.afterCommit': 'the invoice is committed, nobody was answered',
  'B.afterMessageStore': 'a message of Latarnia is committed',
  'B.midRecompute': 'a chunk of deadlines is committed, others may wait',
  'B.afterRecompute': 'deadlines are derived anew',
  'C.afterPlanCommit': 'a batch is planned',
  'C.midPack': 'an invoice is read into the archive',
  'C.afterRename': 'an encrypted part has its final name',
  'C.midEncrypt': 'a part is being encrypted',
  'C.afterPartsCommit': 'parts, hashes and the sealed key are committed',
  'C.beforeAuthRefresh': 'about to log in',
  'C.afterAuthRefresh': 'the first answer after a login came',
  'C.beforeOpen': 'the intent to open is committed',
  'C.afterOpenBeforeCommit': 'KSeF opened a session, nothing is written',
  'C.midPart': 'a part is on its way',
  'C.afterPartBeforeCommit': 'a part arrived, nothing is written',
  'C.beforeClose': 'the intent to close is committed',
  'C.afterCloseBeforeCommit': 'KSeF closed the session, nothing is written',
  'C.betweenPolls': 'KSeF said that it is still at work',
  'C.midPage': 'a page of results was read, nothing is written',
  'C.afterPageCommit': 'results of a page are committed',
  'C.beforeUpoStore': 'a UPO was fetched, nothing is written',
  'C.afterUpoStore': 'a UPO is committed',
  'C.beforeWriteBack': 'the intent to send an event to a webhook is committed',
  'C.afterWriteBack': 'an event was sent to a webhook, nothing is written',
  'D.afterApprove': 'a technical correction is approved',
  'D.beforeOpen': 'about to open an interactive session',
  'D.afterOpen': 'an interactive session is open, nothing is written',
  'D.beforeSend': 'the intent to post is committed',
  'D.afterSend': 'an invoice was posted, nothing is written',
  'D.beforeLink': 'the correction was accepted, its original does not know',
  'D.afterLink': 'the original knows its correction',
  'X.leaseRenew': 'a lease is prolonged, its transaction is open',
  'X.fenceBump': 'a lease is taken, its transaction is open',
  'X.sigterm': 'the process was asked to end',
  'X.migrationStep': 'some migrations are committed, others wait',
  'X.journalAppend': 'an audit row is written, its transaction is open',
  'X.sweeperPass': 'the sweeper found its work, and has begun none',
  'X.keyRotationStep': 'one sealed key is under the new key-encryption key, others wait',
} as const satisfies Readonly<Record<`${'A' | 'B' | 'C' | 'D' | 'X'}.${string}`, string>>;

export type CrashPoint = keyof typeof CRASH_POINTS;

/** Named, and not yet in the code: what they lie in is not built, or is not in a composed process. */
export const RESERVED_CRASH_POINTS: ReadonlyMap<CrashPoint, string> = new Map([
  ['X.migrationStep', 'migrations run without a composition: the chaos tool kills their process itself'],
]);

export const isCrashPoint = (name: string): name is CrashPoint => Object.hasOwn(CRASH_POINTS, name);
