import type { Instant } from '@latarnik/domain';
import pg from 'pg';
import { instantText } from '../database/column-types.js';
import { withoutValues } from '../database/database-error.js';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Stores a key of the platform admin, which belongs to no tenant. As the owner of the database: no running process has the
 * right to make one.
 *
 * @param sha256 of the key, Base64
 * @throws DatabaseError
 */
export async function addPlatformKey(
  databaseUrl: string,
  key: { readonly id: string; readonly sha256: string; readonly expiresAt: Instant },
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('INSERT INTO platform_key (id, sha256, expires_at) VALUES ($1, decode($2, $4), $3)', [
      ...[key.id, key.sha256, instantText(key.expiresAt), 'base64'],
    ]);
  } catch (error) {
    throw withoutValues(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
