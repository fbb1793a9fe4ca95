import { jestConfig } from '../../jest.preset.mjs';

/** Whole systems, of compiled processes: the specs use the compiled tools too, not their sources. */
export default {
  ...jestConfig('e2e'),
  testEnvironmentOptions: { customExportConditions: ['node', 'node-addons'] },
  testTimeout: 180_000,
  maxWorkers: 1,
};
