import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Lets the login own the database and create roles, as a migration needs to. @returns its URL */
export async function createOwner(databaseUrl: string, name: string): Promise<string> {
  const password = randomBytes(24).toString('hex');
  const database = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
  await withClient(databaseUrl, async (client) => {
    await setLogin(client, name, password, 'CREATEROLE');
    await client.query(`ALTER DATABASE ${pg.escapeIdentifier(database)} OWNER TO ${pg.escapeIdentifier(name)}`);
  });
  return as(databaseUrl, name, password);
}

/** A login with the rights of these roles and no others. @returns its URL */
export async function createLogin(databaseUrl: string, roles: readonly string[]): Promise<string> {
  const name = `login_of_${roles.join('_and_')}`;
  const password = randomBytes(24).toString('hex');
  await withClient(databaseUrl, async (client) => {
    await setLogin(client, name, password, 'NOCREATEROLE');
    for (const role of roles) {
      await client.query(`GRANT ${pg.escapeIdentifier(role)} TO ${pg.escapeIdentifier(name)}`);
    }
  });
  return as(databaseUrl, name, password);
}

/** One that an earlier start made gets a new password. */
async function setLogin(client: pg.Client, name: string, password: string, rights: string): Promise<void> {
  const login = pg.escapeIdentifier(name);
  const { rows } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
  if (rows.length === 0) await client.query(`CREATE ROLE ${login}`);
  await client.query(`ALTER ROLE ${login} LOGIN ${rights} PASSWORD ${pg.escapeLiteral(password)}`);
}

function as(databaseUrl: string, name: string, password: string): string {
  return Object.assign(new URL(databaseUrl), { username: name, password }).href;
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
