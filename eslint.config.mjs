import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** A file's first comment says what the file is for. */
const saysWhatItIsFor = {
  create: (context) => ({
    Program(node) {
      // ESLint shows a line for the shell as a comment.
      const [first = '', second = ''] = context.sourceCode.lines;
      if (!(/^#!|^\/\/usr/.test(first) ? second : first).startsWith('/**')) {
        context.report({ node, message: 'Begin with a comment that says what this file is for.' });
      }
    },
  }),
};

export default tseslint.config(
  { ignores: ['dist/', 'build/', 'node_modules/', '.demo/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.test.json', './tsconfig.browser.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: 'error',
      curly: 'error',
      'no-console': 'error',
      'no-empty': ['error', { allowEmptyCatch: false }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'nodes/**/*.ts'],
    rules: { 'max-lines': ['error', 300] },
  },
  {
    files: ['{src,nodes,testing,bench,fuzz,scripts}/**/*.ts'],
    plugins: { house: { rules: { 'says-what-it-is-for': saysWhatItIsFor } } },
    rules: { 'house/says-what-it-is-for': 'error' },
  },
  { files: ['**/*.mjs', '**/*.cjs'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      globals: {
        URL: 'readonly',
        require: 'readonly',
        process: 'readonly',
        __dirname: 'readonly',
        module: 'readonly',
      },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: [
      'scripts/**',
      'bench/**',
      'fuzz/**',
      'test/faults/**',
      'test/e2e/year.test.ts',
      'src/simulator/cli/kvs-simulator.ts',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    // What a node does is loaded with the first node, not with Node-RED.
    files: ['nodes/*/*.ts'],
    rules: {
      '@typescript-eslint/no-require-imports': ['error', { allow: ['^\\./(runtime|preview-registry)$'] }],
    },
  },
  {
    // Unlike `import()`, `require` can be tried again after a failure.
    files: ['src/aws/packages.ts', 'src/*/*-client.ts'],
    rules: {
      '@typescript-eslint/no-require-imports': ['error', { allow: ['^@aws-sdk/'] }],
    },
  },
  {
    files: ['test/**/*.ts', 'testing/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
);
