/** A status inside an answer. */
export interface StatusBody {
  readonly code: number;
  readonly description: string;
  readonly details?: readonly string[];
  readonly extensions?: Readonly<Record<string, string>>;
}

export interface TokenBody {
  readonly token: string;
  readonly validUntil: string;
}

export interface InvoiceBody {
  readonly ordinalNumber: number;
  readonly invoiceNumber?: string;
  readonly ksefNumber: string;
  readonly referenceNumber: string;
  readonly invoiceHash: string;
  readonly invoiceFileName?: string;
  readonly invoicingDate: string;
  readonly invoicingMode?: string;
  readonly upoDownloadUrl: string;
  readonly status: StatusBody;
}

export interface UploadRequestBody {
  readonly ordinalNumber: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Every field the tests read from any JSON answer. A field an answer lacks is undefined, whatever the type says. */
export interface Body {
  readonly status: StatusBody;
  readonly exception: {
    readonly exceptionDetailList: readonly { readonly exceptionCode: number; readonly details?: readonly string[] }[];
  };
  readonly errors: readonly { readonly code: number }[];
  readonly reasonCode: string;
  readonly challenge: string;
  readonly timestampMs: number;
  readonly token: string;
  readonly tokens: readonly {
    readonly referenceNumber: string;
    readonly status: string;
    readonly lastUseDate?: string;
  }[];
  readonly package: {
    readonly invoiceCount: number;
    readonly parts: readonly { readonly url: string; readonly encryptedPartHash: string; readonly partHash: string }[];
  };
  readonly referenceNumber: string;
  readonly authenticationToken: TokenBody;
  readonly accessToken: TokenBody;
  readonly refreshToken: TokenBody;
  readonly items: readonly { readonly referenceNumber: string; readonly isCurrent: boolean }[];
  readonly continuationToken: string | null;
  readonly partUploadRequests: readonly UploadRequestBody[];
  readonly invoices: readonly InvoiceBody[];
  readonly invoiceCount: number;
  readonly successfulInvoiceCount: number;
  readonly failedInvoiceCount: number;
  readonly sessions: readonly { readonly referenceNumber: string; readonly status: StatusBody }[];
  readonly upo: { readonly pages: readonly { readonly referenceNumber: string; readonly downloadUrl: string }[] };
  readonly ksefNumber: string;
  readonly invoicingMode: string;
  readonly invoiceHash: string;
  readonly upoDownloadUrl: string;
  readonly hasMore: boolean;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  readonly text: string;
  readonly bytes: Buffer;
}

export async function readAnswer(response: Response): Promise<Answer> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString('utf8');
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const body = (isJson && text !== '' ? JSON.parse(text) : {}) as Body;
  return { status: response.status, headers: response.headers, body, text, bytes };
}

/** The official code of a refusal; undefined when it was none. */
export function refusalOf({ status, body }: Answer): number | undefined {
  return status === 400 ? body.exception.exceptionDetailList[0]?.exceptionCode : undefined;
}
