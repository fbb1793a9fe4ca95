import type { BatchId, Job, TenantId } from '@latarnik/domain';
import type { Queue } from 'pg-boss';

/** The schema that pg-boss keeps its tables in. */
export const QUEUE_SCHEMA = 'pgboss';

/** A queue per kind of job. */
export const JOB_KINDS = [
  'advance-batch',
  'track-interactive',
  'plan-batches',
  'correct-technically',
  'recalculate-deadlines',
] as const;
JOB_KINDS satisfies readonly Job['kind'][];

/**
 * `short`: at most one job with the same key waits, any number may run; the work itself is guarded by leases. A job
 * that is lost, or given up after its retries, is made again by the sweeper from the rows.
 */
export const QUEUE_SETTINGS = {
  retryLimit: 10,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 300,
  /** Longer than a batch is worked on in one go. */
  expireInSeconds: 900,
  /** The job of a worker that was killed is handed out again after this. */
  heartbeatSeconds: 30,
  retentionSeconds: 86_400,
  deleteAfterSeconds: 3_600,
} as const satisfies Omit<Queue, 'name' | 'policy'>;
export const QUEUE_POLICY = 'short';

/** Jobs with the same key are one job. A postponed one does not hold up one that is wanted now. */
export function singletonKeyOf(job: Job, afterSeconds: number): string {
  const subject = job.kind === 'advance-batch' ? `${job.tenant}/${job.batchId}` : job.tenant;
  return afterSeconds > 0 ? `${subject}/later` : subject;
}

/** Ids only. */
export function toPayload(job: Job): { readonly tenant: string; readonly batchId?: string } {
  return job.kind === 'advance-batch' ? { tenant: job.tenant, batchId: job.batchId } : { tenant: job.tenant };
}

/** @throws when the payload is not what `toPayload` makes */
export function toJob(kind: Job['kind'], payload: unknown): Job {
  const { tenant, batchId } = (payload ?? {}) as { readonly tenant?: unknown; readonly batchId?: unknown };
  if (typeof tenant !== 'string') throw new Error(`a job of kind ${kind} names no tenant`);
  if (kind !== 'advance-batch') return { kind, tenant: tenant as TenantId };
  if (typeof batchId !== 'string') throw new Error('a job of kind advance-batch names no batch');
  return { kind, tenant: tenant as TenantId, batchId: batchId as BatchId };
}
