import type { TenantId } from '@latarnik/domain';
import { expect, it } from '@jest/globals';
import { OpenStreams } from './open-streams.js';

const tenant = (at: number) => `tenant ${String(at)}` as TenantId;

it('lets a tenant keep ten streams, and a process two hundred', () => {
  const streams = new OpenStreams();
  const own = Array.from({ length: 10 }, () => streams.enter(tenant(0)));
  expect(() => streams.enter(tenant(0))).toThrow(
    expect.objectContaining({ problem: expect.objectContaining({ status: 429 }) }),
  );
  own[0]?.();
  own[0]?.();
  streams.enter(tenant(0));
  expect(() => streams.enter(tenant(0))).toThrow();
  for (let at = 1; at < 20; at++) for (let each = 0; each < 10; each++) streams.enter(tenant(at));
  expect(() => streams.enter(tenant(20))).toThrow(
    expect.objectContaining({ problem: expect.objectContaining({ status: 503 }) }),
  );
  own[1]?.();
  streams.enter(tenant(20));
});
