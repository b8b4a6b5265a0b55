/**
 * Which folder may import which. Imports go one way, also those of types alone, and there is no circle anywhere.
 * `npm run lint` checks it; `npx depcruise src nodes --output-type dot` draws it.
 */

/** What a folder may import beside itself. Where folders are listed within one, they follow the data's path. */
const MAY_IMPORT = {
  'src/options': [],
  'src/matroska': ['src/options'],
  'src/http': ['src/options'],
  'src/aws': ['src/http', 'src/options'],
  'src/kinesis-video': ['src/aws', 'src/http', 'src/options'],
  'src/session': ['src/kinesis-video', 'src/aws', 'src/matroska', 'src/options'],
  'src/convert': ['src/matroska', 'src/options'],
  'src/pictures': ['src/convert', 'src/options'],
  'src/simulator': ['src/options'],
  'nodes/shared': ['src'],
  // It attaches to what get-media lets others observe, never the other way round.
  'nodes/preview': ['src', 'nodes/shared', 'nodes/kvs-get-media'],
  'nodes/kvs-config': ['src', 'nodes/shared'],
  'nodes/kvs-get-media': ['src', 'nodes/shared'],
  'nodes/kvs-convert': ['src', 'nodes/shared'],
};

/** The steps within a folder, in the order of the data: each may import the ones before it, none the ones after. */
const STEPS = {
  'src/convert': [
    'codecs/',
    'input/',
    'samples/',
    '(containers|elementary|description)/',
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
