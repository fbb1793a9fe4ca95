import { randomUUID } from 'node:crypto';
import { addPlatformKey, randomKeyMaker } from '@latarnik/composition';
import { LONGEST_KEY_HOURS, Temporal } from '@latarnik/domain';

/**
 * `npm run platform-key`: makes a key of the platform admin, for a year, and prints it, once. It sees no tenant's data.
 * Runs as the owner of the database, whose URL is in LATARNIK_MIGRATION_DATABASE_URL: no running process may make one.
 */
const databaseUrl = process.env['LATARNIK_MIGRATION_DATABASE_URL'] ?? '';
if (databaseUrl === '') {
  process.stderr.write('LATARNIK_MIGRATION_DATABASE_URL is not set\n');
  process.exitCode = 2;
} else {
  const id = randomUUID();
  const { token, sha256 } = randomKeyMaker.make(id);
  const expiresAt = Temporal.Instant.fromEpochMilliseconds(Date.now()).add({ hours: LONGEST_KEY_HOURS });
  await addPlatformKey(databaseUrl, { id, sha256, expiresAt });
  process.stdout.write(`platform key  ${token}\nexpires at    ${expiresAt.toString()}\n`);
}
