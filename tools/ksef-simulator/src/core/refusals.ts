/** One numbered error of the official list. */
export interface ApiError {
  readonly code: number;
  readonly description: string;
  readonly details?: readonly string[];
}

/** Descriptions of the official error codes the simulator gives (OpenAPI 2.6). */
const DESCRIPTIONS = {
  9101: 'Nieprawidłowy dokument.',
  9102: 'Brak podpisu.',
  9103: 'Przekroczona liczba dozwolonych podpisów.',
  9105: 'Nieprawidłowy podpis.',
  21001: 'Nieczytelna treść.',
  21111: 'Nieprawidłowe wyzwanie autoryzacyjne.',
  21115: 'Nieprawidłowy certyfikat.',
  21155: 'Przekroczono dozwoloną liczbę faktur w sesji.',
  21157: 'Nieprawidłowy rozmiar części pakietu.',
  21161: 'Przekroczono dozwoloną liczbę części pakietu.',
  21164: 'Faktura o podanym identyfikatorze nie istnieje.',
  21165: 'Faktura o podanym numerze KSeF nie jest jeszcze dostępna.',
  21166: 'Korekta techniczna niedostępna.',
  21167: 'Status faktury nie pozwala na korektę techniczną.',
  21173: 'Brak sesji o wskazanym numerze referencyjnym.',
  21178: 'Nie znaleziono UPO dla podanych kryteriów.',
  21180: 'Status sesji nie pozwala na wykonanie operacji.',
  21183: 'Zakres filtrowania wykracza poza dostępny zakres danych.',
  21205: 'Pakiet nie może być pusty.',
  21208: 'Czas oczekiwania na requesty upload lub finish został przekroczony.',
  21217: 'Nieprawidłowe kodowanie znaków.',
  21301: 'Brak autoryzacji.',
  21304: 'Brak uwierzytelnienia.',
  21401: 'Dokument nie jest zgodny ze schemą (xsd).',
  21402: 'Nieprawidłowy rozmiar pliku.',
  21403: 'Nieprawidłowy skrót pliku.',
  21405: 'Błąd walidacji danych wejściowych.',
  21406: 'Konflikt podpisu i typu uwierzytelnienia.',
  21418: 'Przekazany token kontynuacji ma nieprawidłowy format.',
  21470: 'Przesłany identyfikator klucza jest nieznany lub wskazuje na wycofany klucz.',
} as const;

export type ErrorCode = keyof typeof DESCRIPTIONS;

/** KSeF understood the request and refuses it: HTTP 400 with numbered errors. */
export class KsefRefusal extends Error {
  readonly errors: readonly ApiError[];

  constructor(...errors: readonly (readonly [code: ErrorCode, detail?: string])[]) {
    super(errors.map(([code, detail]) => `${String(code)} ${detail ?? DESCRIPTIONS[code]}`).join('; '));
    this.errors = errors.map(([code, detail]) => ({
      code,
      description: DESCRIPTIONS[code],
      ...(detail === undefined ? {} : { details: [detail] }),
    }));
  }
}

/** Shorthand for the one error a request is refused with. */
export function refuse(code: ErrorCode, detail?: string): KsefRefusal {
  return new KsefRefusal(detail === undefined ? [code] : [code, detail]);
}

/** No valid token came with the request: HTTP 401. */
export class Unauthenticated extends Error {}

/** The login is valid but may not do this: HTTP 403. */
export class AccessDenied extends Error {
  constructor(
    readonly reasonCode: 'missing-permissions' | 'insufficient-resource-access',
    readonly security: Record<string, unknown>,
  ) {
    super('Brak wymaganych uprawnień do wykonania operacji w bieżącym kontekście.');
  }
}
