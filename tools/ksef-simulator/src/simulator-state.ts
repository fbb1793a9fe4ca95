import { LoginDesk } from './auth/login-desk.js';
import { TokenDesk } from './auth/token-desk.js';
import { TokenMint } from './auth/tokens.js';
import { EnrolmentDesk } from './certificates/enrolment-desk.js';
import { RevocationDesk } from './certificates/revocation-desk.js';
import { InvoiceArchive } from './core/archive.js';
import { CertificateRegister } from './core/certificate-register.js';
import type { Clock } from './core/clock.js';
import { Ledger } from './core/ledger.js';
import type { RandomOctets } from './core/numbers.js';
import { PermissionBook } from './core/permissions.js';
import { Reachability } from './core/reachability.js';
import type { Session } from './core/session.js';
import type { Settings } from './core/settings.js';
import { Tasks } from './core/tasks.js';
import { TestSubjects } from './core/test-subjects.js';
import { CertificateAuthority } from './crypto/certificate-authority.js';
import { EncryptionKeys } from './crypto/public-keys.js';
import { LinkSigner } from './crypto/signed-links.js';
import { UpoSeal } from './crypto/upo-seal.js';
import { Fa3Schema } from './documents/fa3-schema.js';
import { ExportDesk } from './exports/export-desk.js';
import { Faults } from './faults/faults.js';
import { Holds } from './faults/holds.js';
import { LatarniaBoard } from './latarnia/board.js';
import { OutageDesk } from './latarnia/outage-desk.js';
import { ContextLimitBook } from './limits/context-limits.js';
import { RateLimitBook } from './limits/rate-limits.js';
import { SlidingWindows } from './limits/sliding-windows.js';
import { BatchDesk } from './processing/batch-desk.js';
import { InvoiceDesk } from './processing/invoice-desk.js';
import { OnlineDesk } from './processing/online-desk.js';
import { PartDesk } from './processing/part-desk.js';
import { Timeline } from './timeline/timeline.js';

/** What the state needs from outside. */
export interface StateParts {
  readonly clock: Clock;
  readonly random: RandomOctets;
  readonly settings: Settings;
  readonly schemaDirectory: string;
  /** An existing folder for parts and packages; the owner removes it. */
  readonly spoolDirectory: string;
  readonly report: (error: unknown) => void;
  /** Told of every answer, fault and step of a timeline, in one line each. */
  readonly log: (line: string) => void;
  /** What all injected chance hangs on. */
  readonly seed: string;
}

/** Everything the simulated systems know and do, without HTTP. */
export interface SimulatorState {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly tasks: Tasks;
  readonly keys: EncryptionKeys;
  readonly authority: CertificateAuthority;
  readonly upoSeal: UpoSeal;
  readonly register: CertificateRegister;
  readonly enrolments: EnrolmentDesk;
  readonly revocations: RevocationDesk;
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
  readonly tokens: TokenDesk;
  readonly exports: ExportDesk;
  readonly testSubjects: TestSubjects;
  readonly contextLimits: ContextLimitBook;
  readonly rateLimits: RateLimitBook;
  readonly windows: SlidingWindows;
  readonly faults: Faults;
  readonly holds: Holds;
  readonly timeline: Timeline;
  readonly log: (line: string) => void;
}

/** Makes keys and authority, compiles the schema, and wires the desks together. */
export async function createState(parts: StateParts): Promise<SimulatorState> {
  const { clock, log, random, settings, spoolDirectory, report, seed } = parts;
  const register = new CertificateRegister();
  const permissions = new PermissionBook();
  const tasks = new Tasks(clock, report);
  const faults = new Faults(clock, seed, log);
  const authority = await CertificateAuthority.create(clock.now(), random, register);
  const base = {
    clock,
    random,
    settings,
    tasks,
    faults,
    holds: new Holds(tasks),
    contextLimits: new ContextLimitBook(settings),
    sessions: new Map<string, Session>(),
    keys: await EncryptionKeys.generate(clock.now()),
    authority,
    upoSeal: await UpoSeal.create(authority, clock.now()),
    register,
    mint: new TokenMint(random),
    links: new LinkSigner(random),
    permissions,
    ledger: new Ledger(),
    archive: new InvoiceArchive(),
    schema: Fa3Schema.compile(parts.schemaDirectory),
    spoolDirectory,
    report,
    log,
  };
  const invoices = new InvoiceDesk(base);
  const board = new LatarniaBoard(clock);
  const ksefReachability = new Reachability();
  const latarniaReachability = new Reachability();
  const outages = new OutageDesk(clock, board, ksefReachability);
  const tokens = new TokenDesk(base);
  return {
    ...base,
    tokens,
    logins: new LoginDesk({ ...base, tokens }),
    enrolments: new EnrolmentDesk(base),
    revocations: new RevocationDesk(base),
    batch: new BatchDesk({ ...base, invoices }),
    online: new OnlineDesk({ ...base, invoices }),
    partDesk: new PartDesk(base),
    ksefReachability,
    latarniaReachability,
    board,
    outages,
    exports: new ExportDesk(base),
    testSubjects: new TestSubjects(permissions),
    rateLimits: new RateLimitBook(() => settings.rateLimits === 'published'),
    windows: new SlidingWindows(),
    timeline: new Timeline({ ...base, board, outages, ksefReachability, latarniaReachability }),
  };
}
