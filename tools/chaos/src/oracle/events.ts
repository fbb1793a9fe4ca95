import type { Change, EventRow, Evidence } from './evidence.js';
import { groupBy } from './issued.js';
import { Check, type Finding } from './verdict.js';

/** States whose coming is told by an event `invoice.<state>` (docs/events.md); `issued` is told once, when it is issued. */
const TOLD = new Set([
  ...['issued', 'accepted', 'complete', 'rejected', 'blocked', 'conflict', 'needs-review', 'not-issued', 'closed'],
]);

const isOfState = (type: string): boolean => type.startsWith('invoice.') && TOLD.has(type.slice('invoice.'.length));

/** I13: each change of an invoice that is news has its event in the same transaction, none is made up, in their order. */
export function movesAreTold({ changes, events }: Evidence): Finding {
  const check = new Check('I13');
  const moved = groupBy(changes.filter(isNews), ({ id }) => id);
  const written = groupBy(
    changes.filter(({ relation, after }) => relation === 'event' && isOfState(String(after['type']))),
    ({ id }) => id,
  );
  const placed = groupBy(
    events.filter(({ type }) => isOfState(type)),
    ({ subject }) => subject,
  );
  for (const id of new Set([...moved.keys(), ...written.keys()])) {
    const wanted = moved.get(id) ?? [];
    const told = written.get(id) ?? [];
    const wantedText = wanted.map(({ xid, after }) => `invoice.${String(after['state'])} in ${xid}`).join(', ');
    const toldText = told.map(({ xid, after }) => `${String(after['type'])} in ${xid}`).join(', ');
    check.that(wantedText === toldText, () => `${id}: moved [${wantedText}] and told [${toldText}]`);
    const inOrder = told.map(({ after }) => String(after['type'])).join(', ');
    const inPlaces = (placed.get(id) ?? []).map(({ type }) => type).join(', ');
    check.that(inOrder === inPlaces, () => `${id}: told [${inOrder}], to be read as [${inPlaces}]`);
  }
  return check.finding;
}

function isNews({ relation, process, before, after }: Change): boolean {
  if (relation !== 'invoice' || before?.['state'] === after['state'] || !TOLD.has(String(after['state']))) return false;
  // Whose request came to nothing hears it in the answer (docs/events.md).
  if (after['state'] === 'not-issued' && process.startsWith('api')) return false;
  // Back from a batch that came to nothing, it waits as before.
  return after['state'] !== 'issued' || before === null || before['issued_at'] !== after['issued_at'];
}

/** I13: each receiver took every event of its tenant and no other, each after the one before it of the same subject. */
export function receiversHearAll({ events, messages, listeners }: Evidence): Finding {
  const check = new Check('I13');
  const eventOf = new Map(events.map((event) => [idOf(event), event]));
  const before = predecessors(events);
  const taken = new Set<string>();
  for (const { id, tenantId, type, subject, isSigned, isTaken } of messages) {
    const event = eventOf.get(id);
    const isRight = event?.tenant_id === tenantId && event.type === type && event.subject === subject;
    check.that(isRight, () => `${id}: ${tenantId} was told of ${type}, which is no event of its own`);
    if (isSigned !== undefined) check.that(isSigned, () => `${id}: signed with no secret of ${tenantId}`);
    const last = before.get(id);
    check.that(last === undefined || taken.has(last), () => `${id}: offered before ${String(last)} was taken`);
    if (isTaken) taken.add(id);
  }
  for (const event of events) {
    check.that(event.sequence !== null, () => `${event.type} of ${event.subject}: has no place and is read by nobody`);
    if (listeners.has(event.tenant_id)) check.that(taken.has(idOf(event)), () => `${idOf(event)}: was never taken`);
  }
  return check.finding;
}

/** What was told of the same subject before, by id of event. */
function predecessors(events: readonly EventRow[]): ReadonlyMap<string, string> {
  const last = new Map<string, string>();
  const before = new Map<string, string>();
  for (const event of events) {
    const subject = `${event.tenant_id} ${event.subject}`;
    const previous = last.get(subject);
    if (previous !== undefined) before.set(idOf(event), previous);
    last.set(subject, idOf(event));
  }
  return before;
}

const idOf = ({ tenant_id: tenant, sequence }: EventRow): string => `evt_${tenant.slice(-12)}_${String(sequence)}`;
