export type EmbeddedPostgresErrorCode =
  /** npm installed no PostgreSQL for this operating system and processor. */
  | 'PLATFORM_NOT_SUPPORTED'
  /** PostgreSQL refuses to run as root, and root could not become anybody else. */
  | 'NO_UNPRIVILEGED_ACCOUNT'
  | 'BINARIES_DO_NOT_RUN'
  /** The account PostgreSQL runs as cannot get into the data directory, and no other place could be made for it. */
  | 'DATA_DIRECTORY_UNREACHABLE'
  /** The data directory was filled by another user. */
  | 'DATA_DIRECTORY_OF_ANOTHER_USER'
  /** Another PostgreSQL runs on the same data directory. */
  | 'DATA_DIRECTORY_IN_USE'
  | 'INITIALISATION_FAILED'
  | 'PORT_IN_USE'
  | 'START_FAILED';

/** Why PostgreSQL could not be started; the message says what is missing and never holds the password. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';

  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
