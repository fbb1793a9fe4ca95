import type { Deadline } from '../deadline/deadline.js';
import type { OutboxEvent } from '../event/outbox.port.js';
import type { Invoice } from '../invoice/invoice.js';
import type { OfflineMode } from '../invoice/issuing-mode.js';
import type { Instant } from '../shared/instant.js';
import { buyerGroupOf } from './buyer-group.js';
import { circumstancesOf, offlineGoverning, standingOf } from './circumstances.js';
import type { BuyerOfInvoice } from './handover-book.port.js';
import { documentFor, type HandoverDecision } from './handover-document.js';

/** Stored in the transaction of the change that makes another document the right one. */
export const DOCUMENT_DUE = 'document.due';

/** That invoices got their KSeF numbers: from now on every copy carries it (art. 106gb(5), regulation §9(1)-(2)). */
export const numberedDocumentEvents = (numbered: readonly Invoice[], at: Instant): readonly OutboxEvent[] =>
  numbered
    .filter((invoice) => 'acceptance' in invoice)
    .map((invoice) => ({
      at,
      type: DOCUMENT_DUE,
      subject: invoice.id,
      facts: {
        ...factsOf(documentFor(circumstancesOf({ invoice }))),
        cause: 'the KSeF number is known',
        ksefNumber: invoice.acceptance.ksefNumber,
      },
    }));

/** What a message, or a policy, did to waiting invoices of one mode. */
export interface MovedDeadline {
  readonly mode: OfflineMode;
  readonly before: Pick<Deadline, 'regime' | 'kind'> | undefined;
  readonly after: Pick<Deadline, 'regime' | 'kind'>;
}

/** Whether a move can make another document the right one: a later day alone does not. */
export function changesDocuments({ mode, before, after }: MovedDeadline): boolean {
  const [old, next] = [offlineGoverning(mode, before), offlineGoverning(mode, after)];
  return old.regime !== next.regime || old.dutyLifted !== next.dutyLifted;
}

/** For each of these invoices whose right document is another one now; nothing for the others. */
export function movedDocumentEvents(
  moved: MovedDeadline,
  buyers: readonly BuyerOfInvoice[],
  cause: string,
  at: Instant,
): readonly OutboxEvent[] {
  return buyers.flatMap((each) => {
    const about = { standing: standingOf(each.state), hasKodII: true, buyer: buyerGroupOf(each) } as const;
    const before = documentFor({ ...about, ...offlineGoverning(moved.mode, moved.before) });
    const after = documentFor({ ...about, ...offlineGoverning(moved.mode, moved.after) });
    if (before.kind === after.kind || after.kind === 'nothing') return [];
    const facts = { ...factsOf(after), before: before.kind, cause, handedOver: each.handedOver };
    return [{ at, type: DOCUMENT_DUE, subject: each.id, facts }];
  });
}

const factsOf = ({ kind, basis }: HandoverDecision) => ({ document: kind, basis: basis.join(', ') });
