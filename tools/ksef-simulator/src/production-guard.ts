type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that say which systems the product next to the simulator talks to. */
const ADDRESS_VARIABLES = ['LATARNIK_KSEF_URL', 'LATARNIK_LATARNIA_URL'] as const;

/**
 * Why the simulator must not run here; undefined when it may. Nothing it says has any legal effect, so it keeps away
 * from everything that looks like production: the environment, and the Ministry's production hosts.
 */
export function productionSetting(environment: Environment): string | undefined {
  if (environment['NODE_ENV'] === 'production') return 'NODE_ENV=production';
  if (environment['LATARNIK_ENVIRONMENT'] === 'production') return 'LATARNIK_ENVIRONMENT=production';
  const variable = ADDRESS_VARIABLES.find((name) => isProductionHost(environment[name]));
  return variable === undefined ? undefined : `${variable} names a production host`;
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

function isProductionHost(address: string | undefined): boolean {
  if (address === undefined || !URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  return /(^|\.)mf\.gov\.pl$/.test(hostname) && !/-(test|demo)\./.test(hostname);
}
