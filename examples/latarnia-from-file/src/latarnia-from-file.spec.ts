import 'reflect-metadata';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { compose, migrate, readConfiguration, type Composition } from '@latarnik/composition';
import { PORTS, type UnitOfWork } from '@latarnik/domain';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@latarnik/embedded-postgres';

const MESSAGE = {
  id: 'BIP/1',
  version: 1,
  eventId: '1',
  category: 'failure',
  type: 'start',
  title: 'Awaria KSeF',
  text: '',
  start: '2026-11-20T08:00:00Z',
  publishedAt: '2026-11-20T08:05:00Z',
};

let directory: string;
let postgres: EmbeddedPostgres;
let composition: Composition;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latarnia-file-'));
  process.env['LATARNIA_FILE'] = join(directory, 'latarnia.json');
  postgres = await startEmbeddedPostgres({ durable: false });
  const databaseUrl = await postgres.createDatabase('extension');
  await migrate(databaseUrl);
  const configuration = readConfiguration(
    {
      LATARNIK_ENVIRONMENT: 'test',
      DATABASE_URL: await postgres.createLogin(databaseUrl, ['latarnik_worker']),
      LATARNIK_DATABASE_POOL: '2',
      LATARNIK_QUEUE: 'off',
      LATARNIK_KSEF_URL: 'http://127.0.0.1:9/v2',
      LATARNIK_LATARNIA_URL: 'http://127.0.0.1:9',
      LATARNIK_SPOOL_DIRECTORY: join(directory, 'spool'),
      LATARNIK_EXTENSIONS: join(import.meta.dirname, 'index.ts'),
    },
    'example',
  );
  composition = await compose(configuration, () => undefined);
});
afterAll(async () => {
  await composition.close();
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
});

const stored = () =>
  composition.container.get<UnitOfWork>(PORTS.unitOfWork).inSystem(async ({ bulletins, connection }) => ({
    bulletins: await bulletins.all(),
    connection: await connection.read(),
  }));

it('says "unknown" while there is no file, and guesses nothing', async () => {
  await composition.useCases.watchOutages.execute();

  expect(await stored()).toMatchObject({ bulletins: [], connection: { latarnia: 'unknown' } });
});

it('takes the messages from the file in place of the HTTP service', async () => {
  await writeFile(join(directory, 'latarnia.json'), JSON.stringify([MESSAGE]));
  const seen = await composition.useCases.watchOutages.execute();

  expect(seen.newBulletins).toBe(1);
  expect((await stored()).bulletins).toMatchObject([{ id: 'BIP/1', category: 'failure', source: 'bip' }]);
});
