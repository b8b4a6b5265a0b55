import assert from 'node:assert/strict';
import { DEFAULT_LIMITS, MalformedMediaError, type Limits } from '../../src/matroska';
import { Children } from '../../src/matroska/master';
import { parseInteger, parseSeconds, parseTags, type Tag } from '../../src/matroska/tags';
import { element, elementThatLies, ID, simpleTag, uint } from '../../testing/matroska-writer';

function parseAll(content: Buffer, limits: Partial<Limits> = {}): Tag[] {
  const master = { id: ID.Tags, bytes: content, offset: 1000, around: 'Segment', reports: true };
  return parseTags(Children.of(master), { ...DEFAULT_LIMITS, ...limits });
}

function parse(content: Buffer, limits: Partial<Limits> = {}): [name: string, value: string][] {
  return parseAll(content, limits).map(({ name, value }) => [name, value]);
}

const tag = (...parts: readonly Buffer[]): Buffer => element(ID.Tag, ...parts);

describe('the tags of a Tags element', () => {
  it('come in their order, of all its Tag elements, with or without Targets', () => {
    const content = Buffer.concat([
      tag(element(ID.Targets, uint(0x63c5, 1)), simpleTag('A', '1'), simpleTag('B', '2')),
      tag(simpleTag('A', '3')),
    ]);
    assert.deepEqual(parse(content), [
      ['A', '1'],
      ['B', '2'],
      ['A', '3'],
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

  it('are limited in number, depth and length', () => {
    const four = tag(simpleTag('a', ''), simpleTag('b', ''), simpleTag('c', simpleTag('d', '').toString()));
    assert.equal(parse(four, { tags: 3 }).length, 3);
    assert.throws(() => parse(four, { tags: 2 }), MalformedMediaError);
    const nested = tag(simpleTag('1', '', simpleTag('2', '', simpleTag('3', ''))));
    assert.equal(parse(nested, { tagDepth: 3 }).length, 3);
    assert.throws(() => parse(nested, { tagDepth: 2 }), MalformedMediaError);
  });

  it('have no value where they are too large, and say how large', () => {
    const found = (limits: Partial<Limits>): Tag | undefined =>
      parseAll(tag(simpleTag('abc', 'abcd')), limits)[0];
    const whole = { name: 'abc', value: 'abcd', service: undefined };
    assert.deepEqual(found({ tagNameBytes: 3, tagValueBytes: 4 }), whole);
    const without = { ...whole, value: '', tooLargeBytes: 7 };
    assert.deepEqual(found({ tagValueBytes: 3 }), without);
    assert.deepEqual(found({ tagNameBytes: 2 }), { ...without, name: 'ab' });
  });

  it('say where and in what they are malformed', () => {
    const lie = elementThatLies(ID.TagName, 100, 'short');
    const content = tag(element(ID.SimpleTag, lie));
    assert.throws(
      () => parse(content),
      (error) => {
        assert.ok(error instanceof MalformedMediaError);
        assert.equal(error.offset, 1000 + content.length - lie.length);
        assert.equal(error.elementId, ID.TagName);
        assert.equal(error.path, 'Segment/Tags/Tag/SimpleTag/TagName');
        assert.match(error.message, /beyond the end of its parent.*1000|at byte 10\d\d/);
        return true;
      },
    );
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
