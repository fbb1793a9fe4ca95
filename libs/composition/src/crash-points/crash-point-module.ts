import {
  PORTS,
  type BatchPackager,
  type InteractiveSessions,
  type InvoiceDocuments,
  type SessionReader,
  type SessionStatus,
  type UnitOfWork,
} from '@latarnik/domain';
import { ContainerModule } from 'inversify';
import type { CrashHook } from './crash-hook.js';
import type { CrashPoint } from './names.js';
import { pointedPackager } from './packager-points.js';
import { PointedUnitOfWork } from './unit-of-work-points.js';
import { watched, type CallWatch } from './watched.js';

/** KSeF's first final code of a session (domain rules 7.1). */
const FIRST_FINAL_CODE = 200;

/**
 * Puts the crash points around the ports. Load it last: after the extensions, whose ports are wrapped too.
 * Nothing in the domain or in an adapter knows of it.
 */
export function crashPointModule(hook: CrashHook, spoolDirectory: string): ContainerModule {
  const login = new LoginPoints(hook);
  return new ContainerModule(({ onActivation }) => {
    const around = (port: symbol, points: Readonly<Record<string, CallWatch>>): void => {
      onActivation<object>(port, (_context, inner) =>
        watched(inner, (method) => (Object.hasOwn(points, method) ? points[method] : undefined)),
      );
    };
    onActivation<UnitOfWork>(PORTS.unitOfWork, (_context, inner) => new PointedUnitOfWork(inner, hook));
    onActivation<BatchPackager>(PORTS.batchPackager, (_context, inner) => pointedPackager(inner, hook, spoolDirectory));
    onActivation<InvoiceDocuments>(PORTS.invoiceDocuments, (_context, inner) =>
      watched(inner, () => passing(hook, undefined, 'A.afterValidate')),
    );
    around(PORTS.offlineSigner, {
      signEvidence: passing(hook, 'A.beforeXades', 'A.afterXades'),
      signKodII: passing(hook, 'A.beforeKodII', 'A.afterKodII'),
    });
    around(PORTS.loginCertificates, { find: passing(hook, 'C.beforeAuthRefresh', undefined) });
    around(PORTS.loginSigner, { signAuthTokenRequest: login.signed() });
    around(PORTS.batchSessions, {
      open: login.answered('C.beforeOpen', 'C.afterOpenBeforeCommit'),
      uploadPart: { ...uploading(hook), ...passing(hook, undefined, 'C.afterPartBeforeCommit') },
      close: login.answered('C.beforeClose', 'C.afterCloseBeforeCommit'),
    });
    onActivation<SessionReader>(PORTS.sessionReader, (_context, inner) => readerPoints(inner, hook, login));
    onActivation<InteractiveSessions>(PORTS.interactiveSessions, (_context, inner) =>
      interactivePoints(inner, hook, login),
    );
    around(PORTS.webhookSender, { send: passing(hook, 'C.beforeWriteBack', 'C.afterWriteBack') });
    around(PORTS.sealedBoxes, { replace: passing(hook, undefined, 'X.keyRotationStep') });
  });
}

function passing(hook: CrashHook, before: CrashPoint | undefined, after: CrashPoint | undefined): CallWatch {
  return {
    ...(before === undefined
      ? {}
      : {
          before: () => {
            hook.pass(before);
          },
        }),
    ...(after === undefined
      ? {}
      : {
          after: () => {
            hook.pass(after);
          },
        }),
  };
}

/** Half-way: the call has begun, and the event loop has turned a few times since. */
function uploading(hook: CrashHook): CallWatch {
  return {
    before: () => {
      setImmediate(() =>
        setImmediate(() => {
          hook.pass('C.midPart');
        }),
      );
    },
  };
}

/** A login ends inside the adapter; that it went well is seen by the next answer. */
class LoginPoints {
  #isSigned = false;

  constructor(private readonly hook: CrashHook) {}

  signed(): CallWatch {
    return {
      after: () => {
        this.#isSigned = true;
      },
    };
  }

  answered(before: CrashPoint | undefined, after: CrashPoint | undefined): CallWatch {
    const { after: passAfter } = passing(this.hook, undefined, after);
    return {
      ...passing(this.hook, before, undefined),
      after: (result, args) => {
        if (this.#isSigned) this.hook.pass('C.afterAuthRefresh');
        this.#isSigned = false;
        passAfter?.(result, args);
      },
    };
  }
}

function readerPoints(inner: SessionReader, hook: CrashHook, login: LoginPoints): SessionReader {
  const answered = login.answered(undefined, undefined);
  return watched(inner, (method) => ({
    after: (result, args) => {
      answered.after?.(result, args);
      if (method === 'status' && isUnderWay(result)) hook.pass('C.betweenPolls');
      if (method === 'invoices') hook.pass('C.midPage');
    },
  }));
}

const isUnderWay = (status: unknown): boolean =>
  status !== undefined && (status as SessionStatus).code < FIRST_FINAL_CODE;

/** Also the sessions that it opens: an invoice is posted through them. */
function interactivePoints(inner: InteractiveSessions, hook: CrashHook, login: LoginPoints): InteractiveSessions {
  const opening = login.answered('D.beforeOpen', 'D.afterOpen');
  const posting = passing(hook, 'D.beforeSend', 'D.afterSend');
  const session = (opened: unknown): unknown => {
    const attempt = opened as Awaited<ReturnType<InteractiveSessions['open']>>;
    if (attempt.outcome !== 'done') return attempt;
    const value = watched(attempt.value, (method) => (method === 'post' ? posting : undefined));
    return { ...attempt, value };
  };
  const after = (result: unknown, args: readonly unknown[]): unknown => {
    opening.after?.(result, args);
    return session(result);
  };
  return watched(inner, (method) => (method === 'open' ? { ...opening, after } : undefined));
}
