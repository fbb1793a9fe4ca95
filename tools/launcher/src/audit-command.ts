import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { verifyAudit, type AuditVerdict, type NotedCheckpoint } from '@latarnik/composition';

const USAGE = `usage: npm run audit -- verify [--database URL] [--checkpoints FILE] [--unsealed-seconds N]

  --database URL        a login of latarnik_auditor; or LATARNIK_AUDIT_DATABASE_URL, which no list of processes shows
  --checkpoints FILE    the worker's log, or its lines with "audit.checkpoint": those blocks must be there
  --unsealed-seconds N  an entry that is in no block for longer is a finding (default 300)
`;

/**
 * Verifies the audit chains of all tenants.
 *
 * @param print takes the answer, a line or more
 * @returns the exit code: 0 all hold, 1 the first broken place was printed, 2 it could not be asked
 */
export async function auditCommand(
  args: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
  print: (text: string) => void,
): Promise<number> {
  try {
    const options = {
      database: { type: 'string' },
      checkpoints: { type: 'string' },
      'unsealed-seconds': { type: 'string' },
    } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const databaseUrl = values.database ?? variables['LATARNIK_AUDIT_DATABASE_URL'];
    const unsealedSeconds = Number(values['unsealed-seconds'] ?? 300);
    if (positionals.join() !== 'verify' || databaseUrl === undefined || !(unsealedSeconds >= 0)) {
      print(USAGE);
      return 2;
    }
    const checkpoints = values.checkpoints === undefined ? [] : notedIn(await readFile(values.checkpoints, 'utf8'));
    const verdict = await verifyAudit({ databaseUrl, unsealedSeconds, checkpoints });
    print(said(verdict, checkpoints.length));
    return verdict.ok ? 0 : 1;
  } catch (error) {
    print(`${error instanceof Error ? error.message : 'not an error object'}\n`);
    return 2;
  }
}

/** Lines of a log; what is no checkpoint is passed over. */
export function notedIn(log: string): readonly NotedCheckpoint[] {
  return log.split('\n').flatMap((line) => {
    const noted = checkpointOf(line);
    return noted === undefined ? [] : [noted];
  });
}

function checkpointOf(line: string): NotedCheckpoint | undefined {
  const begin = line.indexOf('{');
  if (begin < 0 || !line.includes('audit.checkpoint')) return undefined;
  try {
    const { event, tenant, block, sha256 } = JSON.parse(line.slice(begin)) as Readonly<Record<string, unknown>>;
    if (event !== 'audit.checkpoint' || typeof tenant !== 'string') return undefined;
    return typeof block === 'number' && typeof sha256 === 'string' ? { tenant, block, sha256 } : undefined;
  } catch {
    return undefined;
  }
}

function said(verdict: AuditVerdict, checkpoints: number): string {
  if (!verdict.ok) return `BROKEN: tenant ${verdict.tenant}: ${placeOf(verdict)}\n`;
  const { tenants, blocks, entries, unsealed } = verdict;
  return (
    `The audit trail holds: ${String(entries)} entries in ${String(blocks)} blocks of ${String(tenants)} tenants, ` +
    `${String(unsealed)} wait to be sealed; ${String(checkpoints)} checkpoints met.\n`
  );
}

function placeOf(fault: Extract<AuditVerdict, { ok: false }>): string {
  switch (fault.fault) {
    case 'entry-changed':
      return `entry ${fault.entry} was changed`;
    case 'entry-missing':
      return `entry ${fault.entry} is missing`;
    case 'entry-not-sealed':
      return `entry ${fault.entry} is in no block, and was not written just now`;
    case 'block-changed':
      return `block ${String(fault.block)} was changed`;
    case 'block-missing':
      return `block ${String(fault.block)} is missing`;
    case 'block-not-chained':
      return `block ${String(fault.block)} does not follow the block before it: that one was changed`;
    case 'checkpoint-not-met':
      return `block ${String(fault.block)} is not the one that was noted outside the database`;
  }
}
