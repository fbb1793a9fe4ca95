import type { DataSource } from 'typeorm';

interface RoleRow {
  readonly name: string;
  readonly is_superuser: boolean;
  readonly bypasses: boolean;
  readonly owns: boolean;
  readonly is_across: boolean;
}

/**
 * Why row-level security does not hold this connection (reliability S6), or undefined when it does.
 *
 * @returns words for a log or an error; they name the role, never its password
 */
export async function unsafeRole(dataSource: DataSource): Promise<string | undefined> {
  const rows: RoleRow[] = await dataSource.query(ROLE);
  const [role] = rows;
  if (role === undefined) return undefined;
  const faults = [
    ...(role.is_superuser ? ['is a superuser'] : []),
    ...(role.bypasses ? ['passes row-level security by (BYPASSRLS)'] : []),
    ...(role.owns ? ['owns the tables'] : []),
    ...(role.is_across ? ['is a member of latarnik_across'] : []),
  ];
  if (faults.length === 0) return undefined;
  const advice = 'let DATABASE_URL name a login of latarnik_api or latarnik_worker';
  return `the database role ${role.name} ${faults.join(', ')}: ${advice}`;
}

/** A superuser is everybody: of it only that is said. */
const ROLE = `
  SELECT rolname::text AS name, rolsuper AS is_superuser, rolbypassrls AND NOT rolsuper AS bypasses,
    NOT rolsuper AND EXISTS (
      SELECT FROM pg_class WHERE oid = to_regclass('public.invoice') AND pg_has_role(current_user, relowner, 'MEMBER')) AS owns,
    NOT rolsuper AND coalesce(pg_has_role(current_user, to_regrole('latarnik_across'), 'MEMBER'), false) AS is_across
  FROM pg_roles WHERE rolname = current_user`;
