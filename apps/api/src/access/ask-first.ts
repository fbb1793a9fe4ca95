import type { GuardedAction } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import type { Caller } from '../http/caller.js';
import { problem, ProblemError } from '../http/problem.js';

/**
 * Where two persons are needed, asks instead of doing.
 * @throws ProblemError 409 with the approval that it waits for: nothing was done yet
 */
export async function askFirst(
  { approvalPolicy, proposeApproval }: UseCases,
  { tenant, actor }: Caller,
  action: GuardedAction,
  person: string,
): Promise<void> {
  if (approvalPolicy === 'one-person') return;
  const { id } = await proposeApproval.execute({ tenant, actor, person }, action);
  const detail = `It waits for another person: POST /v1/approvals/${id}/approval. Nothing was done yet.`;
  const links = { approvalId: id };
  throw new ProblemError(problem(409, 'APPROVAL_NEEDED', 'This takes two persons', detail, links), {
    location: `/v1/approvals/${id}`,
  });
}
