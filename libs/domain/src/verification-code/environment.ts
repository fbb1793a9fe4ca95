/** A KSeF environment; decides the host of the verification links (domain rules 3.1). */
export const KSEF_ENVIRONMENTS = ['test', 'demo', 'production'] as const;
export type KsefEnvironment = (typeof KSEF_ENVIRONMENTS)[number];

export const VERIFICATION_HOSTS = {
  test: 'qr-test.ksef.mf.gov.pl',
  demo: 'qr-demo.ksef.mf.gov.pl',
  production: 'qr.ksef.mf.gov.pl',
} as const satisfies Record<KsefEnvironment, string>;
