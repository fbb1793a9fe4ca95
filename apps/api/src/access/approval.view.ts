import type { Approval, ApprovalRefusal, ApprovalVoice } from '@latarnik/domain';
import { z } from 'zod';
import { PersonName, Reason } from '../http/fields.js';
import { notFound, problem, ProblemError } from '../http/problem.js';

export const ApprovalBody = z.strictObject({ person: PersonName.describe('another person, with another credential') });
export const RejectionBody = z.strictObject({ person: PersonName, reason: Reason });

const Voice = z.object({ person: z.string(), actor: z.string(), at: z.iso.datetime() });

export const ApprovalView = z.object({
  id: z.uuid(),
  action: z
    .record(z.string(), z.string())
    .describe('`kind` is deadline-policy, certificate-retirement or certificate-revocation; the rest says which'),
  state: z
    .enum(['proposed', 'rejected', 'approved', 'done', 'refused'])
    .describe('approved: being done; approve again when it stays so'),
  proposed: Voice,
  decided: Voice.nullable(),
  reason: z.string().nullable().describe('of a rejection'),
  code: z.string().nullable().describe('why it could not be done'),
});
export type ApprovalView = z.infer<typeof ApprovalView>;

export const ApprovalList = z.object({ items: z.array(ApprovalView), next: z.string().nullable() });

export function approvalView(approval: Approval): ApprovalView {
  return {
    id: approval.id,
    action: { ...approval.action },
    state: approval.state,
    proposed: voiceView(approval.proposed),
    decided: 'decided' in approval ? voiceView(approval.decided) : null,
    reason: 'reason' in approval ? approval.reason : null,
    code: 'code' in approval ? approval.code : null,
  };
}

const voiceView = ({ person, actor, at }: ApprovalVoice) => ({ person, actor, at: at.toString() });

export function approvalProblem(refusal: ApprovalRefusal): ProblemError {
  if (refusal.code === 'APPROVAL_NOT_FOUND') return notFound('approval');
  const refused = (status: number, title: string, detail: string, facts: object = {}): ProblemError =>
    new ProblemError(problem(status, refusal.code, title, detail, { ...facts }));
  switch (refusal.code) {
    case 'PERSON_MISSING':
      return refused(422, 'Who are you?', 'Say who answers for it.');
    case 'SAME_PERSON':
      return refused(
        409,
        'This takes two persons',
        'Who asks does not approve; all keys of one client are one voice.',
        {
          by: refusal.by,
        },
      );
    case 'APPROVAL_CLOSED':
      return refused(409, 'Nothing to decide', 'It was decided before.', { state: refusal.state });
  }
}
