import { jestConfig } from '../../jest.preset.mjs';

/** Whole systems, of compiled processes: the specs use the compiled tools too, not their sources. */
export default {
  ...jestConfig('chaos'),
  testEnvironmentOptions: { customExportConditions: ['node', 'node-addons'] },
  testTimeout: 180_000,
  maxWorkers: 1,
  // Minutes of whole systems under faults: LATARNIK_CHAOS=1 runs them too.
  testPathIgnorePatterns: process.env['LATARNIK_CHAOS'] === '1' ? [] : ['/src/chaos\\.spec'],
};
