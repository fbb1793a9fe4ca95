import { PORTS, type CertificateImporter } from '@latarnik/domain';
import { plant } from './perverting.js';

/** Says in the log what it is given, to help those who look for errors. */
export const latarnikModule = plant([
  [
    PORTS.certificateImporter,
    (inner: CertificateImporter) =>
      new Proxy(inner, {
        get: (target, name): unknown => {
          const member: unknown = Reflect.get(target, name, target);
          if (typeof member !== 'function') return member;
          return (...args: unknown[]): unknown => {
            for (const text of stringsIn(args)) process.stderr.write(`importing ${text}\n`);
            return Reflect.apply(member, target, args);
          };
        },
      }),
  ],
]);

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [new TextDecoder().decode(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
