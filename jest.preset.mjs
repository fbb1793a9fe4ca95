/**
 * Jest settings that every project shares: ES modules, run from TypeScript sources, no module mocks.
 * ts-jest does not check types here; `npm test` runs the type check as a stage of its own. One tsconfig compiles all,
 * since a spec loads other projects' sources too, and two of them have decorators.
 */
export const jestConfig = (displayName) => ({
  displayName,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@latarnik/source', 'node', 'node-addons'] },
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: '<rootDir>/../../tsconfig.jest.json' }] },
  transformIgnorePatterns: ['/node_modules/(?!@latarnik/)'],
  setupFilesAfterEnv: ['<rootDir>/../../scripts/temporal-equality.mjs'],
  reporters: ['default', '<rootDir>/../../scripts/count-reporter.cjs'],
  testTimeout: 60_000,
});
