/** What processes report; never a secret, never a document. */
export type Log = (event: { readonly event: string } & Readonly<Record<string, unknown>>) => void;

/**
 * One event as one line of JSON. What a stranger wrote cannot begin a line of its own or steer a terminal: JSON escapes
 * control characters up to U+001F, and the other line ends and control characters are escaped here.
 */
export function logLine(event: Readonly<Record<string, unknown>>): string {
  const json = JSON.stringify(event).replaceAll(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${json}\n`;
}

/**
 * What nobody caught leaves the process in a state that nobody knows: it says so and ends, and whoever runs it starts
 * another (reliability S29). What was not committed did not happen.
 */
export function exitOnUncaught(log: Log): void {
  const end = (event: string) => (error: unknown) => {
    const said = error instanceof Error ? (error.stack ?? error.message) : 'not an error object';
    try {
      log({ event, error: said });
    } finally {
      process.exit(1);
    }
  };
  process.on('uncaughtException', end('process.uncaught-exception'));
  process.on('unhandledRejection', end('process.unhandled-rejection'));
}
