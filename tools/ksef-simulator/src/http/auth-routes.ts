import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { StartedLogin, TokenLoginRequest } from '../auth/login-desk.js';
import type { TokenType } from '../auth/tokens.js';
import type { Login, LoginMethod } from '../core/login.js';
import { page } from '../core/paging.js';
import { refuse } from '../core/refusals.js';
import { ksefTimestamp } from '../core/time.js';
import type { SimulatorState } from '../simulator-state.js';
import { TOKEN_LOGIN_SCHEMA } from './body-schemas.js';
import { continuationToken, queryInteger, queryValue } from './requests.js';

interface MethodInfo {
  readonly category: 'XadesSignature' | 'Token';
  readonly code: string;
  readonly displayName: string;
}

const METHODS: Readonly<Record<LoginMethod, MethodInfo>> = {
  Token: { category: 'Token', code: 'token.ksef', displayName: 'Token KSeF' },
  InternalCertificate: {
    category: 'XadesSignature',
    code: 'xades.internal-certificate',
    displayName: 'Certyfikat KSeF',
  },
  QualifiedSeal: { category: 'XadesSignature', code: 'xades.qualified-seal', displayName: 'Pieczęć kwalifikowana' },
  QualifiedSignature: {
    category: 'XadesSignature',
    code: 'xades.qualified-signature',
    displayName: 'Podpis kwalifikowany',
  },
};

/** Logging in, tokens, and the list of logins. */
export function registerAuthRoutes(app: FastifyInstance, state: SimulatorState): void {
  const { logins } = state;
  const login = (request: FastifyRequest, ...types: readonly TokenType[]): Login =>
    logins.authenticate(request.headers.authorization, types);

  app.post('/auth/challenge', (request) => {
    const { challenge, at } = logins.challenge();
    return { challenge, timestamp: ksefTimestamp(at), timestampMs: at, clientIp: request.ip };
  });

  app.post('/auth/xades-signature', (request, reply) => {
    if (!Buffer.isBuffer(request.body) || request.body.length === 0) throw refuse(21001, 'Brak treści dokumentu.');
    const started = logins.begin(request.body, queryValue(request, 'verifyCertificateChain') === 'true');
    return reply.code(202).send(describeStarted(started));
  });

  app.post<{ Body: TokenLoginRequest }>(
    '/auth/ksef-token',
    { schema: { body: TOKEN_LOGIN_SCHEMA } },
    (request, reply) => reply.code(202).send(describeStarted(logins.beginWithToken(request.body))),
  );

  app.get<{ Params: { referenceNumber: string } }>('/auth/:referenceNumber', (request) => {
    const operation = login(request, 'OperationToken');
    const { referenceNumber } = request.params;
    if (operation.referenceNumber !== referenceNumber) {
      throw refuse(
        21304,
        `Operacja uwierzytelniania o numerze referencyjnym ${referenceNumber} nie została znaleziona.`,
      );
    }
    return describeLogin(operation);
  });

  app.post('/auth/token/redeem', (request) => logins.redeem(login(request, 'OperationToken')));

  app.post('/auth/token/refresh', (request) => ({ accessToken: logins.refresh(login(request, 'RefreshToken')) }));

  app.get('/auth/sessions', (request) => {
    const current = login(request, 'AccessToken');
    const size = queryInteger(request, 'pageSize', { min: 10, max: 100, fallback: 10 });
    const active = logins.book.active(current, state.clock.now());
    const { items, continuationToken: next } = page(active, size, 'auth-sessions', continuationToken(request));
    return {
      continuationToken: next,
      items: items.map((item) => ({
        referenceNumber: item.referenceNumber,
        isCurrent: item === current,
        ...describeLogin(item),
      })),
    };
  });

  app.delete('/auth/sessions/current', (request, reply) => {
    logins.revoke(login(request, 'AccessToken', 'RefreshToken'));
    return reply.code(204).send();
  });

  app.delete<{ Params: { referenceNumber: string } }>('/auth/sessions/:referenceNumber', (request, reply) => {
    const current = login(request, 'AccessToken', 'RefreshToken');
    const other = logins.book
      .active(current, state.clock.now())
      .find(({ referenceNumber }) => referenceNumber === request.params.referenceNumber);
    if (other === undefined) throw refuse(21405, 'Nie znaleziono sesji uwierzytelnienia.');
    logins.revoke(other);
    return reply.code(204).send();
  });
}

function describeStarted({ login, token }: StartedLogin) {
  return { referenceNumber: login.referenceNumber, authenticationToken: token };
}

function describeLogin({ method, startedAt, status, redeemed, refreshUntil, refreshedAt }: Login) {
  return {
    startDate: ksefTimestamp(startedAt),
    authenticationMethod: method,
    authenticationMethodInfo: METHODS[method],
    status,
    isTokenRedeemed: redeemed,
    ...(refreshedAt === undefined ? {} : { lastTokenRefreshDate: ksefTimestamp(refreshedAt) }),
    ...(refreshUntil === undefined ? {} : { refreshTokenValidUntil: ksefTimestamp(refreshUntil) }),
  };
}
