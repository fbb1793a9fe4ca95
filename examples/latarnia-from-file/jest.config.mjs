import { jestConfig } from '../../jest.preset.mjs';

export default jestConfig('example-latarnia-from-file');
