import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { NODE_STATEMENTS } from '../../nodes/shared/node-statements';
import { builtDialog } from '../../scripts/dialog';
import { CONVERSION_ERRORS, CONVERSION_STATEMENTS } from '../../src/convert';
import { AWS_STATEMENTS } from '../../src/kinesis-video';
import { MATROSKA_STATEMENTS } from '../../src/matroska';
import { DECODER_STATEMENTS } from '../../src/pictures';
import { PROBLEM_KEYS } from '../../src/options/problem';
import { SESSION_STATEMENTS } from '../../src/session';
import { isRecord } from '../../src/is-record';
import type { StatementTable } from '../../src/statement';
import { REPOSITORY } from '../../testing/node-red';
import { NODE_TYPES, catalogue, judged, loadDefinition, nodeOf } from './definition';

const NODES = join(REPOSITORY, 'nodes');
const LANGUAGES = ['de', 'en-US', 'es-ES', 'fr', 'ja', 'ko', 'pt-BR', 'zh-CN'];

/** Values that between them meet every problem that a property of these nodes can have. */
const BAD_VALUES = [
  '',
  ' ',
  'no such thing',
  'Ä',
  ARN('xx-nowhere-1'),
  'http://example.org',
  1.5,
  -1,
  1e9,
  'bad',
  'off',
  '{camera}',
  'keys',
  'a1b2-ats.iot.eu-west-1.amazonaws.com',
];
const BAD_STARTS = ['FRAGMENT_NUMBER', 'SERVER_TIMESTAMP', 'CONTINUATION_TOKEN'];

function ARN(region: string): string {
  return `arn:aws:kinesisvideo:${region}:123456789012:stream/door/1580000000000`;
}

/** The group of the shared texts in every node's catalogue. */
const SHARED = 'kvs-flow';

/** Keys of a group written out in the built page: in the template and in the scripts. */
function writtenKeys(type: string, group = type): string[] {
  const keys = new RegExp(`(?<=["'\\]])${group}\\.\\w+\\.\\w+(?=["';])`, 'g');
  return [...builtDialog(type).matchAll(keys)].map(([key]) => key);
}

/** Keys that are put together: the validators' and the ones of the start value. */
function composedKeys(type: string): Set<string> {
  const asked = new Set<string>();
  const definition = loadDefinition(type, {
    good: { region: 'us-west-2', valid: true },
    bad: { valid: false },
    off: { d: true },
  });
  for (const other of [
    { auth: 'keys' },
    { auth: 'profile' },
    { auth: 'iot' },
    { roleArn: 'any' },
    ...['at', 'FragmentNumber', 'chunks', 'silentSeconds'].map((untilType) => ({ untilType })),
    ...['tags', 'list'].map((selectBy) => ({ selectBy })),
    { coordination: 'dynamodb' },
    ...BAD_STARTS.map((startSelectorType) => ({ startSelectorType })),
  ]) {
    const node = nodeOf(type, { id: 'imported', changed: true, config: 'good', ...other }, asked);
    for (const property of Object.keys({ ...definition.defaults, ...definition.credentials })) {
      for (const value of BAD_VALUES) {
        judged(definition, node, property, value);
      }
    }
  }
  for (const key of [...asked].filter((name) => name.includes('.startValue.'))) {
    asked.add(`${key}Example`);
  }
  return asked;
}

function countKeys(value: unknown): number {
  return isRecord(value)
    ? Object.values(value).reduce<number>((sum, inner) => sum + 1 + countKeys(inner), 0)
    : 0;
}

/** The catalogues of a node, or those that all share: complete in all languages, and without a key that is not used. */
function holdTexts(folder: string, used: ReadonlySet<string>): void {
  const english = catalogue('en-US', folder);

  it('hold every key that is used', () => {
    assert.deepEqual([...used].filter((key) => !english.has(key)).sort(), []);
  });

  it('hold no key that is not used', () => {
    assert.deepEqual([...english.keys()].filter((key) => !used.has(key)).sort(), []);
  });

  it('are not empty', () => {
    assert.deepEqual(
      [...english].filter(([, text]) => text.trim() === ''),
      [],
    );
  });

  for (const language of LANGUAGES) {
    it(`have no key twice in ${language}: the later text would hide the other`, () => {
      const json = fs.readFileSync(join(NODES, folder, 'locales', `${language}.json`), 'utf8');
      const written = json.match(/"(?:[^"\\]|\\.)*"\s*:/g) ?? [];
      assert.equal(written.length, countKeys(JSON.parse(json)));
    });

    it(`have the same keys and placeholders in ${language}`, () => {
      const placeholders = (text: string): string[] => (text.match(/__\w+__|\{\w+\}/g) ?? []).sort();
      const theirs = catalogue(language, folder);
      assert.deepEqual([...theirs.keys()].sort(), [...english.keys()].sort());
      for (const [key, text] of theirs) {
        assert.deepEqual(placeholders(text), placeholders(english.get(key) ?? ''), key);
      }
    });
  }
}

/** What the run time can state, with the names of the values. */
const STATEMENTS: StatementTable = {
  ...{ ...AWS_STATEMENTS, ...SESSION_STATEMENTS },
  ...{ ...NODE_STATEMENTS, ...MATROSKA_STATEMENTS, ...CONVERSION_STATEMENTS, ...DECODER_STATEMENTS },
};

function source(path: string): string {
  return fs.readFileSync(join(REPOSITORY, path), 'utf8');
}

/** Keys that the run time writes out as it asks for a text. @param folder below `nodes/` */
function askedFor(method: 'text' | 'own', folder: string): string[] {
  const call = new RegExp(`\\.${method}\\(\\s*'([\\w.-]+)'`, 'g');
  return fs
    .readdirSync(join(NODES, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/(^|[\\/])(dialog|page)[\\/]/.test(file))
    .flatMap((file) => [...source(join('nodes', folder, file)).matchAll(call)].map(([, key = '']) => key));
}

/** Texts that the run time of the nodes asks for: its statements, keys written out, and those made from names. */
function runTimeKeys(): string[] {
  const written = askedFor('text', '');
  const problems = PROBLEM_KEYS.map((key) => `setting.${key}`);
  const [, kinds = ''] = /kind:([^;]*);/.exec(source('src/aws/credential-origin.ts')) ?? [];
  const origins = [...kinds.matchAll(/'(\w+)'/g)].map(([, kind = '']) => `origin.${kind}`);
  const states = [...source('nodes/shared/state-to-status.ts').matchAll(/#plain\('(\w+)'/g)].map(
    ([, state = '']) => `status.${state}`,
  );
  return [...Object.keys(STATEMENTS), ...written, ...problems, ...origins, ...states].map(
    (key) => `${SHARED}.${key}`,
  );
}

describe('the texts that nodes share', () => {
  holdTexts(
    'shared',
    new Set([...NODE_TYPES.flatMap((type) => writtenKeys(type, SHARED)), ...runTimeKeys()]),
  );

  it('have no placeholder that their statement has no value for', () => {
    const english = catalogue('en-US', 'shared');
    for (const [key, names] of Object.entries(STATEMENTS)) {
      const text = english.get(`${SHARED}.${key}`) ?? '';
      const placeholders = [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
      assert.deepEqual([...new Set(placeholders)].sort(), [...names].sort(), key);
    }
  });
});

/** What a node's run time asks of the node's own catalogue by keys that it puts together; the others are found. */
const COMPOSED_RUN_TIME_KEYS: Readonly<Partial<Record<string, readonly string[]>>> = {
  'kvs-convert': [
    ...Object.keys(CONVERSION_ERRORS),
    ...['NoDecoder', 'noDecoder', 'DecoderFailed', 'DecoderBusy', 'AckTimeout'],
    ...['refusedAction', 'refusedFrame', 'malformedFrame', 'refusedPayload', 'refusedAck'],
  ].map((key) => `kvs-convert.error.${key}`),
  'kvs-archive': [
    ...[
      'settings',
      'action',
      'request',
      'stream',
      'noStream',
      'otherRegion',
      'noTime',
      'noFrom',
      'noTo',
      'at',
      'from',
      'to',
    ].map((key) => `kvs-archive.error.${key}`),
    ...['fromAfterTo', 'ack', 'ackUnknown', 'nothingToCancel', 'queueFull', 'cancelled'].map(
      (key) => `kvs-archive.error.${key}`,
    ),
    ...['noMedia', 'noMediaIn1970', 'incomplete', 'notRetained', 'unforeseen'].map(
      (key) => `kvs-archive.error.${key}`,
    ),
    ...[
      'noFilename',
      'noClip',
      'clipTooLarge',
      'imageTooLarge',
      'intervalTooShort',
      'noImage',
      'missingImages',
      'tooManyFiles',
    ].map((key) => `kvs-archive.error.${key}`),
    ...['NoDecoder', 'DecoderFailed', 'DecoderBusy'].map((key) => `kvs-archive.error.${key}`),
    ...['full', 'noFolder', 'denied', 'isFolder', 'name', 'other'].map(
      (key) => `kvs-archive.error.file.${key}`,
    ),
  ],
};

for (const type of NODE_TYPES) {
  describe(`the texts of ${type}`, () => {
    holdTexts(
      type,
      new Set([
        ...writtenKeys(type),
        ...composedKeys(type),
        ...askedFor('own', type),
        ...(COMPOSED_RUN_TIME_KEYS[type] ?? []),
      ]),
    );

    it('are there in eight languages, by the names that Node-RED has for them', () => {
      const files = LANGUAGES.flatMap((language) => [`${language}.html`, `${language}.json`]);
      assert.deepEqual(fs.readdirSync(join(NODES, type, 'locales')).sort(), files);
    });

    for (const language of LANGUAGES) {
      it(`come with help in ${language} that names every port and begins with a paragraph`, () => {
        const help = fs.readFileSync(join(NODES, type, 'locales', `${language}.html`), 'utf8');
        assert.match(help, new RegExp(`^<script type="text/html" data-help-name="${type}">\\s*<p>`));
        assert.doesNotMatch(help, /<(b|i|style|h1|h2)>/);
        assert.equal(help.match(/<script/g)?.length, 1);
        assert.equal(help.includes('<ol class="node-ports">'), type !== 'kvs-config');
      });

      it(`say as much in the help in ${language} as in English`, () => {
        const help = (name: string): string =>
          fs.readFileSync(join(NODES, type, 'locales', `${name}.html`), 'utf8');
        const tags = (text: string): string[] => text.match(/<\/?(?!code)[a-z][^>]*>/g) ?? [];
        const codes = (text: string): string[] => (text.match(/<code>[^<]*<\/code>/g) ?? []).sort();
        assert.deepEqual(tags(help(language)), tags(help('en-US')));
        assert.deepEqual(codes(help(language)), codes(help('en-US')));
      });
    }
  });
}
