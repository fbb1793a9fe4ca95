import { parseArgs } from 'node:util';
import { seedTenant } from './seed-tenant.js';

/** `npm run tenant -- --name NAME --nip NIP`: creates a tenant with one context and prints its API key, once. */
const { values } = parseArgs({ options: { name: { type: 'string' }, nip: { type: 'string' } } });
const { name, nip } = values;
if (name === undefined || nip === undefined) {
  process.stderr.write('usage: npm run tenant -- --name NAME --nip NIP\n');
  process.exitCode = 2;
} else {
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  const { tenantId, apiKey } = await seedTenant(env, name, nip);
  process.stdout.write(`tenant   ${tenantId}\nAPI key  ${apiKey}\n`);
}
