import {
  spoilsSessions,
  TokenFailure,
  type SignAnswer,
  type SignRequest,
  type TokenProblem,
  type TokenSettings,
} from './token-messages.js';
import { TokenSessions } from './token-session.js';

/**
 * The process that talks to the token: `Pkcs11Token` starts it, gives it its settings, then one request at a time as they
 * come. It ends with the process that started it, and after a failure that may have spoilt its sessions.
 */
let sessions: TokenSessions | undefined;
let settings: TokenSettings | undefined;
/** Not one more attempt with a PIN that was refused. */
let isEnding = false;

process.on('message', (message: TokenSettings | SignRequest) => {
  if ('modulePath' in message) settings = message;
  else if (!isEnding) answer(message);
});
process.on('disconnect', () => {
  process.exit(0);
});

function answer(request: SignRequest): void {
  try {
    if (settings === undefined) throw new TokenFailure({ kind: 'token', detail: 'no settings' });
    sessions ??= new TokenSessions(settings);
    send({ call: request.call, signature: sessions.sign(request) });
  } catch (error) {
    const problem: TokenProblem =
      error instanceof TokenFailure ? error.problem : { kind: 'token', detail: 'an unexpected error' };
    send({ call: request.call, problem }, spoilsSessions(problem));
  }
}

function send(message: SignAnswer, isLast = false): void {
  isEnding ||= isLast;
  process.send?.(message, undefined, {}, () => {
    if (isLast) process.exit(1);
  });
}
