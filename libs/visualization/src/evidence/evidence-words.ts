import type { EvidenceFile, EvidenceSummary } from '@latarnik/domain';
import type { Bilingual, Labels } from '../model/words.js';

export const MODES: Labels = {
  online: ['online (art. 106na)', 'online (art. 106na)'],
  offline24: ['offline24 (art. 106nda)', 'offline24 (art. 106nda)'],
  unavailability: ['offline - niedostępność KSeF (art. 106nh)', 'offline - KSeF unavailable (art. 106nh)'],
  emergency: ['awaryjny - awaria KSeF (art. 106nf)', 'emergency - failure of KSeF (art. 106nf)'],
  'total-failure': ['awaria całkowita (art. 106ng)', 'total failure (art. 106ng)'],
};

export const DEADLINE_KINDS: Readonly<Record<NonNullable<EvidenceSummary['deadline']>['kind'], Bilingual>> = {
  due: ['ustalony', 'set'],
  open: ['jeszcze nieustalony: awaria trwa', 'not set yet: the outage has not ended'],
  none: ['brak: niczego się nie przesyła', 'none: nothing is sent'],
};

export const FILE_KINDS: Readonly<Record<EvidenceFile['kind'], Bilingual>> = {
  invoice: ['Faktura FA(3), jak wystawiona', 'Invoice FA(3), as issued'],
  'delivered-file': ['Plik, który ma KSeF (korekta techniczna)', 'File that KSeF holds (technical correction)'],
  evidence: ['Podpis XAdES faktury', 'XAdES signature of the invoice'],
  upo: ['UPO faktury', 'UPO of the invoice'],
  'upo-page': ['Strona zbiorczego UPO sesji', 'Page of the collective UPO of the session'],
};
