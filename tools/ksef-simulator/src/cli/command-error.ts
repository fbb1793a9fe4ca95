/** The command line cannot be carried out; the message is for whoever typed it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
