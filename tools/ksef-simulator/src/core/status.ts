/** A status as KSeF reports it: below 200 in progress, 200 success, from 400 final failure. */
export interface Status {
  readonly code: number;
  readonly description: string;
  readonly details?: readonly string[];
  readonly extensions?: Readonly<Record<string, string>>;
}

export const SESSION_STATUS = {
  Batch: {
    100: 'Sesja wsadowa rozpoczęta',
    150: 'Trwa przetwarzanie',
    200: 'Sesja wsadowa przetworzona pomyślnie',
    405: 'Błąd weryfikacji poprawności dostarczonych elementów paczki',
    415: 'Błąd odszyfrowania dostarczonego klucza',
    420: 'Przekroczony limit faktur w sesji',
    430: 'Błąd dekompresji pierwotnego archiwum',
    435: 'Błąd odszyfrowania zaszyfrowanych części archiwum',
    440: 'Sesja anulowana',
    445: 'Błąd weryfikacji, brak poprawnych faktur',
    500: 'Nieznany błąd (500)',
  },
  Online: {
    100: 'Sesja interaktywna otwarta',
    170: 'Sesja interaktywna zamknięta',
    200: 'Sesja interaktywna przetworzona pomyślnie',
    415: 'Błąd odszyfrowania dostarczonego klucza',
    440: 'Sesja anulowana',
    445: 'Błąd weryfikacji, brak poprawnych faktur',
  },
} as const;

/** Legal moves of a batch session (state diagram of sesja-wsadowa; domain-rules 7.1). */
export const BATCH_TRANSITIONS: Readonly<Record<number, readonly number[]>> = {
  100: [150, 440],
  150: [200, 405, 415, 420, 430, 435, 440, 445, 500],
};

/** Legal moves of an interactive session (domain-rules 7.2). */
export const ONLINE_TRANSITIONS: Readonly<Record<number, readonly number[]>> = {
  100: [170, 415, 440],
  170: [200, 415, 440, 445],
};

export const INVOICE_STATUS = {
  100: 'Faktura przyjęta do dalszego przetwarzania',
  150: 'Trwa przetwarzanie',
  200: 'Sukces',
  405: 'Przetwarzanie anulowane z powodu błędu sesji',
  410: 'Nieprawidłowy zakres uprawnień',
  415: 'Brak możliwości wysyłania faktury z załącznikiem',
  430: 'Błąd weryfikacji pliku faktury',
  435: 'Błąd odszyfrowania pliku',
  440: 'Duplikat faktury',
  450: 'Błąd weryfikacji semantyki dokumentu faktury',
  500: 'Nieznany błąd (500)',
  550: 'Operacja została anulowana przez system',
} as const;

export type InvoiceStatusCode = keyof typeof INVOICE_STATUS;

/** Legal moves of an invoice (domain-rules 7.3). */
export const INVOICE_TRANSITIONS: Readonly<Record<number, readonly number[]>> = {
  100: [150, 405],
  150: [200, 405, 410, 415, 430, 435, 440, 450, 500, 550],
};

export const ENROLMENT_STATUS = {
  100: 'Wniosek przyjęty do realizacji',
  200: 'Wniosek obsłużony (certyfikat wygenerowany)',
  400: 'Wniosek odrzucony',
  500: 'Nieznany błąd',
  550: 'Operacja została anulowana przez system',
} as const;

/** Legal moves of an application for a certificate (OpenAPI CertificateEnrollmentStatusResponse). */
export const ENROLMENT_TRANSITIONS: Readonly<Record<number, readonly number[]>> = {
  100: [200, 400, 500, 550],
};

/** @throws on a move the table does not allow: a bug of the simulator, never a client's fault */
export function assertMove(table: Readonly<Record<number, readonly number[]>>, from: number, to: number): void {
  if (table[from]?.includes(to) !== true) throw new Error(`illegal status move ${String(from)} -> ${String(to)}`);
}
