import { parseContextIdentifier, type ContextIdentifier } from '@latarnik/domain';
import { problem, ProblemError } from '../http/problem.js';

/** `Nip:5265877635`. @throws ProblemError 400 */
export function parseContext(text: string): ContextIdentifier {
  const [type = '', ...rest] = text.split(':');
  const parsed = parseContextIdentifier(type, rest.join(':'));
  if (parsed.ok) return parsed.value;
  const detail = 'A context is Nip, InternalId, NipVatUe or PeppolId, a colon and its value, such as Nip:5265877635.';
  throw new ProblemError(problem(400, 'CONTEXT_INVALID', 'This is not a context', detail));
}
