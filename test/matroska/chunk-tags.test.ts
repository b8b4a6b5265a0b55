import assert from 'node:assert/strict';
import { DEFAULT_LIMITS } from '../../src/matroska';
import { CLUSTER, chunk, closingTags, element, ID, simpleTag, tags } from '../../testing/matroska-writer';
import { only, read, tagsOf } from './recorded';

describe('the tags of a chunk', () => {
  it('are all but the ones that the service itself writes', () => {
    const before = tags(
      ['ContactId', 'c-1'],
      ['AWS_KINESISVIDEO_NOTIFICATION', ''],
      ['AWS_KINESISVIDEO_IMAGE_PREFIX', 'p'],
    );
    const after = tags(['AWS_KINESISVIDEO_END_OF_FRAGMENT', '']);
    assert.deepEqual(tagsOf(only(read(chunk({ before, after })).chunks)), {
      ContactId: ['c-1'],
      AWS_KINESISVIDEO_NOTIFICATION: [''],
      AWS_KINESISVIDEO_IMAGE_PREFIX: ['p'],
      AWS_KINESISVIDEO_END_OF_FRAGMENT: [''],
    });
  });

  it('that are too large are left out, and the chunk is given all the same', () => {
    const long = 'v'.repeat(300 * 1024);
    const before = tags(['a', 'kept'], ['long', long]);
    const after = tags(['n'.repeat(5_000), 'x']);
    const bytes = chunk({ before, after });
    const recorder = read(bytes, { sliceBytes: 100_000 });
    const found = only(recorder.chunks);
    assert.deepEqual(recorder.kinds, ['chunk']);
    assert.deepEqual(tagsOf(found), { a: ['kept'] });
    assert.ok(found.data.equals(bytes));
    assert.deepEqual(found.tagsLeftOut, {
      count: 2,
      named: [
        { name: 'long', sizeInBytes: 4 + long.length },
        { name: 'n'.repeat(64), sizeInBytes: 5_001 },
      ],
    });
    assert.equal(only(read(chunk()).chunks).tagsLeftOut, undefined);
  });

  for (const [name, values] of [
    ['of 2 MB in all', Array.from({ length: 20 }, () => 'v'.repeat(100_000))],
    ['of which there are 10,000', Array.from({ length: 10_000 }, (_, i) => String(i))],
    ['of one value of 3 MB', ['v'.repeat(3_000_000)]],
  ] as const) {
    const many = values.map((value, i): [string, string] => [`t${i}`, value]);
    const number = '91343852333181432392682062607743920146159169392';
    const service: [string, string][] = [
      ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', number],
      ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', '1519423069.070'],
      ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', '5.000'],
    ];
    const closing: [string, string][] = [
      ['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', '274'],
      ['AWS_KINESISVIDEO_CONTINUATION_TOKEN', number],
    ];
    it(`${name} are left out as far as they go beyond a limit, in one Tags element with the service's own`, () => {
      for (const place of ['first', 'last', 'in the middle'] as const) {
        const half = place === 'first' ? 0 : place === 'last' ? many.length : many.length >> 1;
        const amid = (own: [string, string][]): Buffer =>
          tags(...many.slice(0, half), ...own, ...many.slice(half));
        const bytes = chunk({ front: amid(service), closing: amid(closing) });
        const recorder = read(Buffer.concat([bytes, chunk({ number: '2' })]), { sliceBytes: 65_536 });
        assert.deepEqual(recorder.kinds, ['chunk', 'chunk'], place);
        const [found = assert.fail()] = recorder.chunks;
        assert.ok(found.data.equals(bytes));
        const { FragmentNumber, ServerTimestamp, ProducerTimestamp, ContinuationToken, MillisBehindNow } =
          found;
        assert.deepEqual(
          [FragmentNumber, ServerTimestamp, ProducerTimestamp, ContinuationToken, MillisBehindNow],
          [number, 1_519_423_069_070, 5_000, number, 274],
        );
        const { count = 0, named = [] } = found.tagsLeftOut ?? {};
        const kept = [...found.tags.values()].flat();
        assert.ok(kept.length <= DEFAULT_LIMITS.tags);
        assert.ok(kept.join('').length <= DEFAULT_LIMITS.tagsBytes);
        // Those before the Cluster come again after it.
        assert.ok(count >= 2 * many.length - DEFAULT_LIMITS.tags && count <= 2 * many.length);
        assert.equal(named.length, Math.min(count, 10));
      }
    });
  }

  it('after the Cluster replace those of the same name before it', () => {
    const before = Buffer.concat([tags(['a', 'old'], ['a', 'older'], ['b', 'kept']), tags(['c', 'c1'])]);
    const after = Buffer.concat([tags(['a', 'new']), tags(['d', 'd1'], ['a', 'newer'])]);
    const recorder = read(chunk({ before, after }));
    assert.deepEqual(
      [...only(recorder.chunks).tags],
      [
        ['a', ['new', 'newer']],
        ['b', ['kept']],
        ['c', ['c1']],
        ['d', ['d1']],
      ],
    );
    const head = recorder.all.find((event) => event.kind === 'head');
    assert.deepEqual([...(head?.head.tags ?? [])][0], ['a', ['old', 'older']]);
  });

  it('after the Cluster may empty those before it', () => {
    const found = only(read(chunk({ before: tags(['a', 'set']), after: tags(['a', '']) })).chunks);
    assert.deepEqual(tagsOf(found), { a: [''] });
  });

  it('that are repeated have all their values in order', () => {
    const before = Buffer.concat([tags(['a', '1'], ['b', 'x'], ['a', '2']), tags(['a', '3'])]);
    assert.deepEqual(tagsOf(only(read(chunk({ before })).chunks)), { a: ['1', '2', '3'], b: ['x'] });
  });

  it('do no harm, whatever their name', () => {
    const before = tags(['__proto__', 'p'], ['constructor', 'c'], ['hasOwnProperty', 'h']);
    const found = only(read(chunk({ before })).chunks).tags;
    assert.deepEqual(
      [...found],
      [
        ['__proto__', ['p']],
        ['constructor', ['c']],
        ['hasOwnProperty', ['h']],
      ],
    );
    assert.equal(({} as Record<string, unknown>)['p'], undefined);
  });

  it('of one chunk are not those of the next', () => {
    const recorder = read(Buffer.concat([chunk({ after: tags(['a', '1']) }), chunk({ number: '2' })]));
    assert.deepEqual(
      recorder.chunks.map((found) => found.tags.size),
      [1, 0],
    );
  });

  it('are limited in number, over all of its Tags elements', () => {
    const three = tags(['a', '1'], ['b', '2'], ['c', '3']);
    const bytes = chunk({ before: three, after: three });
    assert.equal(only(read(bytes, { limits: { tags: 6 } }).chunks).tagsLeftOut, undefined);
    const { tags: kept, tagsLeftOut } = only(read(bytes, { limits: { tags: 5 } }).chunks);
    assert.deepEqual(
      [...kept],
      [
        ['a', ['1']],
        ['b', ['2']],
        ['c', ['3']],
      ],
    );
    assert.deepEqual(tagsLeftOut, { count: 1, named: [{ name: 'c', sizeInBytes: 2 }] });
  });
});

describe("the service's tags", () => {
  it('may be spelled as archived media has them', () => {
    const front = tags(
      ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', '9'],
      ['AWS_KINESISVIDEO_SERVER_SIDE_TIMESTAMP', '17.500'],
      ['AWS_KINESISVIDEO_PRODUCER_SIDE_TIMESTAMP', '0.000'],
    );
    const { ServerTimestamp, ProducerTimestamp, tags: rest } = only(read(chunk({ front })).chunks);
    assert.deepEqual([ServerTimestamp, ProducerTimestamp, rest.size], [17_500, 0, 0]);
  });

  it('are absent where they make no sense', () => {
    const front = tags(
      ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', 'nine'],
      ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', 'now'],
    );
    const closing = tags(
      ['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', 'many'],
      ['AWS_KINESISVIDEO_CONTINUATION_TOKEN', ''],
    );
    const found = only(read(chunk({ front, closing })).chunks);
    for (const name of [
      'FragmentNumber',
      'ServerTimestamp',
      'ProducerTimestamp',
      'MillisBehindNow',
      'ContinuationToken',
    ]) {
      assert.ok(!(name in found), name);
    }
  });

  it('are the last ones before the Cluster, whatever a producer writes in its header or after it', () => {
    const copied = tags(
      ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', '1'],
      ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', '1.000'],
      ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', '1.000'],
    );
    const { FragmentNumber, ServerTimestamp, ProducerTimestamp } = only(
      read(chunk({ number: '2', before: copied, after: copied })).chunks,
    );
    assert.deepEqual([FragmentNumber, ServerTimestamp, ProducerTimestamp], ['2', 1_519_423_069_070, 5000]);
  });
});

describe('an in-band error', () => {
  const error = tags(['AWS_KINESISVIDEO_ERROR_CODE', 'KMSError'], ['AWS_KINESISVIDEO_ERROR_ID', '4500']);

  it('is reported as soon as its tags are complete', () => {
    const bytes = chunk({ before: error, cluster: Buffer.alloc(0), closing: Buffer.alloc(0) });
    const end = bytes.indexOf(error) + error.length;
    assert.deepEqual(read(bytes.subarray(0, end - 1)).kinds, ['truncated']);
    assert.deepEqual(read(bytes.subarray(0, end)).kinds, ['inBandError', 'truncated']);
  });

  it('has the fragment number that came with it or before it', () => {
    const expected = { ErrorCode: 'KMSError', ErrorId: 4500, isInChunk: true };
    assert.deepEqual(read(chunk({ before: error })).errors, [expected]);
    assert.deepEqual(read(chunk({ after: error })).errors, [{ ...expected, FragmentNumber: '1' }]);
    const front = tags(['AWS_KINESISVIDEO_FRAGMENT_NUMBER', '7'], ['AWS_KINESISVIDEO_ERROR_ID', '3002']);
    assert.deepEqual(read(chunk({ front })).errors, [
      { ErrorId: 3002, FragmentNumber: '7', isInChunk: true },
    ]);
  });

  it('has no id where the text is no integer', () => {
    const odd = tags(['AWS_KINESISVIDEO_ERROR_ID', '40x']);
    assert.deepEqual(read(chunk({ before: odd })).errors, [{ isInChunk: true }]);
  });

  it('may be spelled as archived media has it', () => {
    const archived = tags(
      ['AWS_KINESISVIDEO_EXCEPTION_ERROR_CODE', 'Denied'],
      ['AWS_KINESISVIDEO_EXCEPTION_MESSAGE', 'No access'],
    );
    assert.deepEqual(read(chunk({ before: archived })).errors, [
      { ErrorCode: 'Denied', ErrorMessage: 'No access', isInChunk: true },
    ]);
  });

  it('is no tag of the chunk, and does not keep the chunk from being whole', () => {
    const recorder = read(chunk({ before: error, cluster: CLUSTER }));
    assert.deepEqual(recorder.kinds, ['inBandError', 'chunk']);
    assert.equal(only(recorder.chunks).tags.size, 0);
  });
});

describe('nested tags', () => {
  it('close a chunk, too', () => {
    const closing = element(
      ID.Tags,
      element(ID.Tag, simpleTag('outer', 'o', simpleTag('AWS_KINESISVIDEO_CONTINUATION_TOKEN', 't'))),
    );
    assert.equal(only(read(chunk({ closing })).chunks).ContinuationToken, 't');
    assert.deepEqual(read(chunk({ closing: closingTags('t') })).kinds, ['chunk']);
  });
});
