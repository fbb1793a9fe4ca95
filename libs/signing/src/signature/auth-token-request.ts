import type { ContextIdentifier } from '@latarnik/domain';
import { canonicalText } from './canonical-text.js';

export const AUTH_TOKEN_NAMESPACE = 'http://ksef.mf.gov.pl/auth/token/2.1';

/** Challenge in schemat_auth_v2-1.xsd. */
const CHALLENGE = /^[0-9]{8}-CR-[0-9A-F]{10}-[0-9A-F]{10}-[0-9A-F]{2}$/;

/**
 * The login request before it is signed, by schemat_auth_v2-1.xsd. Who logs in is read from the certificate's subject
 * (NIP or PESEL), which certificates of KSeF have.
 *
 * @throws Error when the challenge is not one of KSeF
 */
export function authTokenRequest(challenge: string, context: ContextIdentifier): string {
  if (!CHALLENGE.test(challenge)) throw new Error('not a challenge of KSeF');
  return (
    `<?xml version="1.0" encoding="UTF-8"?><AuthTokenRequest xmlns="${AUTH_TOKEN_NAMESPACE}">` +
    `<Challenge>${challenge}</Challenge>` +
    `<ContextIdentifier><${context.type}>${canonicalText(context.value)}</${context.type}></ContextIdentifier>` +
    '<SubjectIdentifierType>certificateSubject</SubjectIdentifierType></AuthTokenRequest>'
  );
}
