import { KsefLoginError } from '@latarnik/domain';
import { expect, it } from '@jest/globals';
import { problemOf } from './exception-problem.js';

const occasion = { requestId: 'r', method: 'GET', route: '/v1/sessions/:referenceNumber' };

it.each([
  ['NO_AUTHENTICATION_CERTIFICATE', 409],
  ['LOGIN_REFUSED', 502],
  ['ACCESS_REFUSED', 502],
] as const)('%s is answered with %i: what KSeF was not asked is not its fault', (code, status) => {
  const { document } = problemOf(new KsefLoginError(code, 'words'), () => undefined, occasion);
  expect(document).toMatchObject({ status, code, detail: 'words' });
});
