import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { compose, readConfiguration } from '@latarnik/composition';
import { parseContextIdentifier, PORTS, type TenantDirectory, type TenantId } from '@latarnik/domain';

/** A tenant as the launcher makes it: one context, one API key. */
export interface SeededTenant {
  readonly tenantId: string;
  readonly apiKey: string;
  readonly contextNip: string;
}

/** Creates a tenant through the product's own port; the API key is stored hashed and returned once. */
export async function seedTenant(
  env: Readonly<Record<string, string>>,
  name: string,
  contextNip: string,
): Promise<SeededTenant> {
  const context = parseContextIdentifier('Nip', contextNip);
  if (!context.ok) throw new Error(`${contextNip} is not a NIP`);
  const apiKey = `lk_${randomBytes(32).toString('base64url')}`;
  const tenantId = randomUUID();
  const composition = await compose(readConfiguration(env, 'launcher'), () => undefined);
  try {
    await composition.container.get<TenantDirectory>(PORTS.tenantDirectory).create({
      id: tenantId as TenantId,
      name,
      contexts: [{ id: randomUUID(), identifier: context.value, name }],
      apiKeys: [{ id: randomUUID(), sha256: createHash('sha256').update(apiKey).digest('base64') }],
    });
  } finally {
    await composition.close();
  }
  return { tenantId, apiKey, contextNip };
}
