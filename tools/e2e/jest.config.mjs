import { jestConfig } from '../../jest.preset.mjs';

export default { ...jestConfig('e2e'), testTimeout: 180_000, maxWorkers: 1 };
