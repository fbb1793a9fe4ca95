import type { IssueRequest } from '@latarnik/domain';
import { z } from 'zod';
import type { Caller } from '../http/caller.js';
import { parseContext } from './parse-context.js';

/** How to issue; the same in a query and beside a line of a bulk request. */
export const IssueOptions = z.strictObject({
  mode: z.enum(['auto', 'online', 'offline24']).default('auto'),
  context: z.string().optional().describe('`Nip:5265877635`: needed when the seller is not the one who logs in'),
  seller: z
    .enum(['entrusted'])
    .optional()
    .describe('the seller, whose NIP is not that of the named context, entrusted it with issuing'),
  correction: z.enum(['anyway']).optional().describe('issue a correction although its original has no KSeF number yet'),
});

/** As a fingerprint has them. */
export const optionsText = ({ mode, context, correction, seller }: z.infer<typeof IssueOptions>): string =>
  [
    mode,
    context ?? '',
    ...(correction === undefined ? [] : [correction]),
    ...(seller === undefined ? [] : [`seller-${seller}`]),
  ].join(' ');

/** @throws ProblemError 400 when the context is none */
export function issueRequest(
  { tenant, actor, contexts }: Caller,
  { mode, context, correction, seller }: z.infer<typeof IssueOptions>,
  claim: IssueRequest['claim'],
  document: IssueRequest['document'],
): IssueRequest {
  return {
    ...{ tenant, actor, claim, document, mode },
    ...(correction === undefined ? {} : { correctionAnyway: true }),
    ...(context === undefined ? {} : { context: parseContext(context) }),
    ...(seller === undefined ? {} : { entrusted: true }),
    ...(contexts === undefined ? {} : { onlyContexts: contexts }),
  };
}
