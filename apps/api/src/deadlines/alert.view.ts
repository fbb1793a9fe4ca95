import type { Alert } from '@latarnik/domain';
import { z } from 'zod';

export const AlertView = z.object({
  stage: z.string().describe('T-24h, T-6h, T-1h before the end; open-24h: no end is known yet; target-missed; overdue'),
  dueAt: z.iso.datetime().describe('what it warns of: the statutory end, or the target that was missed'),
  raisedAt: z.iso.datetime(),
});

export function alertView({ stage, dueAt, raisedAt }: Alert): z.infer<typeof AlertView> {
  return { stage, dueAt: dueAt.toString(), raisedAt: raisedAt.toString() };
}
