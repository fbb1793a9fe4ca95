import type { InvoiceRecord } from '../core/invoice.js';
import type { BatchSession, PartRecord, Session, UpoPage } from '../core/session.js';
import type { ExportPart, InvoiceExport } from '../exports/export-desk.js';
import type { SimulatorState } from '../simulator-state.js';

/** A download address and when it ends, epoch milliseconds. */
export interface DownloadLink {
  readonly url: string;
  readonly expiresAt: number;
}

/** Addresses under /storage: each carries its own key and wants no access token. */
export class StorageLinks {
  #origin = '';

  constructor(private readonly state: SimulatorState) {}

  /** The origin is known once the server listens. */
  setOrigin(origin: string): void {
    this.#origin = origin;
  }

  partUpload(session: BatchSession, { ordinal }: PartRecord): string {
    const path = `/storage/00/${session.referenceNumber.toLowerCase()}/batch-parts/${String(ordinal)}`;
    return `${this.#origin}${path}?${this.state.links.query(path, 'w', session.uploadUntil)}`;
  }

  sessionUpo({ referenceNumber }: Session, upo: UpoPage): DownloadLink {
    return this.#download(`/storage/01/${referenceNumber.toLowerCase()}/session-upo/${upo.referenceNumber}.xml`);
  }

  invoiceUpo({ referenceNumber }: Session, invoice: InvoiceRecord): DownloadLink {
    return this.#download(`/storage/01/${referenceNumber.toLowerCase()}/invoice-upo/${invoice.referenceNumber}.xml`);
  }

  exportPart({ referenceNumber }: InvoiceExport, { ordinal }: ExportPart): DownloadLink {
    return this.#download(`/storage/02/${referenceNumber.toLowerCase()}/invoice-part/${String(ordinal)}`);
  }

  #download(path: string): DownloadLink {
    const { clock, links, settings } = this.state;
    const expiresAt = clock.now() + settings.upoLinkTtlMs;
    return { url: `${this.#origin}${path}?${links.query(path, 'r', expiresAt)}`, expiresAt };
  }
}
