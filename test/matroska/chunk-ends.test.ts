import assert from 'node:assert/strict';
import {
  CLUSTER,
  EBML_HEADER,
  ID,
  KEYFRAME,
  SERVER_TIME,
  chunk,
  element,
  elementOfUnknownSize,
  frontTags,
  id,
  simpleBlock,
  tags,
  uint,
} from '../../testing/matroska-writer';
import { Recorder, only, read } from './recorded';

const BLOCKS = Buffer.concat([
  uint(ID.Timestamp, 0),
  simpleBlock(1, 0, KEYFRAME, 'key frame'),
  simpleBlock(1, 40, 0, 'another'),
]);

describe('a chunk is whole', () => {
  const behindNow = tags(['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', '300']);
  const token = tags(['AWS_KINESISVIDEO_CONTINUATION_TOKEN', 'token_1.-']);

  it('with the token in an element of its own', () => {
    const recorder = read(chunk({ closing: Buffer.concat([behindNow, element(ID.Void, 'x'), token]) }));
    assert.deepEqual(recorder.kinds, ['chunk']);
    const { ContinuationToken, MillisBehindNow } = only(recorder.chunks);
    assert.deepEqual([ContinuationToken, MillisBehindNow], ['token_1.-', 300]);
  });

  it('with the token alone', () => {
    const found = only(read(chunk({ closing: token })).chunks);
    assert.equal(found.ContinuationToken, 'token_1.-');
    assert.ok(!('MillisBehindNow' in found));
  });

  it('without the token too, and leaves when the next EBML header begins', () => {
    const bytes = chunk({ closing: Buffer.concat([behindNow, element(ID.Void, 'xyz')]) });
    for (const sliceBytes of [1, 9, 100_000]) {
      const recorder = new Recorder();
      recorder.write(bytes, sliceBytes);
      assert.deepEqual(recorder.kinds, []);
      recorder.write(EBML_HEADER.subarray(0, 5), sliceBytes);
      const found = only(recorder.chunks);
      assert.ok(found.data.equals(bytes));
      assert.equal(found.MillisBehindNow, 300);
      assert.ok(!('ContinuationToken' in found));
      recorder.write(chunk({ number: '2' }).subarray(5), sliceBytes);
      assert.deepEqual(recorder.numbers, ['1', '2']);
    }
  });

  it('without the token too, and leaves at the end, up to its last complete element', () => {
    const bytes = chunk({ closing: behindNow });
    for (const rest of [Buffer.alloc(0), element(ID.Void, Buffer.alloc(50)).subarray(0, 20), id(ID.Cues)]) {
      const recorder = read(Buffer.concat([bytes, rest]), { sliceBytes: 13 });
      assert.deepEqual(recorder.kinds, ['chunk']);
      assert.ok(only(recorder.chunks).data.equals(bytes));
    }
  });

  it('without a Cluster if the closing tags follow the ones with its number', () => {
    const bytes = chunk({ cluster: Buffer.alloc(0) });
    const { hasCluster, frames, data } = only(read(bytes).chunks);
    assert.deepEqual([hasCluster, frames, data.length], [false, 0, bytes.length]);
  });

  it('not with closing tags that a producer replays in its header', () => {
    const recording = tags(
      ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', '7'],
      ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', '1.000'],
      ['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', '1'],
      ['AWS_KINESISVIDEO_CONTINUATION_TOKEN', '7'],
    );
    const recorder = read(chunk({ number: '8', before: recording }));
    assert.deepEqual(recorder.kinds, ['chunk']);
    const { FragmentNumber, ServerTimestamp, ContinuationToken, frames } = only(recorder.chunks);
    assert.deepEqual(
      [FragmentNumber, ServerTimestamp, ContinuationToken, frames],
      ['8', SERVER_TIME, '8', 2],
    );
  });
});

describe('a chunk is truncated', () => {
  it('when the response ends before its closing tags, wherever that is', () => {
    const bytes = chunk({ number: '12' });
    const cluster = bytes.indexOf(id(ID.Cluster));
    const front = bytes.indexOf(frontTags('12')) + frontTags('12').length;
    for (let length = 1; length < bytes.length; length++) {
      const recorder = read(bytes.subarray(0, length));
      assert.deepEqual(recorder.kinds, ['truncated'], String(length));
      const truncated = only(recorder.truncated);
      assert.equal(truncated.sizeInBytes, length);
      assert.equal(truncated.hasCluster, length >= cluster + 5, String(length));
      assert.equal(truncated.head.FragmentNumber, length >= front ? '12' : undefined, String(length));
    }
  });

  it('with the frames whose last byte had arrived', () => {
    const bytes = chunk();
    const second = bytes.indexOf('another');
    for (const frames of [false, true]) {
      assert.equal(only(read(bytes.subarray(0, second - 6), { frames }).truncated).frames, 1);
      assert.equal(only(read(bytes.subarray(0, second + 6), { frames }).truncated).frames, 1);
      assert.equal(only(read(bytes.subarray(0, second + 7), { frames }).truncated).frames, 2);
    }
  });

  it('and complete only where it ends with a whole element, as a file from elsewhere does', () => {
    const unsized = { cluster: elementOfUnknownSize(ID.Cluster, 8, BLOCKS) };
    for (const parts of [{}, unsized]) {
      const bytes = chunk({ ...parts, closing: Buffer.alloc(0) });
      const another = bytes.indexOf('another');
      const lacksOnlyTags = (length: number, ...behind: Buffer[]): boolean | undefined =>
        read(Buffer.concat([bytes.subarray(0, length), ...behind])).truncated[0]?.lacksOnlyClosingTags;
      assert.equal(lacksOnlyTags(bytes.length), true);
      assert.equal(lacksOnlyTags(bytes.length, chunk({ number: '2' })), true);
      assert.equal(lacksOnlyTags(another + 3), false);
      assert.equal(lacksOnlyTags(another - 6), parts === unsized, 'between two blocks');
      assert.equal(lacksOnlyTags(another - 5), false);
    }
  });

  it('not at all where its closing tags had come before its media, of which it has what is whole', () => {
    const closing = tags(['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', '1']);
    const media = elementOfUnknownSize(ID.Cluster, 8, BLOCKS);
    const bytes = chunk({ cluster: Buffer.concat([closing, media]), closing: Buffer.alloc(0) });
    const partial = bytes.subarray(0, bytes.indexOf('another') + 3);
    for (const behind of [Buffer.alloc(0), chunk({ number: '2' }), Buffer.alloc(20)]) {
      const [first] = read(Buffer.concat([bytes, behind])).chunks;
      assert.ok(first !== undefined);
      assert.ok(first.data.equals(bytes));
      assert.equal(first.frames, 2);
    }
    const begun = only(read(partial).chunks);
    assert.ok(begun.data.equals(bytes.subarray(0, bytes.indexOf('another') - 6)));
    assert.equal(begun.frames, 1);
    assert.ok(only(read(begun.data).chunks).data.equals(begun.data));
  });

  it('when the next EBML header comes instead of its closing tags', () => {
    for (const cluster of [CLUSTER, elementOfUnknownSize(ID.Cluster, 8, BLOCKS), Buffer.alloc(0)]) {
      const open = chunk({ number: '1', cluster, closing: Buffer.alloc(0) });
      const recorder = read(Buffer.concat([open, chunk({ number: '2' })]), { sliceBytes: 11 });
      assert.deepEqual(recorder.kinds, ['truncated', 'chunk']);
      assert.equal(only(recorder.truncated).sizeInBytes, open.length);
      assert.equal(only(recorder.truncated).head.FragmentNumber, '1');
      assert.deepEqual(recorder.numbers, ['2']);
      assert.ok(only(recorder.chunks).data.equals(chunk({ number: '2' })));
    }
  });

  it('when the next EBML header stands within its Cluster', () => {
    const open = chunk({ number: '1' });
    const short = open.subarray(0, open.indexOf(simpleBlock(1, 40, 0, 'another')));
    const recorder = read(Buffer.concat([short, chunk({ number: '2' })]), { sliceBytes: 10 });
    assert.deepEqual(recorder.kinds, ['truncated', 'chunk']);
    assert.equal(only(recorder.truncated).frames, 1);
  });
});
