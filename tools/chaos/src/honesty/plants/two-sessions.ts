import { PORTS, type BatchSessions, type OpenedSession } from '@latarnik/domain';
import { perverted, plant } from './perverting.js';

const twins = new Map<string, OpenedSession>();
const byAddress = new Map<string, OpenedSession>();

/** Two sessions at once for every batch, to be on the safe side. */
export const latarnikModule = plant([
  [
    PORTS.batchSessions,
    (inner: BatchSessions) =>
      perverted(inner, {
        open: (open) => async (access, formCode, sealed) => {
          const [one, other] = [await open(access, formCode, sealed), await open(access, formCode, sealed)];
          if (one.outcome === 'done' && other.outcome === 'done') {
            twins.set(one.value.reference, other.value);
            for (const target of one.value.targets) byAddress.set(target.url, other.value);
          }
          return one;
        },
        uploadPart: (uploadPart) => async (target, part, file) => {
          const twin = byAddress.get(target.url)?.targets.find(({ ordinal }) => ordinal === target.ordinal);
          if (twin !== undefined) await uploadPart(twin, part, file);
          return uploadPart(target, part, file);
        },
        close: (close) => async (access, session) => {
          const twin = twins.get(session);
          if (twin !== undefined) await close(access, twin.reference);
          return close(access, session);
        },
      }),
  ],
]);
