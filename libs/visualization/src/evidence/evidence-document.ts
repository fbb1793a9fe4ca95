import type { DocumentLanguage, EvidenceSummary } from '@latarnik/domain';
import type { Block, Field, PrintDocument, Section } from '../model/print-document.js';
import { Words, type Bilingual } from '../model/words.js';
import { FILE_KINDS, MODES, DEADLINE_KINDS } from './evidence-words.js';

/** One line of a part; left out where nothing is known. */
type Line = readonly [label: Bilingual, value: string | undefined];

/** What proves how an invoice was issued and when it reached KSeF, on paper; the files themselves go beside it. */
export function evidenceDocument(summary: EvidenceSummary, language: DocumentLanguage): PrintDocument {
  const words = new Words(language, {}, {});
  const fields = (...lines: readonly Line[]): readonly Block[] => {
    const known = lines.flatMap(([label, value]): readonly Field[] =>
      value === undefined || value === '' ? [] : [{ label: words.say(label), value }],
    );
    return known.length === 0 ? [] : [{ kind: 'fields', fields: known }];
  };
  const part = (heading: Bilingual, blocks: readonly Block[]): Section => ({ heading: words.say(heading), blocks });
  return {
    language,
    title: words.say(['Zestawienie dowodów', 'Summary of evidence']),
    reference: summary.number,
    facts: [
      { label: words.say(['Numer faktury', 'Invoice number']), value: summary.number },
      { label: words.say(['Data wystawienia', 'Date of issue']), value: summary.issueDate },
      { label: words.say(['Sprzedawca', 'Seller']), value: `${summary.sellerName}\nNIP ${summary.sellerNip}` },
      { label: words.say(['Identyfikator', 'Identifier']), value: summary.invoiceId },
      { label: words.say(['Stan', 'State']), value: summary.status },
    ],
    sections: [
      part(['Tryb wystawienia i jego podstawa', 'Mode of issue and its basis'], issueBlocks(summary, fields, words)),
      part(['Termin przesłania do KSeF', 'Deadline for KSeF'], deadlineBlocks(summary, fields, words)),
      part(['Przesłanie i odpowiedź KSeF', 'Delivery and the answer of KSeF'], deliveryBlocks(summary, fields, words)),
      part(['Pliki i ich skróty', 'Files and their hashes'], fileBlocks(summary, words)),
      part(['Kody weryfikujące', 'Verification codes'], linkBlocks(summary)),
      part(['Przebieg zdarzeń', 'What happened'], eventBlocks(summary, words)),
    ].filter(({ blocks }) => blocks.length > 0),
  };
}

type Fields = (...lines: readonly Line[]) => readonly Block[];

function issueBlocks({ issue, requestedMode }: EvidenceSummary, fields: Fields, words: Words): readonly Block[] {
  if (issue === undefined) return [];
  const { basis } = issue;
  const announced = basis.kind === 'bulletin' ? basis : undefined;
  return fields(
    [['Tryb', 'Mode'], words.say(MODES[issue.mode] ?? [issue.mode, issue.mode])],
    [['Tryb żądany', 'Mode asked for'], requestedMode],
    [['Wystawiono', 'Issued at'], issue.issuedAt],
    [['Powód', 'Reason'], basis.kind === 'own-choice' ? basis.reason : undefined],
    [['Komunikat', 'Announcement'], announced?.bulletinId],
    [['Wersja komunikatu', 'Version of the announcement'], announced && String(announced.version)],
    [['Zdarzenie', 'Event'], announced?.eventId],
    [['Numer seryjny certyfikatu', 'Serial number of the certificate'], issue.certificateSerial],
  );
}

function deadlineBlocks({ deadline }: EvidenceSummary, fields: Fields, words: Words): readonly Block[] {
  if (deadline === undefined) return [];
  return [
    ...fields(
      [['Ostatni dzień', 'Last day'], deadline.day ?? words.say(DEADLINE_KINDS[deadline.kind])],
      [['Koniec terminu', 'Ends at'], deadline.endsAt],
      [['Termin wewnętrzny', 'House target'], deadline.targetAt],
      [['Podstawa prawna', 'Legal basis'], deadline.legalBasis],
    ),
    ...deadline.steps.map((text): Block => ({ kind: 'text', text })),
  ];
}

function deliveryBlocks(summary: EvidenceSummary, fields: Fields, words: Words): readonly Block[] {
  const { delivery, acceptance, refusal } = summary;
  return [
    ...fields(
      [['Kanał', 'Channel'], delivery?.channel],
      [['Sesja', 'Session'], delivery?.session],
      [['Partia', 'Batch'], delivery?.batchId],
    ),
    ...(acceptance === undefined ? [] : acceptanceBlocks(acceptance, fields, words)),
    ...fields(
      [
        ['Odmowa KSeF', 'Refusal by KSeF'],
        refusal && [refusal.code, refusal.description, ...refusal.details].join(' '),
      ],
      [['Podpis UPO', 'Signature of the UPO'], signatureText(summary, words)],
    ),
  ];
}

type Acceptance = NonNullable<EvidenceSummary['acceptance']>;

function acceptanceBlocks(acceptance: Acceptance, fields: Fields, words: Words): readonly Block[] {
  const { ksefNumber, acceptedAt, numberAssignedAt, invoicingMode, late } = acceptance;
  return fields(
    [['Numer KSeF', 'KSeF number'], ksefNumber],
    [['Przyjęto', 'Accepted at'], acceptedAt],
    [['Numer nadano', 'Number assigned at'], numberAssignedAt],
    [['Tryb w KSeF', 'Mode at KSeF'], invoicingMode],
    [['W terminie', 'In time'], late === undefined ? undefined : words.say(late ? ['nie', 'no'] : ['tak', 'yes'])],
  );
}

function signatureText({ upoSignature }: EvidenceSummary, words: Words): string | undefined {
  if (upoSignature === undefined) return undefined;
  if (upoSignature.verdict !== 'valid') return words.say(['nie był sprawdzany', 'not checked']);
  return `${words.say(['sprawdzony, ważny', 'checked, valid'])} ${upoSignature.signer ?? ''}`.trim();
}

function fileBlocks({ files }: EvidenceSummary, words: Words): readonly Block[] {
  if (files.length === 0) return [];
  const columns = [
    { header: words.say(['Plik', 'File']), align: 'start' as const },
    { header: words.say(['SHA-256 (Base64)', 'SHA-256 (Base64)']), align: 'start' as const },
    { header: words.say(['Bajtów', 'Bytes']), align: 'end' as const },
  ];
  const rows = files.map(({ kind, sha256Base64, sizeBytes }) => [
    { text: words.say(FILE_KINDS[kind]) },
    { text: sha256Base64 },
    { text: sizeBytes === undefined ? '' : String(sizeBytes) },
  ]);
  return [{ kind: 'table', columns, rows }];
}

const linkBlocks = ({ links }: EvidenceSummary): readonly Block[] =>
  links.length === 0 ? [] : [{ kind: 'fields', fields: links.map(({ kind, link }) => ({ label: kind, value: link })) }];

function eventBlocks({ events }: EvidenceSummary, words: Words): readonly Block[] {
  if (events.length === 0) return [];
  const columns = [
    { header: words.say(['Chwila (UTC)', 'At (UTC)']), align: 'start' as const },
    { header: words.say(['Zdarzenie', 'Event']), align: 'start' as const },
    { header: words.say(['Kto', 'Who']), align: 'start' as const },
  ];
  const rows = events.map(({ at, action, actor, facts }) => {
    const notes = facts.map(([label, value]) => ({ label, value }));
    return [{ text: at }, { text: action, ...(notes.length === 0 ? {} : { notes }) }, { text: actor }];
  });
  return [{ kind: 'table', columns, rows }];
}
