import type { TenantStores } from '../shared/unit-of-work.port.js';
import type { EvidenceEntry, EvidenceProvider, PackagedInvoice } from './evidence-entry.js';
import { jsonEntry } from './evidence-text.js';

/** The audit entries of the invoice, oldest first. */
export class AuditEvidence implements EvidenceProvider {
  async entries({ stored }: PackagedInvoice, { audit }: TenantStores): Promise<readonly EvidenceEntry[]> {
    const entries = await audit.of('invoice', stored.invoice.id);
    const views = entries.map(({ at, actor, action, facts }) => ({ at: at.toString(), actor, action, facts }));
    return [
      jsonEntry('audit.json', views, {
        pl: 'dziennik zdarzeń tej faktury: kto, co, kiedy',
        en: 'audit trail of this invoice: who, what, when',
      }),
    ];
  }
}
