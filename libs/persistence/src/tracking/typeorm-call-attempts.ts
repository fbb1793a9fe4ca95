import {
  Temporal,
  type BatchId,
  type CallAttempt,
  type CallAttempts,
  type CallAttemptState,
  type PendingCall,
  type RecordedCall,
  type SessionReference,
  type TenantId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { required } from '../database/required.js';
import type { Transaction } from '../database/transactions.js';

interface CallRow {
  readonly id: string;
  readonly batch_id: string;
  readonly call: RecordedCall;
  readonly state: CallAttemptState;
  readonly made_at: string;
  readonly fence: string;
  readonly ended_at: string | null;
  readonly session_reference: string | null;
  readonly cause: string | null;
  readonly resolution: string | null;
  readonly orphans: readonly string[];
}

export class TypeormCallAttempts implements CallAttempts {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async begin({ id, batchId, call, at, fence }: PendingCall): Promise<void> {
    await this.transaction.sql(
      `INSERT INTO call_attempt (tenant_id, id, batch_id, call, state, made_at, fence)
       VALUES ($1, $2, $3, $4, 'pending', $5, $6)`,
      [this.tenant, id, batchId, call, instantText(at), fence.toString()],
    );
  }

  async settle(attempt: Exclude<CallAttempt, PendingCall>): Promise<void> {
    const { count } = await this.transaction.sql(
      `UPDATE call_attempt SET state = $3, ended_at = $4, session_reference = $5, cause = $6, resolution = $7, orphans = $8
       WHERE tenant_id = $1 AND id = $2`,
      [
        ...[this.tenant, attempt.id, attempt.state, instantText(attempt.endedAt)],
        'session' in attempt ? attempt.session : null,
        'cause' in attempt ? attempt.cause : null,
        attempt.state === 'resolved' ? attempt.resolution : null,
        attempt.state === 'resolved' ? attempt.orphans : [],
      ],
    );
    if (count !== 1) throw new Error(`call ${attempt.id} is not stored`);
  }

  async ofBatch(batchId: BatchId): Promise<readonly CallAttempt[]> {
    const { rows } = await this.transaction.sql<CallRow>(
      'SELECT * FROM call_attempt WHERE tenant_id = $1 AND batch_id = $2 ORDER BY arrival',
      [this.tenant, batchId],
    );
    return rows.map(toAttempt);
  }

  async knownSessions(sessions: readonly SessionReference[]): Promise<readonly SessionReference[]> {
    if (sessions.length === 0) return [];
    const { rows } = await this.transaction.sql<{ session: string }>(KNOWN_SESSIONS, [this.tenant, sessions]);
    return rows.map(({ session }) => session as SessionReference);
  }
}

/** $1 tenant, $2 sessions. */
const KNOWN_SESSIONS = `
  SELECT session FROM unnest($2::text[]) AS asked (session)
  WHERE EXISTS (SELECT FROM batch WHERE tenant_id = $1 AND session_reference = session)
    OR EXISTS (SELECT FROM call_attempt WHERE tenant_id = $1 AND session = ANY (orphans))
    OR EXISTS (SELECT FROM session_row WHERE tenant_id = $1 AND session_reference = session)`;

function toAttempt(row: CallRow): CallAttempt {
  const made = {
    id: row.id,
    batchId: row.batch_id as BatchId,
    call: row.call,
    at: Temporal.Instant.from(row.made_at),
    fence: BigInt(row.fence),
  };
  if (row.state === 'pending') return { ...made, state: 'pending' };
  const endedAt = Temporal.Instant.from(required(row.ended_at, 'end of a call'));
  if (row.state === 'done') {
    return { ...made, state: 'done', endedAt, session: required(row.session_reference, 'session') as SessionReference };
  }
  const cause = required(row.cause, 'cause');
  if (row.state !== 'resolved') return { ...made, state: row.state, endedAt, cause };
  const orphans = row.orphans as readonly SessionReference[];
  return { ...made, state: 'resolved', endedAt, cause, resolution: required(row.resolution, 'resolution'), orphans };
}
