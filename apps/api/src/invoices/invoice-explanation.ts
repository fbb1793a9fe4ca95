import { stepsOf, type Invoice, type Issue, type StoredInvoice } from '@latarnik/domain';

/** Why an invoice has its mode, and why it has this deadline or none: in sentences, for an accountant. */
export function explanationOfInvoice({ invoice, term }: StoredInvoice): readonly string[] {
  if (invoice.state === 'received') {
    return ['It was received and is on its way to KSeF online: it is not issued yet, and nothing is due.'];
  }
  if (invoice.state === 'not-issued') {
    return [`It was not issued: ${sentence(invoice.reason)}`, 'Nothing is due, and the number is free.'];
  }
  return [
    ...whyThisMode(invoice.issue),
    ...whyOfflineAtKsef(invoice),
    ...(term === undefined ? whyNothingDue(invoice) : stepsOf(invoice, term)),
  ];
}

function whyThisMode({ mode, evidence }: Issue): readonly string[] {
  if (evidence.kind === 'own-choice') return [`${MODES[mode]} ${sentence(evidence.reason)}`];
  const { bulletinId, version, eventId } = evidence;
  return [`${MODES[mode]} It was announced by ${bulletinId}, version ${String(version)} (event ${eventId}).`];
}

const MODES = {
  online: 'Issued online (art. 106na).',
  offline24: 'Issued as offline24 (art. 106nda).',
  unavailability: 'Issued while KSeF was not available for maintenance (art. 106nh).',
  emergency: 'Issued in a failure of KSeF (art. 106nf).',
  'total-failure': 'Issued in a total failure of KSeF, outside of it (art. 106ng).',
} as const satisfies Readonly<Record<Issue['mode'], string>>;

/**
 * Declared online, and offline in law by the day on which KSeF took it.
 *
 * @see art. 106nda(16); ksef-docs offline/automatyczne-okreslanie-trybu-offline.md
 */
function whyOfflineAtKsef(invoice: Invoice): readonly string[] {
  if (!('issue' in invoice) || invoice.issue.mode !== 'online' || !('acceptance' in invoice)) return [];
  if (invoice.acceptance.invoicingMode !== 'offline') return [];
  const codes =
    invoice.issue.prepared === undefined ? '' : ' Its codes and its evidence were made before it was posted.';
  return [`KSeF took it after the day of P_1, which makes it an offline invoice (art. 106nda(16)).${codes}`];
}

/**
 * Why an issued invoice has no deadline.
 *
 * @see art. 106na(1), 106nda(16); domain rules 1.9
 */
export function whyNothingDue(invoice: Invoice): readonly string[] {
  if (!('acceptance' in invoice)) return ['Sent online on the day of P_1; KSeF has not given its number yet.'];
  if (invoice.acceptance.invoicingMode === 'offline') {
    return ['KSeF marked it offline, as sent after the day of P_1; by the readings that hold no day limits it.'];
  }
  return ['Posted online on the day of P_1: nothing is due later (art. 106na).'];
}

/** A reason as a sentence. */
const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
