import { jestConfig } from '../../jest.preset.mjs';

export default { ...jestConfig('domain'), setupFilesAfterEnv: ['<rootDir>/src/testing/temporal-equality.ts'] };
