/**
 * Which folder may import which. Imports go one way, also those of types alone, and there is no circle anywhere.
 * `npm run lint` checks it; `npx depcruise src nodes --output-type dot` draws it.
 */

const { readdirSync } = require('node:fs');
const { join } = require('node:path');

/** What a folder may import beside itself. Where folders are listed within one, they follow the data's path. */
const MAY_IMPORT = {
  'src/options': [],
  'src/matroska': ['src/options'],
  'src/http': ['src/options'],
  'src/aws': ['src/http', 'src/options'],
  'src/kinesis-video': ['src/aws', 'src/http', 'src/options'],
  'src/session': ['src/kinesis-video', 'src/aws', 'src/matroska', 'src/options'],
  'src/archive': ['src/session', 'src/kinesis-video', 'src/matroska', 'src/options'],
  'src/convert': ['src/matroska', 'src/options'],
  'src/pictures': ['src/convert', 'src/options'],
  'src/clips': [
    'src/archive',
    'src/pictures',
    'src/session',
    'src/kinesis-video',
    'src/convert',
    'src/matroska',
    'src/options',
  ],
  'src/discovery': ['src/session', 'src/kinesis-video', 'src/options'],
  'src/streams': ['src/session', 'src/kinesis-video', 'src/options'],
  'src/fleet': ['src/streams', 'src/session', 'src/options'],
  'src/dynamodb': ['src/fleet', 'src/session', 'src/aws', 'src/options'],
  'src/simulator': ['src/options'],
  'nodes/shared': ['src'],
  // It shows the texts that get-media has for it; what it observes is in nodes/shared.
  'nodes/preview': ['src', 'nodes/shared', 'nodes/kvs-get-media'],
  // Nodes share code by nodes/shared alone; a new one has this rule at once.
  ...Object.fromEntries(
    readdirSync(join(__dirname, 'nodes'))
      .filter((name) => name.startsWith('kvs-'))
      .map((name) => [`nodes/${name}`, ['src', 'nodes/shared']]),
  ),
};

/** The steps within a folder, in the order of the data: each may import the ones before it, none the ones after. */
const STEPS = {
  'src/convert': [
    'codecs/',
    'input/',
    'samples/',
    '(containers|elementary|description)/',
    '(clip|decoding|parts)/',
    '(create-converter|index)\\.ts$',
  ],
  'src/simulator': ['media/', 'streams/', '(faults|ingest)/', 'api/', '(simulator|index)\\.ts$', 'cli/'],
};

/** Small modules that every folder may use: time and chance, lazily loaded packages, absent properties. */
const FOR_ALL = ['src/[a-z-]+\\.ts$'];

const directions = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  name: `imports of ${folder}`,
  comment: `${folder} may import ${allowed.join(', ') || 'nothing of the project'}.`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: {
    path: '^(src|nodes|test|testing|bench|fuzz|scripts)/',
    pathNot: [`^${folder}/`, ...allowed.map((name) => `^${name}/`), ...FOR_ALL.map((name) => `^${name}`)],
  },
}));

const steps = Object.entries(STEPS).flatMap(([folder, names]) =>
  names.slice(0, -1).map((name, position) => ({
    name: `steps of ${folder}: ${name}`,
    comment: `The order is ${names.join(', ')}; imports go back along it alone.`,
    severity: 'error',
    from: { path: `^${folder}/${name}` },
    to: { path: names.slice(position + 1).map((later) => `^${folder}/${later}`) },
  })),
);

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'src-knows-no-node-red',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '(node-red|@node-red/)' },
    },
    {
      name: 'no-io-in-the-parser-and-the-converter',
      comment: 'Bytes in, bytes out. Inflating is a computation.',
      severity: 'error',
      from: { path: '^src/(matroska|convert|options)/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?zlib$' },
    },
    {
      name: 'the-preview-knows-only-texts-of-get-media',
      severity: 'error',
      from: { path: '^nodes/preview/' },
      to: { path: '^nodes/kvs-get-media/(?!dialog/preview-texts|locales/)' },
    },
    {
      name: 'browsers-have-no-engine',
      comment: 'Dialogs and pages share the settings with the run time, and no more.',
      severity: 'error',
      from: { path: '^nodes/[^/]+/(dialog|page)/' },
      to: { path: '^src/(?!options/|[a-z-]+\\.ts$)' },
    },
    {
      name: 'browsers-have-no-node-js',
      severity: 'error',
      from: { path: '^nodes/[^/]+/(dialog|page)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'the-run-time-has-no-browser',
      severity: 'error',
      from: { path: '^nodes/[^/]+/[^/]+$' },
      to: { path: '^nodes/[^/]+/(dialog|page)/' },
    },
    { name: 'nothing-imports-tests', severity: 'error', from: { pathNot: '^test/' }, to: { path: '^test/' } },
    ...directions,
    ...steps,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.test.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'node_modules' },
  },
};
