/** What happens around a call of a port: the arguments before, the result after. */
export interface CallWatch {
  readonly before?: (args: readonly unknown[]) => void;
  /** @returns what the caller gets in place of the result; `undefined`: the result */
  readonly after?: (result: unknown, args: readonly unknown[]) => unknown;
}

/** The same object, whose named methods are watched. What is not a method, or has no watch, stays as it is. */
export function watched<T extends object>(port: T, watchOf: (method: string) => CallWatch | undefined): T {
  return new Proxy(port, {
    get: (target, name): unknown => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const watch = typeof name === 'string' ? watchOf(name) : undefined;
      return (...args: unknown[]): unknown => {
        watch?.before?.(args);
        const result: unknown = Reflect.apply(member, target, args);
        if (watch?.after === undefined) return result;
        const { after } = watch;
        if (!(result instanceof Promise)) return after(result, args) ?? result;
        return result.then((value: unknown) => after(value, args) ?? value);
      };
    },
  });
}
