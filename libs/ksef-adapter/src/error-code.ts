/** `code` of an error of Node or undici, such as `ENOENT` or `UND_ERR_SOCKET`; `undefined` when it has none. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Of the file system (no space, no permission): worth a retry, and no fault of what was read. */
export const isSystemError = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'syscall' in error;
