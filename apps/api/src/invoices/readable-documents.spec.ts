import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessWorld, NIP_OF_A } from '../testing/access-world.js';

let world: AccessWorld;
let id: string;
beforeAll(async () => {
  world = await AccessWorld.start();
  await world.importOfflineCertificate(world.a);
  const issued = await world.issue(world.a, 'FV/CZYTELNA/1');
  if (issued.status !== 201) throw new Error(issued.text);
  id = String(issued.json['id']);
}, 180_000);
afterAll(() => world.stop());

async function read(path: string): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
  const { status, headers, text } = await world.ask('GET', `/v1/invoices/${path}`, world.a.key);
  return { status, headers, bytes: Buffer.from(text) };
}

describe('what people read of an invoice', () => {
  it.each([
    ['pl', 'preview', 'Data wystawienia'],
    ['en', 'preview?lang=en', 'Date of issue'],
    ['pl', 'evidence-summary.html', 'art. 106nda(2)'],
    ['en', 'evidence-summary.html?lang=en', 'Deadline for KSeF'],
  ])('is a page in %s at %s, which runs and loads nothing', async (language, path, text) => {
    const { status, headers, bytes } = await read(`${id}/${path}`);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
    );
    const page = bytes.toString('utf8');
    expect(page).toContain(`<html lang="${language}">`);
    expect(page).toContain('FV/CZYTELNA/1');
    expect(page).toContain(NIP_OF_A);
    expect(page).toContain(text);
  });

  it.each(['pdf', 'pdf?lang=en', 'evidence-summary.pdf'])('is a PDF at %s', async (path) => {
    const { status, headers, bytes } = await read(`${id}/${path}`);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/pdf']);
    expect(headers.get('content-disposition')).toMatch(/^inline; filename="[a-z-]+-[0-9a-f-]{36}\.pdf"$/);
    expect(bytes.subarray(0, 8).toString('latin1')).toBe('%PDF-1.7');
  });

  it('shows both codes while KSeF does not have it', async () => {
    const page = (await read(`${id}/preview`)).bytes.toString('utf8');
    expect([...page.matchAll(/alt="(KOD I+) (\w+):/g)].map(([, code, label]) => [code, label])).toEqual([
      ['KOD I', 'OFFLINE'],
      ['KOD II', 'CERTYFIKAT'],
    ]);
  });

  it.each([
    [`no UPO before there is one`, () => `${id}/upo.pdf`, 404],
    ['no such invoice', () => `${randomUUID()}/pdf`, 404],
    ['no such language', () => `${id}/pdf?lang=de`, 400],
    ['no such parameter', () => `${id}/preview?language=en`, 400],
  ])('is not there: %s', async (_name, path, status) => {
    const answer = await read(path());
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
  });
});
