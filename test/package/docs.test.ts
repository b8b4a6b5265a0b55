import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CONVERSION_ERRORS } from '../../src/convert';
import { TARGETS } from '../../src/options';
import { ERROR_TABLE, IN_BAND_TABLE } from '../../src/session/error-table';
import { Simulator } from '../../src/simulator';
import type { DataPlanes } from '../../src/simulator/api/data-plane';
import {
  ARCHIVED_OPERATIONS,
  MEDIA_OPERATIONS,
  controlOperations,
} from '../../src/simulator/api/operation-tables';
import { HELP, readArguments } from '../../src/simulator/cli/arguments';
import { PUT_HELP } from '../../src/simulator/cli/put-command';
import { REPOSITORY } from '../../testing/node-red';
import { DOCS, PAGES, blocksOf, codesOf, readPage, textOf } from '../../testing/pages';
import { LISTED, PACKAGE, read } from './built';
import { skip } from '../../testing/skip';

/** Made for a reader, by hand; the changelog tells of the past. */
const WRITTEN = PAGES.filter((page) => page !== 'CHANGELOG.md' && page !== 'docs/licences.md');

describe('what the pages about the code name', () => {
  const sources = ['src', 'nodes', 'test', 'testing', 'scripts', 'fuzz', 'bench'].flatMap((folder) =>
    readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' }).map(
      (name) => `${folder}/${name}`,
    ),
  );
  for (const page of [
    'CONTRIBUTING.md',
    'nodes/shared/README.md',
    ...DOCS.filter((name) => name.startsWith('docs/internals/')),
  ]) {
    it(`${page}: files that are there`, () => {
      const files = codesOf(page).filter((code) => /^\w[\w./-]*\.ts$/.test(code));
      assert.deepEqual(
        files.filter((file) => !sources.some((source) => source === file || source.endsWith(`/${file}`))),
        [],
      );
    });
  }
});

/** Tests by the file that they are in, as `players.md` names them: a file, and then parts of titles. */
describe('the page about players', () => {
  const page = readPage('docs/internals/players.md');
  const named = [...page.matchAll(/`([\w/-]+\.test\.ts)`([^`|]*)/g)].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']): [string, string] => [file, title]),
  );

  it('names tests that are there', () => {
    assert.ok(named.length > 40, `${named.length} found`);
    assert.deepEqual(
      named.filter(([file, title]) => !read(`test/${file}`).includes(title)),
      [],
    );
  });

  it('names a test in each row', () => {
    const rows = page.split('\n').filter((line) => /^\| (?!Situation|---)/.test(line));
    assert.ok(rows.length > 20);
    assert.deepEqual(
      rows.filter((row) => !row.includes('.test.ts` "')),
      [],
    );
  });
});

/** The dialogs' help has a `dt` for each property; its page in docs/reference describes the same ones. */
describe('the reference', () => {
  const placed = LISTED.filter(({ type }) => type !== 'kvs-config');
  for (const { type } of placed) {
    it(`${type}: describes every property of the help`, () => {
      const help = read(`nodes/${type}/locales/en-US.html`);
      const properties = [...help.matchAll(/<dt[^>]*>([^<]+?)\s*<(?:span|\/dt)/g)].flatMap(([, names = '']) =>
        names.split(',').map((name) => name.trim().split('.').at(-1) ?? ''),
      );
      assert.ok(properties.length > 0);
      const page = readPage(`docs/reference/${type}.md`) + readPage('docs/reference/kvs-get-media.md');
      assert.deepEqual(
        properties.filter((name) => !new RegExp(`[\`.]${name}\\b`).test(page)),
        [],
      );
    });
  }
});

describe('the page of the simulator', () => {
  it('names every operation that it answers', () => {
    const tables = [MEDIA_OPERATIONS, ARCHIVED_OPERATIONS, controlOperations({} as DataPlanes)];
    // Players make the others with a session's token.
    const served = tables.flatMap((table) =>
      [...table.values()].filter(({ bySession }) => bySession !== true),
    );
    const [, listed = ''] = /^It answers (.*?)\. /m.exec(readPage('docs/simulator/README.md')) ?? [];
    assert.deepEqual(listed.split(/, | and /).sort(), served.map(({ operation }) => operation).sort());
  });
});

describe('the guide to converting', () => {
  it('names every form of output', () => {
    const named = codesOf('docs/guide/converting.md');
    assert.deepEqual(
      TARGETS.filter((target) => !named.includes(target)),
      [],
    );
  });
});

describe('the README', () => {
  it('has at most 10 KB', () => {
    assert.ok(Buffer.byteLength(readPage('README.md')) <= 10_240);
  });

  it('names every node', () => {
    const text = readPage('README.md').replaceAll('-', ' ');
    assert.deepEqual(
      LISTED.map(({ type }) => type.replaceAll('-', ' ')).filter((type) => !text.includes(`**${type}**`)),
      [],
    );
  });
});

describe('the pages of docs/', () => {
  it('are all listed in docs/README.md, or in the list of their own folder', () => {
    const lists = DOCS.filter((page) => page.endsWith('/README.md'));
    const linked = new Set(
      lists.flatMap((list) =>
        [...readPage(list).matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, path = '']) =>
          join(dirname(list), path),
        ),
      ),
    );
    assert.deepEqual(
      DOCS.filter((page) => page !== 'docs/README.md' && !linked.has(page)),
      [],
    );
  });

  it('name only ErrorTypes that the package or its tables know', () => {
    const known = new Set([
      ...Object.keys(ERROR_TABLE),
      ...Object.values(IN_BAND_TABLE).map(({ ErrorType }) => ErrorType),
      ...Object.keys(CONVERSION_ERRORS),
      ...['NoDecoder', 'DecoderFailed', 'DecoderBusy', 'FileError', 'FleetTableError'],
    ]);
    const written = WRITTEN.filter((page) => page !== 'docs/reference/errors.md');
    const named = written.flatMap((page) =>
      codesOf(page).filter((code) => /^[A-Z]\w+(Exception|Error)$/.test(code)),
    );
    assert.ok(named.length > 10);
    assert.deepEqual(
      named.filter((name) => !known.has(name)),
      [],
    );
  });
});

/** Everything that a catalogue says, however deep. */
function textsOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap(textsOf)
    : [String(value)];
}

const FLOWS = ['examples', 'docs/cookbook'].flatMap((folder) =>
  readdirSync(join(REPOSITORY, folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name)),
);

describe('what the documentation puts in italics', () => {
  const require = (file: string): unknown =>
    JSON.parse(readFileSync(join(REPOSITORY, file), 'utf8')) as unknown;
  const labels = new Set([
    ...LISTED.flatMap(({ type }) => textsOf(require(`nodes/${type}/locales/en-US.json`))),
    ...textsOf(require('node_modules/@node-red/editor-client/locales/en-US/editor.json')),
    ...textsOf(require('node_modules/@node-red/nodes/locales/en-US/messages.json')),
    PACKAGE.name,
    ...FLOWS.flatMap((file) => (require(file) as { name?: string }[]).flatMap(({ name }) => name ?? [])),
    // The label of a node without a name, the field over the palette, and emphasis.
    ...['demo', 'filter nodes', 'after'],
  ]);
  const isExample = (name: string): boolean => existsSync(join(REPOSITORY, 'examples', `${name}.json`));

  for (const page of WRITTEN) {
    it(`${page}: is a label of a dialog, of the editor, or an example`, () => {
      const italics = [...textOf(page).matchAll(/(?<![\w/])_([^_\n]+)_(?!\w)/g)].map(([, text = '']) => text);
      assert.deepEqual(
        italics.filter((text) => !labels.has(text) && !isExample(text)),
        [],
      );
    });
  }
});

/** The commands of the pages' shell blocks, a line each. */
const COMMANDS = WRITTEN.flatMap((page) =>
  blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => code.split('\n').map((line) => line.trim()))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ page, line })),
);
/** Commands in the text, such as `npm run demo -- --file x`. */
const INLINE = WRITTEN.flatMap((page) =>
  codesOf(page)
    .filter((code) => /^(npm (run|test)|npx|kvs-simulator|sh) /.test(code))
    .map((line) => ({ page, line })),
);
const SIMULATOR = /(?:npx (?:-y )?-p @kvs-flow\/node-red-kinesis-video )?kvs-simulator(?: (.*))?$/;

/** Arguments of a command line; quotes as the shell has them. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** The options that a script of ours reads, by its source: each calls `parseArgs` with a plain list. */
function optionsOf(script: string): Set<string> {
  const [, list = ''] = /options: \{([^]*?)\n {4}\}/.exec(read(script)) ?? [];
  return new Set([...list.matchAll(/^\s*'?([a-z-]+)'?: \{ type/gm)].map(([, name = '']) => `--${name}`));
}

describe('the commands of the documentation', () => {
  it('npm: the scripts are there, and read the options', () => {
    const scripts = [...COMMANDS, ...INLINE].flatMap(({ line }) =>
      line.split('&&').map((part) => part.trim()),
    );
    const npm = scripts.filter((line) => line.startsWith('npm run ') || line === 'npm test');
    assert.ok(npm.length > 5);
    for (const line of npm) {
      const [, name = 'test', rest = ''] = /^npm (?:run )?([\w:-]+)(?: -- (.*))?/.exec(line) ?? [];
      const script = PACKAGE.scripts[name];
      assert.ok(script !== undefined, line);
      const file = /tsx (\S+)$/.exec(script)?.[1];
      const options = words(rest).filter((word) => word.startsWith('--'));
      const known = file === undefined ? new Set<string>() : optionsOf(file);
      assert.deepEqual(
        options.filter((option) => !known.has(option)),
        [],
        line,
      );
    }
  });

  it('npx tsx and npx mocha: the files are there', () => {
    const files = [...COMMANDS, ...INLINE].flatMap(
      ({ line }) => /(?:npx (?:tsx|mocha)|^sh) '?([\w/.-]+\.(?:ts|sh))/.exec(line)?.[1] ?? [],
    );
    assert.ok(files.length > 3);
    assert.deepEqual(
      files.filter((file) => !existsSync(join(REPOSITORY, file))),
      [],
    );
  });

  it('kvs-simulator: takes the arguments, and is always run from its package', () => {
    const lines = [...COMMANDS, ...INLINE].filter(({ line }) => line.includes('kvs-simulator'));
    assert.ok(lines.length > 5);
    for (const { page, line } of lines) {
      const [, args = ''] = SIMULATOR.exec(line) ?? [];
      const [command, ...rest] = words(args);
      if (line.startsWith('docker')) {
        continue;
      }
      assert.ok(!line.includes('npx kvs-simulator'), `${page}: ${line}`);
      if (command === 'put') {
        const options = rest.filter((word) => word.startsWith('--'));
        assert.deepEqual(
          options.filter((option) => !PUT_HELP.includes(`${option} `)),
          [],
        );
      } else {
        assert.doesNotThrow(() => readArguments(words(args)), `${page}: ${line}`);
      }
    }
  });

  it('kvs-simulator: every option that a page names is one', () => {
    const named = DOCS.filter((page) => page.startsWith('docs/simulator/')).flatMap((page) =>
      codesOf(page).flatMap((code) => /^--[a-z-]+/.exec(code)?.[0] ?? []),
    );
    assert.ok(named.length > 10);
    assert.deepEqual(
      named.filter((option) => !`${HELP}${PUT_HELP}`.includes(`${option} `)),
      [],
    );
  });

  it('curl: the simulator answers each with success', async function () {
    if (spawnSync('curl', ['--version']).error !== undefined) {
      skip(this, 'no curl');
    }
    const lines = COMMANDS.filter(({ line }) => line.startsWith('curl '));
    assert.ok(lines.length > 4);
    const simulator = new Simulator();
    simulator.addStream({ name: 'demo' });
    await simulator.start();
    try {
      for (const { line } of lines) {
        const args = words(line.replace('http://127.0.0.1:4567', simulator.endpoint)).slice(1);
        const { stdout } = await promisify(execFile)('curl', ['-s', '-w', '\n%{http_code}', ...args]);
        assert.match(stdout, /\n20\d$/, line);
      }
    } finally {
      await simulator.stop();
    }
  });
});
