import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const DOMAIN_ONLY_LANGUAGE =
  'The domain knows the language and Temporal only: time, randomness and I/O come in through ports.';

/** Which layer may use which; docs/adr/0001. `tools/workspace` plants violations and sees them caught. */
const layerConstraints = [
  {
    sourceTag: 'layer:domain',
    onlyDependOnLibsWithTags: ['layer:domain'],
    allowedExternalImports: ['temporal-polyfill'],
  },
  { sourceTag: 'layer:adapter', onlyDependOnLibsWithTags: ['layer:domain'], bannedExternalImports: ['@nestjs/*'] },
  {
    sourceTag: 'layer:compose',
    onlyDependOnLibsWithTags: ['layer:domain', 'layer:adapter'],
    bannedExternalImports: ['@nestjs/*'],
  },
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: ['layer:domain', 'layer:compose'] },
  { sourceTag: 'layer:example', onlyDependOnLibsWithTags: ['layer:domain', 'layer:compose'] },
  { sourceTag: 'layer:tool', onlyDependOnLibsWithTags: ['*'] },
  { sourceTag: 'scope:worker', bannedExternalImports: ['@nestjs/*'] },
];

/** Tests may also use any tool (the simulator, an embedded PostgreSQL) and any package; layers still hold. */
const specConstraints = layerConstraints.map(({ sourceTag, onlyDependOnLibsWithTags = ['*'] }) => ({
  sourceTag,
  onlyDependOnLibsWithTags: [...onlyDependOnLibsWithTags, 'layer:tool'],
}));

export default tseslint.config(
  { ignores: ['**/dist/**', '**/out-tsc/**', '**/test-output/**', '**/node_modules/**', '.nx/**', '.latarnik/**'] },
  {
    files: ['**/*.{mjs,cjs}'],
    ...js.configs.recommended,
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', module: 'writable', require: 'readonly', URL: 'readonly' },
    },
  },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: true,
          banTransitiveDependencies: true,
          allow: [],
          depConstraints: layerConstraints,
        },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 10],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Configuration is parsed once, in main.ts.' },
      ],
    },
  },
  {
    files: ['libs/domain/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/testing/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*', '!./*', '!../*'], message: DOMAIN_ONLY_LANGUAGE }] },
      ],
      'no-restricted-globals': [
        'error',
        ...['Date', 'fetch', 'process', 'Buffer', 'setTimeout', 'setInterval', 'crypto', 'performance', 'console'].map(
          (name) => ({
            name,
            message: DOMAIN_ONLY_LANGUAGE,
          }),
        ),
      ],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: DOMAIN_ONLY_LANGUAGE }],
      'no-restricted-syntax': [
        'error',
        { selector: 'Decorator', message: DOMAIN_ONLY_LANGUAGE },
        { selector: "MemberExpression[object.name='Temporal'][property.name='Now']", message: DOMAIN_ONLY_LANGUAGE },
      ],
    },
  },
  {
    // A list of what is exported: as long as there is to export.
    files: ['**/src/index.ts'],
    rules: { 'max-lines': 'off' },
  },
  {
    files: ['**/*.spec.ts', '**/testing/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': ['error', { allow: [], depConstraints: specConstraints }],
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/main.ts', 'tools/**/*.ts', 'examples/**/*.ts', '**/jest.config.ts', 'jest.preset.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['jest.preset.ts', '**/jest.config.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { '@nx/enforce-module-boundaries': 'off' },
  },
);
