/** What processes report; never a secret, never a document. */
export type Log = (event: { readonly event: string } & Readonly<Record<string, unknown>>) => void;
