import { LoginDesk } from './auth/login-desk.js';
import { TokenMint } from './auth/tokens.js';
import { InvoiceArchive } from './core/archive.js';
import type { Clock } from './core/clock.js';
import { Ledger } from './core/ledger.js';
import type { RandomOctets } from './core/numbers.js';
import { PermissionBook } from './core/permissions.js';
import { Reachability } from './core/reachability.js';
import type { Session } from './core/session.js';
import type { Settings } from './core/settings.js';
import { Tasks } from './core/tasks.js';
import { CertificateAuthority } from './crypto/certificate-authority.js';
import { EncryptionKeys } from './crypto/public-keys.js';
import { LinkSigner } from './crypto/signed-links.js';
import { Fa3Schema } from './documents/fa3-schema.js';
import { LatarniaBoard } from './latarnia/board.js';
import { OutageDesk } from './latarnia/outage-desk.js';
import { BatchDesk } from './processing/batch-desk.js';
import { InvoiceDesk } from './processing/invoice-desk.js';
import { OnlineDesk } from './processing/online-desk.js';
import { PartDesk } from './processing/part-desk.js';

/** What the state needs from outside. */
export interface StateParts {
  readonly clock: Clock;
  readonly random: RandomOctets;
  readonly settings: Settings;
  readonly schemaDirectory: string;
  /** An existing folder for parts and packages; the owner removes it. */
  readonly spoolDirectory: string;
  readonly report: (error: unknown) => void;
}

/** Everything the simulated systems know and do, without HTTP. */
export interface SimulatorState {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly tasks: Tasks;
  readonly keys: EncryptionKeys;
  readonly authority: CertificateAuthority;
  readonly links: LinkSigner;
  readonly permissions: PermissionBook;
  readonly ledger: Ledger;
  readonly archive: InvoiceArchive;
  readonly sessions: Map<string, Session>;
  readonly logins: LoginDesk;
  readonly batch: BatchDesk;
  readonly online: OnlineDesk;
  readonly partDesk: PartDesk;
  readonly ksefReachability: Reachability;
  readonly latarniaReachability: Reachability;
  readonly board: LatarniaBoard;
  readonly outages: OutageDesk;
  readonly schema: Fa3Schema;
}

/** Makes keys and authority, compiles the schema, and wires the desks together. */
export async function createState(parts: StateParts): Promise<SimulatorState> {
  const { clock, random, settings, spoolDirectory, report } = parts;
  const base = {
    clock,
    random,
    settings,
    tasks: new Tasks(clock, report),
    keys: await EncryptionKeys.generate(clock.now()),
    authority: await CertificateAuthority.create(clock.now(), random),
    mint: new TokenMint(random),
    links: new LinkSigner(random),
    permissions: new PermissionBook(),
    ledger: new Ledger(),
    archive: new InvoiceArchive(),
    schema: Fa3Schema.compile(parts.schemaDirectory),
    spoolDirectory,
    report,
  };
  const invoices = new InvoiceDesk(base);
  const board = new LatarniaBoard(clock);
  const ksefReachability = new Reachability();
  return {
    ...base,
    sessions: new Map(),
    logins: new LoginDesk(base),
    batch: new BatchDesk({ ...base, invoices }),
    online: new OnlineDesk({ ...base, invoices }),
    partDesk: new PartDesk(base),
    ksefReachability,
    latarniaReachability: new Reachability(),
    board,
    outages: new OutageDesk(clock, board, ksefReachability),
  };
}
