import type { InvoiceFacts } from '../invoice/invoice-facts.js';
import type { DocumentElement } from '../visualization/document-element.js';
import { readableDecimal } from '../visualization/readable-decimal.js';
import type { DocumentLanguage } from '../visualization/document-renderer.port.js';
import { parseEmailAddress, type EmailAddress } from './email-address.js';
import type { DocumentKind } from './handover-document.js';

/** What a message about a document says. */
export interface EmailContent {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  /** Of the attachment; letters, digits and hyphens. */
  readonly fileName: string;
}

type Facts = Pick<InvoiceFacts, 'number' | 'sellerName' | 'issueDate' | 'grossAmount' | 'currency'>;

/** The message to a buyer in one language: what the attachment is, what its codes are for, and what is still to come. */
export function emailContent(
  document: DocumentKind,
  facts: Facts,
  language: DocumentLanguage,
  ksefNumber?: string,
): EmailContent {
  const words = WORDS[language];
  const [number, seller] = [oneLine(facts.number, 256), oneLine(facts.sellerName, 100)];
  const { title, body } = words[document];
  const lines = [
    words.greeting,
    '',
    body,
    '',
    `${words.number}: ${number}`,
    `${words.issueDate}: ${facts.issueDate.toString()}`,
    `${words.amount}: ${readableDecimal(facts.grossAmount, language)} ${facts.currency}`,
    ...(ksefNumber === undefined ? [] : [`${words.ksefNumber}: ${ksefNumber}`]),
    '',
    seller,
  ];
  const slug = number
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/[łŁ]/g, (letter) => (letter === 'ł' ? 'l' : 'L'))
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 80);
  return {
    subject: oneLine(`${title} ${number} - ${seller}`, 200),
    text: `${lines.join('\n')}\n`,
    fileName: `${words.fileNames[document]}${slug === '' ? '' : `-${slug}`}.pdf`,
  };
}

/** Line breaks and other controls become spaces: whatever stands in an invoice, it is no header of ours. */
// eslint-disable-next-line no-control-regex -- controls are what is taken out
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

function oneLine(text: string, most: number): string {
  return Array.from(text.replace(CONTROLS, ' ').trim()).slice(0, most).join('');
}

/** Podmiot2/DaneKontaktowe/Email of an FA(3) file: the first that is an address. */
export function buyerEmailOf(invoice: DocumentElement): EmailAddress | undefined {
  const named = (from: readonly DocumentElement[], name: string): readonly DocumentElement[] =>
    from.flatMap(({ children }) => children).filter((child) => child.name === name);
  const addresses = named(named(named([invoice], 'Podmiot2'), 'DaneKontaktowe'), 'Email');
  for (const { text } of addresses) {
    const parsed = parseEmailAddress(text);
    if (parsed.ok) return parsed.value;
  }
  return undefined;
}

interface Words {
  readonly greeting: string;
  readonly number: string;
  readonly issueDate: string;
  readonly amount: string;
  readonly ksefNumber: string;
  readonly fileNames: Readonly<Record<DocumentKind, string>>;
}
type Texts = Readonly<Record<DocumentKind, { readonly title: string; readonly body: string }>>;

const WORDS: Readonly<Record<DocumentLanguage, Words & Texts>> = {
  pl: {
    greeting: 'Dzień dobry,',
    number: 'Numer faktury',
    issueDate: 'Data wystawienia',
    amount: 'Kwota należności ogółem',
    ksefNumber: 'Numer KSeF',
    fileNames: {
      'invoice-with-number': 'faktura',
      'invoice-with-two-codes': 'faktura',
      'invoice-without-codes': 'faktura',
      'transaction-confirmation': 'potwierdzenie-transakcji',
    },
    'invoice-with-number': {
      title: 'Faktura',
      body: 'w załączeniu przesyłamy fakturę z numerem KSeF. Kod QR pozwala sprawdzić ją w KSeF. Ta wizualizacja zastępuje przesłane wcześniej.',
    },
    'invoice-with-two-codes': {
      title: 'Faktura',
      body: 'w załączeniu przesyłamy fakturę wystawioną w trybie offline. Kod OFFLINE pozwoli sprawdzić ją, gdy trafi do KSeF, a kod CERTYFIKAT potwierdza tożsamość wystawcy.',
    },
    'invoice-without-codes': {
      title: 'Faktura',
      body: 'w załączeniu przesyłamy fakturę wystawioną w czasie awarii całkowitej KSeF. Nie trafi ona do KSeF i nie ma kodów weryfikujących.',
    },
    'transaction-confirmation': {
      title: 'Potwierdzenie transakcji do faktury',
      body: 'w załączeniu przesyłamy potwierdzenie transakcji. Nie jest ono fakturą: faktura zostanie udostępniona w KSeF.',
    },
  },
  en: {
    greeting: 'Hello,',
    number: 'Invoice number',
    issueDate: 'Issue date',
    amount: 'Total amount',
    ksefNumber: 'KSeF number',
    fileNames: {
      'invoice-with-number': 'invoice',
      'invoice-with-two-codes': 'invoice',
      'invoice-without-codes': 'invoice',
      'transaction-confirmation': 'transaction-confirmation',
    },
    'invoice-with-number': {
      title: 'Invoice',
      body: 'please find attached the invoice with its KSeF number. Its QR code lets you verify it in KSeF. It replaces any copy sent to you before.',
    },
    'invoice-with-two-codes': {
      title: 'Invoice',
      body: 'please find attached an invoice issued in offline mode. The code OFFLINE lets you verify it once it is in KSeF; the code CERTYFIKAT proves who issued it.',
    },
    'invoice-without-codes': {
      title: 'Invoice',
      body: 'please find attached an invoice issued during a total failure of KSeF. It will not be in KSeF and has no verification codes.',
    },
    'transaction-confirmation': {
      title: 'Transaction confirmation for invoice',
      body: 'please find attached a transaction confirmation. It is not an invoice: the invoice will be made available in KSeF.',
    },
  },
};
