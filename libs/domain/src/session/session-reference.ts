import type { Brand } from '../shared/brand.js';

/** Reference number (numer referencyjny) of a KSeF session, batch or interactive; up to 36 characters. */
export type SessionReference = Brand<string, 'SessionReference'>;
/** Reference number that KSeF gives one invoice inside a session. */
export type InvoiceReference = Brand<string, 'InvoiceReference'>;
/** Reference number of a UPO page of a session. */
export type UpoReference = Brand<string, 'UpoReference'>;
