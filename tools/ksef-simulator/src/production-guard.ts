type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that say which systems the product next to the simulator talks to. */
const ADDRESS_VARIABLES = ['LATARNIK_KSEF_URL', 'LATARNIK_LATARNIA_URL'] as const;
const ENVIRONMENT_VARIABLES = ['NODE_ENV', 'LATARNIK_ENVIRONMENT'] as const;

const MINISTRY_DOMAIN = 'mf.gov.pl';
/**
 * The Ministry's systems that are not production (ksef-docs srodowiska.md, kody-qr.md; for Latarnia domain-rules 1.13).
 * Compared whole: every other host of the Ministry counts as production, whatever it is called.
 */
const MINISTRY_TEST_HOSTS: ReadonlySet<string> = new Set([
  'api-test.ksef.mf.gov.pl',
  'api-demo.ksef.mf.gov.pl',
  'api-latarnia-test.ksef.mf.gov.pl',
  'qr-test.ksef.mf.gov.pl',
  'qr-demo.ksef.mf.gov.pl',
]);

/**
 * Why the simulator must not run here; undefined when it may. Nothing it says has any legal effect, so it keeps away
 * from everything that looks like production: the environment, and the Ministry's production hosts, however spelt.
 */
export function productionSetting(environment: Environment): string | undefined {
  const named = ENVIRONMENT_VARIABLES.find((name) => environment[name]?.trim().toLowerCase() === 'production');
  if (named !== undefined) return `${named}=production`;
  for (const name of ADDRESS_VARIABLES) {
    const objection = objectionTo(environment[name] ?? '');
    if (objection !== undefined) return `${name} ${objection}`;
  }
  return undefined;
}

/** The simulator was to start where it must not. */
export class ProductionSettings extends Error {
  override readonly name = 'ProductionSettings';
}

/** @throws {ProductionSettings} */
export function refuseProduction(environment: Environment): void {
  const setting = productionSetting(environment);
  if (setting !== undefined)
    throw new ProductionSettings(`the KSeF simulator is a test twin and does not start with ${setting}`);
}

function objectionTo(address: string): string | undefined {
  // What is no address at all is judged by its letters.
  const host = hostOf(address) ?? address.toLowerCase();
  if (MINISTRY_TEST_HOSTS.has(host)) return undefined;
  if (host === MINISTRY_DOMAIN || host.endsWith(`.${MINISTRY_DOMAIN}`)) return 'names a production host';
  return host.includes(MINISTRY_DOMAIN) ? 'names a host that only looks like one of the Ministry' : undefined;
}

/**
 * The host alone, as a connection would be made to it: lower case, without port, user, escapes and the dot of the root.
 * A scheme may be missing: `host:port/path` would else be read as a scheme called `host`.
 */
function hostOf(address: string): string | undefined {
  const trimmed = address.trim();
  const hasScheme = /^(https?:|[a-z][a-z\d+.-]*:[/\\]{2})/i.test(trimmed);
  // Only addresses of the Web are put into one form by URL; whatever the scheme, the host is the same.
  const ofWeb = `https://${trimmed.replace(hasScheme ? /^[^:]*:[/\\]*/ : /^[/\\]+/, '')}`;
  return URL.canParse(ofWeb) ? new URL(ofWeb).hostname.replace(/\.+$/, '') : undefined;
}
