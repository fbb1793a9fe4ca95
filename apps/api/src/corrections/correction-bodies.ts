import { z } from 'zod';
import { PersonName, Reason, shortText } from '../http/fields.js';

/** Beside the document, which is the whole body. */
export const ProposalQuery = z.strictObject({
  person: PersonName.describe('name of the person who proposes it'),
  reason: Reason.optional(),
  decision: shortText(2000).optional().describe('after status 440: why it may take the place of what KSeF holds'),
});

export const ApprovalBody = z.strictObject({
  person: PersonName,
  reason: Reason.optional(),
  partialComparisonSeen: z
    .boolean()
    .default(false)
    .describe('the person compared by hand what could not be compared here'),
});

export const DecisionBody = z.strictObject({ person: PersonName, reason: Reason.optional() });

const STATES = [
  ...['proposed', 'declined', 'approved', 'sending', 'resolving', 'accepted', 'complete', 'refused', 'blocked'],
  ...['needs-review', 'conflict'],
] as const;

export const ListQuery = z.strictObject({
  state: z.enum(STATES).optional().describe('all that want something when left out'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.uuid().optional(),
});
