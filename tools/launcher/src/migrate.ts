import { migrate } from '@latarnik/composition';

/**
 * `npm run migrate`: brings the database to the state this code needs, as the owner of the database, whose URL is in
 * LATARNIK_MIGRATION_DATABASE_URL; DATABASE_URL, where that is not set, serves when it names the owner. Safe to repeat.
 */
const databaseUrl = process.env['LATARNIK_MIGRATION_DATABASE_URL'] ?? process.env['DATABASE_URL'];
if (databaseUrl === undefined || databaseUrl === '') {
  process.stderr.write('LATARNIK_MIGRATION_DATABASE_URL is not set\n');
  process.exitCode = 2;
} else {
  await migrate(databaseUrl);
  process.stdout.write('The database is ready.\n');
}
