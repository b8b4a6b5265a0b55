import assert from 'node:assert/strict';
import type { Limits } from '../../src/matroska';
import { parseInteger, parseSeconds } from '../../src/matroska/tags';
import { chunk, element, elementThatLies, ID, id, simpleTag, uint } from '../../testing/matroska-writer';
import { only, read, tagsOf, type Recorder } from './recorded';

const readTags = (content: Buffer, limits: Partial<Limits> = {}): Recorder =>
  read(chunk({ before: element(ID.Tags, content) }), { limits });

/** Names and values, in the order of the names. */
function parse(content: Buffer, limits: Partial<Limits> = {}): [name: string, ...values: string[]][] {
  return [...only(readTags(content, limits).chunks).tags].map(([name, values]) => [name, ...values]);
}

const tag = (...parts: readonly Buffer[]): Buffer => element(ID.Tag, ...parts);

describe('the tags of a Tags element', () => {
  it('come in their order, of all its Tag elements, with or without Targets', () => {
    const content = Buffer.concat([
      tag(element(ID.Targets, uint(0x63c5, 1)), simpleTag('A', '1'), simpleTag('B', '2')),
      tag(simpleTag('A', '3')),
    ]);
    assert.deepEqual(parse(content), [
      ['A', '1', '3'],
      ['B', '2'],
    ]);
  });

  it('that are nested follow their parent, whose name may come after them', () => {
    const parent = element(
      ID.SimpleTag,
      simpleTag('inner', 'i', simpleTag('innermost', 'x')),
      element(ID.TagName, 'outer'),
      element(ID.TagString, 'o'),
    );
    assert.deepEqual(parse(tag(parent, simpleTag('next', 'n'))), [
      ['outer', 'o'],
      ['inner', 'i'],
      ['innermost', 'x'],
      ['next', 'n'],
    ]);
  });

  it('are UTF-8 and end at their first NUL', () => {
    assert.deepEqual(parse(tag(simpleTag('DURATION\0\0', '00:10\0rest'), simpleTag('Straße', '東京'))), [
      ['DURATION', '00:10'],
      ['Straße', '東京'],
    ]);
  });

  it('keep an empty value, and have one where there is none', () => {
    const nameless = element(ID.SimpleTag, element(ID.TagString, 'lost'));
    const nameAlone = element(ID.SimpleTag, element(ID.TagName, 'alone'));
    assert.deepEqual(parse(tag(simpleTag('empty', ''), nameless, nameAlone)), [
      ['empty', ''],
      ['alone', ''],
    ]);
  });

  it('leave out binary values', () => {
    const binary = element(ID.SimpleTag, element(ID.TagName, 'bin'), element(ID.TagBinary, [1, 2]));
    assert.deepEqual(parse(tag(binary, simpleTag('text', 't'))), [['text', 't']]);
  });

  it('skip what they do not know', () => {
    const odd = element(
      ID.SimpleTag,
      element(0x447a, 'und'),
      element(ID.TagName, 'n'),
      element(ID.Void, [0]),
    );
    assert.deepEqual(parse(Buffer.concat([element(ID.Void, [0, 0]), tag(odd)])), [['n', '']]);
  });

  it('are left out, and named, beyond a number, a depth and a length', () => {
    const four = tag(simpleTag('a', '1'), simpleTag('b', '2'), simpleTag('c', '3', simpleTag('d', '4')));
    const all = { a: ['1'], b: ['2'], c: ['3'], d: ['4'] };
    for (const [limits, kept, named] of [
      [{ tags: 4 }, ['a', 'b', 'c', 'd'], []],
      [{ tags: 2 }, ['a', 'b'], ['c', 'd']],
      [{ tagDepth: 2 }, ['a', 'b', 'c', 'd'], []],
      [{ tagDepth: 1 }, ['a', 'b', 'c'], ['d']],
      [{ tagsBytes: 8 }, ['a', 'b', 'c', 'd'], []],
      [{ tagsBytes: 7 }, ['a', 'b', 'c'], ['d']],
    ] as const) {
      const { tags, tagsLeftOut } = only(readTags(four, limits).chunks);
      assert.deepEqual(
        Object.fromEntries(tags),
        Object.fromEntries(Object.entries(all).filter(([name]) => kept.some((one) => one === name))),
      );
      assert.deepEqual(tagsLeftOut?.named.map(({ name }) => name) ?? [], named);
      assert.equal(tagsLeftOut?.count ?? 0, named.length);
    }
  });

  it('are left out where they are too large, which says how large', () => {
    const value = 'v'.repeat(50);
    const leftOut = (limits: Partial<Limits>): unknown =>
      only(readTags(tag(simpleTag('abc', value)), limits).chunks).tagsLeftOut?.named;
    assert.equal(leftOut({ tagValueBytes: 50 }), undefined);
    assert.deepEqual(leftOut({ tagValueBytes: 49 }), [{ name: 'abc', sizeInBytes: 53 }]);
    const long = 'n'.repeat(41);
    assert.deepEqual(
      only(readTags(tag(simpleTag(long, 'v')), { tagNameBytes: 40 }).chunks).tagsLeftOut?.named,
      [{ name: long.slice(0, 40), sizeInBytes: 42 }],
    );
  });

  it('are left out where more elements stand in one than are read', () => {
    const voids = Buffer.alloc(2 * 100, element(ID.Void));
    const within = simpleTag('inner', 'i');
    const padded = element(ID.SimpleTag, element(ID.TagName, 'a'), voids, within);
    const { tags, tagsLeftOut } = only(
      readTags(tag(padded, simpleTag('b', '2')), { elementsWithin: 100 }).chunks,
    );
    assert.deepEqual([...tags.keys()], ['b']);
    assert.deepEqual(tagsLeftOut, { count: 1, named: [{ name: 'a', sizeInBytes: 1 }] });
    assert.deepEqual(tagsOf(only(readTags(tag(padded), { elementsWithin: 300 }).chunks)), {
      a: [''],
      inner: ['i'],
    });
  });

  it('say where and in what they are malformed', () => {
    const lie = elementThatLies(ID.TagName, 100, 'short');
    const content = tag(element(ID.SimpleTag, lie));
    const recorder = readTags(content);
    const error = only(recorder.malformed);
    const bytes = chunk({ before: element(ID.Tags, content) });
    assert.equal(error.offset, bytes.indexOf(lie));
    assert.equal(error.elementId, ID.TagName);
    assert.equal(error.path, 'Segment/Tags/Tag/SimpleTag/TagName');
    assert.match(error.message, /beyond the end of its parent .*at byte \d+/);
  });

  it('are not read where an EBML header within says that the size is wrong', () => {
    const value = Buffer.alloc(100, 'v');
    id(ID.EBML).copy(value, 10);
    const content = tag(element(ID.SimpleTag, element(ID.TagName, 'a'), element(ID.TagString, value)));
    assert.deepEqual(readTags(content).kinds, ['chunk']);
    assert.deepEqual(readTags(content, { tagValueBytes: 99 }).kinds, ['malformed', 'truncated']);
  });
});

describe('a timestamp of the service', () => {
  it('is exact to the millisecond', () => {
    assert.equal(parseSeconds('1519423069.070'), 1_519_423_069_070);
    assert.equal(parseSeconds('0.000'), 0);
    assert.equal(parseSeconds('5.000'), 5000);
    for (let ms = 0; ms < 1000; ms++) {
      const text = `1511852109.${String(ms).padStart(3, '0')}`;
      assert.equal(parseSeconds(text), 1_511_852_109_000 + ms, text);
    }
  });

  it('may have no fraction, a shorter or a longer one', () => {
    assert.equal(parseSeconds('17'), 17_000);
    assert.equal(parseSeconds('17.'), 17_000);
    assert.equal(parseSeconds('17.5'), 17_500);
    assert.equal(parseSeconds('17.05'), 17_050);
    assert.equal(parseSeconds('17.123999'), 17_123);
  });

  it('is absent where it is none', () => {
    for (const text of ['', '.5', '-1.000', '1e9', 'NaN', ' 5.000', '5,000', '99999999999999.000']) {
      assert.equal(parseSeconds(text), undefined, text);
    }
  });
});

describe('an integer of the service', () => {
  it('is one, or absent', () => {
    assert.equal(parseInteger('274'), 274);
    assert.equal(parseInteger('-3'), -3);
    assert.equal(parseInteger('0'), 0);
    for (const text of ['', '4000.5', '0x10', 'four', '9'.repeat(16)]) {
      assert.equal(parseInteger(text), undefined, text);
    }
  });
});
