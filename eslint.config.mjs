import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Chaincode must give identical bytes on every peer: no clock, no randomness, no locale. */
const determinism = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Chaincode has no clock: use the transaction timestamp.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Chaincode has no clock: use the transaction timestamp.',
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Chaincode has no randomness.',
  },
  {
    selector: 'Identifier[name=/^(randomBytes|randomUUID|getRandomValues|randomInt)$/]',
    message: 'Chaincode has no randomness.',
  },
  {
    selector: 'CallExpression[callee.property.name=/^(toLocaleString|localeCompare)$/]',
    message: 'Chaincode has no locale.',
  },
];

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/build/**',
      '**/*.cjs',
      'eslint.config.mjs',
      '**/bin/*.js',
      '**/*.mjs',
      '**/assembly/**',
      '**/generated/**',
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      complexity: ['error', 12],
      'no-console': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
      '@typescript-eslint/explicit-function-return-type': ['error', { allowExpressions: true }],
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  { files: ['chaincode/src/**/*.ts'], rules: { 'no-restricted-syntax': ['error', ...determinism] } },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/explicit-function-return-type': 'off', 'max-lines': 'off' },
  },
);
