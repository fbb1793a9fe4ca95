import {
  Temporal,
  type Approval,
  type ApprovalBook,
  type ApprovalState,
  type ApprovalVoice,
  type GuardedAction,
  type TenantId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import type { Transaction } from '../database/transactions.js';

interface ApprovalRow {
  readonly id: string;
  readonly action: GuardedAction;
  readonly state: ApprovalState;
  readonly proposed_by: string;
  readonly proposed_person: string;
  readonly proposed_at: string;
  readonly decided_by: string | null;
  readonly decided_person: string | null;
  readonly decided_at: string | null;
  readonly reason: string | null;
  readonly code: string | null;
}

export class TypeormApprovalBook implements ApprovalBook {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async add({ id, action, state, proposed: { actor, person, at } }: Approval): Promise<void> {
    await this.transaction.sql(ADD, [
      ...[this.tenant, id, JSON.stringify(action), state, actor, person, instantText(at)],
    ]);
  }

  async find(id: string): Promise<Approval | undefined> {
    return this.#one('tenant_id = $1 AND id = $2', [this.tenant, id]);
  }

  open(action: GuardedAction): Promise<Approval | undefined> {
    const wanted = "tenant_id = $1 AND state = 'proposed' AND md5(action::text) = md5($2::jsonb::text)";
    return this.#one(wanted, [this.tenant, JSON.stringify(action)]);
  }

  async list(limit: number, after: string | undefined): Promise<readonly Approval[]> {
    const { rows } = await this.transaction.sql<ApprovalRow>(LIST, [this.tenant, limit, after ?? null]);
    return rows.map(toApproval);
  }

  async save(approval: Approval, from: ApprovalState): Promise<boolean> {
    const decided = 'decided' in approval ? approval.decided : undefined;
    const { count } = await this.transaction.sql(SAVE, [
      ...[this.tenant, approval.id, from, approval.state],
      ...[decided?.actor ?? null, decided?.person ?? null, decided === undefined ? null : instantText(decided.at)],
      ...['reason' in approval ? approval.reason : null, 'code' in approval ? approval.code : null],
    ]);
    return count === 1;
  }

  async #one(where: string, values: readonly unknown[]): Promise<Approval | undefined> {
    const { rows } = await this.transaction.sql<ApprovalRow>(`SELECT * FROM approval WHERE ${where}`, values);
    return rows[0] === undefined ? undefined : toApproval(rows[0]);
  }
}

const ADD = `
  INSERT INTO approval (tenant_id, id, action, state, proposed_by, proposed_person, proposed_at)
  VALUES ($1, $2, $3::jsonb, $4, $5, $6, $7)`;

const LIST = `
  SELECT * FROM approval
  WHERE tenant_id = $1 AND ($3::uuid IS NULL
    OR (proposed_at, id) < (SELECT proposed_at, id FROM approval AS last WHERE last.tenant_id = $1 AND last.id = $3))
  ORDER BY proposed_at DESC, id DESC LIMIT $2`;

const SAVE = `
  UPDATE approval SET state = $4, decided_by = $5, decided_person = $6, decided_at = $7, reason = $8, code = $9
  WHERE tenant_id = $1 AND id = $2 AND state = $3`;

function toApproval(row: ApprovalRow): Approval {
  const { id, action, state } = row;
  const at = Temporal.Instant.from(row.proposed_at);
  const asked = { id, action, proposed: { actor: row.proposed_by, person: row.proposed_person, at } };
  if (state === 'proposed') return { ...asked, state };
  const decided = voiceOf(row);
  switch (state) {
    case 'rejected':
      return { ...asked, state, decided, reason: row.reason ?? '' };
    case 'refused':
      return { ...asked, state, decided, code: row.code ?? '' };
    case 'approved':
    case 'done':
      return { ...asked, state, decided };
  }
}

/** The columns of a decision come together (CHECK). */
function voiceOf({ decided_by: actor, decided_person: person, decided_at: at }: ApprovalRow): ApprovalVoice {
  if (actor === null || person === null || at === null) throw new Error('a decided approval without a decision');
  return { actor, person, at: Temporal.Instant.from(at) };
}
