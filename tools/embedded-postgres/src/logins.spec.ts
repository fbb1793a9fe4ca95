import { expect, it } from '@jest/globals';
import pg from 'pg';
import { startEmbeddedPostgres } from './index.js';

const ask = async (url: string, text: string): Promise<unknown> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } catch (error) {
    return (error as { code?: string }).code;
  } finally {
    await client.end();
  }
};

it('gives an owner, who makes tables and roles, and logins that may do what their roles may', async () => {
  await using server = await startEmbeddedPostgres({ durable: false });
  const url = await server.createDatabase('some "base"');
  const owner = await server.createOwner(url, 'keeper');
  await ask(owner, 'CREATE ROLE readers; CREATE TABLE thing AS SELECT 1 AS a; GRANT SELECT ON thing TO readers');
  const reader = await server.createLogin(url, ['readers']);

  expect(await ask(owner, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual([{ rolsuper: false }]);
  expect(await ask(reader, 'SELECT a FROM thing')).toEqual([{ a: 1 }]);
  expect(await ask(reader, 'DELETE FROM thing')).toBe('42501');
  expect(await ask(reader, 'CREATE ROLE more')).toBe('42501');
});

it('may be asked again, and gives a new password', async () => {
  await using server = await startEmbeddedPostgres({ durable: false });
  const url = await server.createDatabase('again');
  await ask(url, 'CREATE ROLE readers');
  const first = await server.createLogin(url, ['readers']);
  const second = await server.createLogin(url, ['readers']);
  await server.createOwner(url, 'keeper');
  const owner = await server.createOwner(url, 'keeper');

  expect(new URL(second).password).not.toBe(new URL(first).password);
  await expect(ask(first, 'SELECT 1 AS a')).rejects.toMatchObject({ code: '28P01' });
  expect(await ask(second, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
  expect(await ask(owner, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
});
