import { migrate } from '@latarnik/composition';

/** `npm run migrate`: brings the database of DATABASE_URL to the state this code needs. Safe to repeat. */
const databaseUrl = process.env['DATABASE_URL'];
if (databaseUrl === undefined || databaseUrl === '') {
  process.stderr.write('DATABASE_URL is not set\n');
  process.exitCode = 2;
} else {
  await migrate(databaseUrl);
  process.stdout.write('The database is ready.\n');
}
