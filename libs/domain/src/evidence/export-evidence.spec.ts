import { beforeEach, describe, expect, it } from '@jest/globals';
import type { InvoiceId } from '../invoice/invoice.js';
import { ReadInvoices } from '../invoice/read-invoices.js';
import { ReadUpo } from '../session/read-upo.js';
import { Temporal } from '../shared/instant.js';
import { anOfflineCertificate, TENANT } from '../testing/builders.js';
import { aBulletin, anEndBulletin } from '../testing/bulletins.js';
import { IssuingWorld, JURISDICTION } from '../testing/issuing-world.js';
import { nodeHasher } from '../testing/sha256.js';
import { AuditEvidence } from './audit-evidence.js';
import { CodeEvidence } from './code-evidence.js';
import { DeadlineEvidence } from './deadline-history.js';
import { DeliveryEvidence } from './delivery-evidence.js';
import { DocumentEvidence } from './document-evidence.js';
import type { EvidenceEntry, EvidenceProvider } from './evidence-entry.js';
import { utf8 } from './evidence-text.js';
import { ExportEvidence } from './export-evidence.js';
import { OutageEvidence } from './outage-evidence.js';

const images = {
  png: (link: string) => utf8(`png of ${link}`),
  svg: (_link: string, label: string) => `<svg>${label}</svg>`,
};

describe('exporting the evidence of an invoice', () => {
  let world: IssuingWorld;
  let packed: readonly Pick<EvidenceEntry, 'path' | 'bytes'>[];
  beforeEach(async () => {
    world = new IssuingWorld();
    packed = [];
    await world.has(anOfflineCertificate());
  });

  function exporter(further: readonly EvidenceProvider[] = []): ExportEvidence {
    const { database: unitOfWork, clock, ksef } = world;
    const archive = {
      pack: (entries: typeof packed) => {
        packed = entries;
        return Promise.resolve(utf8('the archive'));
      },
    };
    const ports = { unitOfWork, hasher: nodeHasher, clock, archive, environment: 'test' as const };
    const reads = { invoices: new ReadInvoices(unitOfWork, JURISDICTION), upo: new ReadUpo(unitOfWork, ksef) };
    return new ExportEvidence(ports, reads, [
      ...[new DocumentEvidence(), new CodeEvidence(images), new OutageEvidence(JURISDICTION)],
      ...[new DeadlineEvidence(JURISDICTION), new DeliveryEvidence(), new AuditEvidence(), ...further],
    ]);
  }
  async function issued(): Promise<InvoiceId> {
    const outcome = await world.issue({ number: 'FV/1' });
    if (!outcome.ok) throw new Error(outcome.error.code);
    return outcome.value.invoice.id;
  }
  const jsonOf = (path: string): Record<string, unknown> => {
    const entry = packed.find((each) => each.path === path);
    return JSON.parse(new TextDecoder().decode(entry?.bytes)) as Record<string, unknown>;
  };

  it('shows each deadline with the moment from which it was known, and every version of the messages behind it', async () => {
    await world.announced(aBulletin());
    const id = await issued();
    world.clock.advance(3600);
    await world.announced(anEndBulletin({ end: '2026-11-23T11:30:00+01:00', fetchedAt: world.clock.now() }));
    world.clock.advance(3600);
    const longer = { version: 2, end: '2026-11-24T12:00:00+01:00', fetchedAt: world.clock.now() };
    await world.announced(anEndBulletin(longer), aBulletin({ id: 'K/9', eventId: '9', category: 'unknown' }));
    world.clock.advance(60);
    expect(await exporter().execute(TENANT, 'api-key:9', id)).toEqual({
      fileName: `evidence-${id}.zip`,
      bytes: utf8('the archive'),
    });

    const { history } = jsonOf('deadline/history.json') as {
      history: readonly { knownFrom: string; term: { kind: string; day?: string; basis: string } }[];
    };
    expect(history.map(({ knownFrom, term }) => [knownFrom, term.kind, term.day])).toEqual([
      ['2026-11-23T10:00:00Z', 'open', undefined],
      ['2026-11-23T11:00:00Z', 'due', '2026-12-02'],
      ['2026-11-23T12:00:00Z', 'due', '2026-12-03'],
    ]);
    const { messages } = jsonOf('outage/messages.json') as { messages: readonly { id: string; version: number }[] };
    expect(messages.map(({ id: of, version }) => [of, version])).toEqual([
      ['K/2026/AWR/01', 1],
      ['K/2026/AWR/02', 1],
      ['K/2026/AWR/02', 2],
    ]);
  });

  it('audits the export in the transaction that read it, with the digest of the manifest', async () => {
    const id = await issued();
    await exporter().execute(TENANT, 'api-key:9', id);
    const manifest = packed.find(({ path }) => path === 'manifest.json');
    const manifestSha256 = Buffer.from(nodeHasher.hash(manifest?.bytes ?? new Uint8Array())).toString('hex');
    expect(world.database.audit.entries.at(-1)).toEqual({
      at: Temporal.Instant.from('2026-11-23T10:00:00Z'),
      actor: 'api-key:9',
      action: 'evidence.exported',
      subject: { kind: 'invoice', id },
      facts: { files: packed.length, manifestSha256 },
    });
  });

  it('takes further files of a further provider, lists them, and refuses two of one name or a name that leads astray', async () => {
    const id = await issued();
    const providing = (...paths: string[]): EvidenceProvider => ({
      entries: () =>
        Promise.resolve(
          paths.map((path) => ({
            path,
            mediaType: 'application/pdf',
            bytes: utf8('%PDF'),
            what: { pl: 'p', en: 'e' },
          })),
        ),
    });
    await exporter([providing('invoice.pdf')]).execute(TENANT, 'a', id);
    expect((jsonOf('manifest.json')['files'] as readonly { path: string }[]).map(({ path }) => path)).toContain(
      'invoice.pdf',
    );
    for (const paths of [['invoice.pdf', 'invoice.pdf'], ['manifest.json'], ['audit.json']]) {
      await expect(exporter([providing(...paths)]).execute(TENANT, 'a', id)).rejects.toThrow('two evidence files');
    }
    for (const path of ['../x', '/x', 'a/b/c', 'a\\b', '.x', '']) {
      await expect(exporter([providing(path)]).execute(TENANT, 'a', id)).rejects.toThrow('cannot be called');
    }
  });

  it('has nothing of an invoice that is not there, and audits nothing', async () => {
    const nobody = '00000000-0000-4000-8000-00000000ffff' as InvoiceId;
    expect(await exporter().execute(TENANT, 'a', nobody)).toBeUndefined();
    expect(world.database.audit.entries).toEqual([]);
  });

  it('writes UTF-8', () => {
    const text = 'zażółć gęślą jaźń € 𝄞 %41 \u0000';
    expect(utf8(text)).toEqual(new Uint8Array(Buffer.from(text, 'utf8')));
  });
});
