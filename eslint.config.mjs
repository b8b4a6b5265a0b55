import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Forbids imports against the one direction in which data and knowledge flow (see CONTRIBUTING.md). */
const mustNotImport = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

const nodeRed = { group: ['node-red', 'node-red/*', '@node-red/*'], message: 'src/ never imports Node-RED.' };
const folder = (...names) => ({
  group: names.flatMap((name) => [`**/${name}`, `**/${name}/*`, `**/${name}/**`]),
  message: 'Imports go one way: options, {matroska, kinesis-video}, session, nodes.',
});

/** From what a payload holds to what leaves: no step of a conversion knows a later one. */
const CONVERT_STEPS = ['codecs', 'input', 'samples', 'containers', 'elementary', 'description'];
const LAST_STEPS = ['containers', 'elementary', 'description'];
const noNode = { group: ['node:*'], message: 'No I/O here.' };
const mustNotImportInConvert = (files, later, node = noNode) =>
  mustNotImport(files, [
    nodeRed,
    folder('http', 'aws', 'kinesis-video', 'session', 'pictures', 'simulator', 'nodes'),
    node,
    ...(later.length === 0
      ? []
      : [
          {
            group: later.flatMap((name) => [`**/${name}`, `**/${name}/**`]),
            message: 'Imports go one way: codecs, input, samples, {containers, elementary, description}.',
          },
        ]),
  ]);
const convertFolders = [
  mustNotImportInConvert(['src/convert/*.ts'], CONVERT_STEPS),
  mustNotImportInConvert(['src/convert/{index,create-converter}.ts'], []),
  ...CONVERT_STEPS.map((name, i) =>
    mustNotImportInConvert(
      [`src/convert/${name}/**`],
      [
        ...(LAST_STEPS.includes(name)
          ? LAST_STEPS.filter((step) => step !== name)
          : CONVERT_STEPS.slice(i + 1)),
        'create-converter',
      ],
    ),
  ),
  // It computes, and reaches nothing outside.
  mustNotImportInConvert(['src/convert/input/inflate.ts'], ['samples', ...LAST_STEPS, 'create-converter'], {
    ...noNode,
    group: ['node:*', '!node:zlib'],
  }),
];

/** What each part of the simulator must not know; it takes nothing from the engine, whose mistakes it would mirror. */
const SIMULATOR_ABOVE = {
  '*.ts': ['cli'],
  'cli/**': [],
  'api/**': ['cli', 'simulator', 'simulator-options'],
  'ingest/**': ['cli', 'simulator', 'simulator-options', 'api', 'faults'],
  'faults/**': ['cli', 'simulator', 'simulator-options', 'api', 'ingest'],
  'streams/**': ['cli', 'simulator', 'simulator-options', 'api', 'ingest', 'faults'],
  'media/**': ['cli', 'simulator', 'simulator-options', 'api', 'ingest', 'faults', 'streams'],
};
const simulatorFolders = Object.entries(SIMULATOR_ABOVE).map(([files, above]) =>
  mustNotImport(
    [`src/simulator/${files}`],
    [
      nodeRed,
      folder('matroska', 'http', 'aws', 'kinesis-video', 'session', 'convert', 'pictures', 'nodes'),
      ...above.map((name) => ({
        group: [`**/${name}`, `**/${name}/**`],
        message: 'Imports go one way: cli, simulator, api, {ingest, faults}, streams, media.',
      })),
    ],
  ),
);

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
  { files: ['**/*.mjs', '**/*.cjs'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      globals: { URL: 'readonly', require: 'readonly', process: 'readonly', __dirname: 'readonly' },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  mustNotImport(
    ['src/options/**'],
    [nodeRed, folder('matroska', 'http', 'aws', 'kinesis-video', 'session', 'convert', 'simulator', 'nodes')],
  ),
  mustNotImport(
    ['src/matroska/**'],
    [
      nodeRed,
      folder('http', 'aws', 'kinesis-video', 'session', 'convert', 'simulator', 'nodes'),
      { group: ['node:*'], message: 'No I/O here.' },
    ],
  ),
  ...convertFolders,
  mustNotImport(
    ['src/http/**'],
    [nodeRed, folder('matroska', 'aws', 'kinesis-video', 'session', 'convert', 'simulator', 'nodes')],
  ),
  mustNotImport(
    ['src/aws/**'],
    [nodeRed, folder('matroska', 'kinesis-video', 'session', 'convert', 'simulator', 'nodes')],
  ),
  mustNotImport(
    ['src/kinesis-video/**'],
    [nodeRed, folder('matroska', 'session', 'convert', 'simulator', 'nodes')],
  ),
  mustNotImport(['src/session/**'], [nodeRed, folder('convert', 'simulator', 'nodes')]),
  ...simulatorFolders,
  mustNotImport(
    ['nodes/*/dialog/**', 'nodes/preview/page/**'],
    [
      folder('matroska', 'http', 'aws', 'kinesis-video', 'session', 'convert', 'pictures', 'simulator'),
      { group: ['node:*'], message: 'This runs in a browser.' },
    ],
  ),
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
      '@typescript-eslint/no-require-imports': ['error', { allow: ['^\\./(runtime|previews)$'] }],
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
