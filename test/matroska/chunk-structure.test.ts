import assert from 'node:assert/strict';
import { type Track } from '../../src/matroska';
import {
  CLUSTER,
  EBML_HEADER,
  ID,
  KEYFRAME,
  SERVER_TIME,
  VIDEO_TRACK,
  chunk,
  element,
  elementOfUnknownSize,
  elementOfWidth,
  id,
  simpleBlock,
  size,
  tags,
  uint,
} from '../../testing/matroska-writer';
import { Recorder, only, read } from './recorded';

const BLOCKS = Buffer.concat([
  uint(ID.Timestamp, 0),
  simpleBlock(1, 0, KEYFRAME, 'key frame'),
  simpleBlock(1, 40, 0, 'another'),
]);

function readsAsOneChunk(bytes: Buffer, frames = 2): void {
  for (const sliceBytes of [bytes.length, 1, 3]) {
    const recorder = read(bytes, { sliceBytes });
    assert.deepEqual(recorder.kinds, ['chunk'], recorder.malformed[0]?.message);
    const { data, frames: counted, hasCluster } = only(recorder.chunks);
    assert.ok(data.equals(bytes));
    assert.equal(counted, frames);
    assert.ok(hasCluster);
  }
}

describe('a chunk', () => {
  it('comes out byte for byte, with what its tags say', () => {
    const bytes = chunk({ number: '91343852333181432392682062607743920146159169392' });
    const { data, tags: tagMap, ...rest } = only(read(bytes).chunks);
    assert.ok(data.equals(bytes));
    assert.equal(tagMap.size, 0);
    assert.deepEqual(rest, {
      offset: 0,
      sizeInBytes: bytes.length,
      FragmentNumber: '91343852333181432392682062607743920146159169392',
      ServerTimestamp: SERVER_TIME,
      ProducerTimestamp: 5000,
      ContinuationToken: '91343852333181432392682062607743920146159169392',
      MillisBehindNow: 274,
      hasCluster: true,
      frames: 2,
      videoFrames: 2,
      lengthMs: 40,
      tracks: [{ number: 1, type: 'video', codecId: 'V_TEST' }],
    });
  });

  it('leaves within the write that brought its last byte, and no sooner', () => {
    const bytes = chunk();
    for (const sliceBytes of [1, 5, 64]) {
      const recorder = new Recorder();
      recorder.write(bytes.subarray(0, -1), sliceBytes);
      assert.deepEqual(recorder.kinds, []);
      recorder.write(bytes.subarray(-1));
      assert.deepEqual(recorder.kinds, ['chunk']);
    }
  });

  it('is in memory of its own, which no slice nor other chunk shares', () => {
    const recorder = new Recorder();
    const slice = Buffer.from(Buffer.concat([chunk({ number: '1' }), chunk({ number: '2' })]));
    recorder.reader.write(slice);
    const before = recorder.chunks.map(({ data }) => data.toString('hex'));
    slice.fill(0);
    for (const { data } of recorder.chunks) {
      assert.equal(data.buffer.byteLength, data.length);
    }
    assert.deepEqual(
      recorder.chunks.map(({ data }) => data.toString('hex')),
      before,
    );
    assert.notEqual(recorder.chunks[0]?.data.buffer, recorder.chunks[1]?.data.buffer);
  });

  it('may share a slice with many others', () => {
    const chunks = Array.from({ length: 50 }, (_, i) => chunk({ number: String(i) }));
    const recorder = read(Buffer.concat(chunks));
    assert.deepEqual(
      recorder.chunks.map(({ data }) => data.toString('hex')),
      chunks.map((bytes) => bytes.toString('hex')),
    );
    assert.deepEqual(recorder.kinds, new Array(50).fill('chunk'));
    let offset = 0;
    for (const { offset: found, sizeInBytes } of recorder.chunks) {
      assert.equal(found, offset);
      offset += sizeInBytes;
    }
  });

  it('is announced when its Cluster begins, with all that stands before it', () => {
    const bytes = chunk({ before: tags(['ContactId', 'c-1']) });
    const cluster = bytes.indexOf(id(ID.Cluster));
    const recorder = new Recorder();
    recorder.write(bytes.subarray(0, cluster + 4));
    assert.equal(recorder.all.length, 0);
    recorder.write(bytes.subarray(cluster + 4, cluster + 6));
    const event = only(recorder.all);
    assert.ok(event.kind === 'head');
    assert.deepEqual(event.head, {
      offset: 0,
      FragmentNumber: '1',
      ServerTimestamp: SERVER_TIME,
      ProducerTimestamp: 5000,
      tags: new Map([['ContactId', ['c-1']]]),
      tracks: [{ number: 1, type: 'video', codecId: 'V_TEST' }],
    });
  });

  for (let width = 1; width <= 8; width++) {
    it(`may have an EBML header and a Cluster with sizes of ${width} bytes`, () => {
      readsAsOneChunk(
        chunk({
          ebml: elementOfWidth(ID.EBML, width, element(ID.DocType, 'webm\0')),
          cluster: elementOfWidth(ID.Cluster, width, BLOCKS),
        }),
      );
    });

    it(`may have a Cluster of unknown size, written in ${width} bytes`, () => {
      readsAsOneChunk(chunk({ cluster: elementOfUnknownSize(ID.Cluster, width, BLOCKS) }));
    });
  }

  it('may have a Segment of known size', () => {
    const whole = chunk({ segment: Buffer.alloc(0) });
    const content = whole.subarray(EBML_HEADER.length);
    const sized = Buffer.concat([EBML_HEADER, id(ID.Segment), size(content.length, 8), content]);
    readsAsOneChunk(sized);
    const unknownCluster = chunk({
      segment: Buffer.alloc(0),
      cluster: elementOfUnknownSize(ID.Cluster, 8, BLOCKS),
    }).subarray(EBML_HEADER.length);
    const sizedToo = Buffer.concat([
      EBML_HEADER,
      id(ID.Segment),
      size(unknownCluster.length, 4),
      unknownCluster,
    ]);
    readsAsOneChunk(sizedToo);
    const recorder = read(Buffer.concat([sized, sizedToo, element(ID.Void, 'x'), sized]));
    assert.deepEqual(recorder.kinds, ['chunk', 'chunk', 'chunk']);
  });

  it('may have anything legal at level 1, before and after its Cluster', () => {
    const others = Buffer.concat([
      element(ID.CRC32, [1, 2, 3, 4]),
      element(ID.SeekHead, 'seek'),
      element(ID.Void, Buffer.alloc(5000)),
      element(ID.Void),
      element(ID.Cues, 'cues'),
      element(ID.Chapters, 'chapters'),
      element(ID.Attachments, 'attachments'),
      element(ID.Position, [0]),
      element(0x5fff, 'unknown'),
    ]);
    for (const cluster of [CLUSTER, elementOfUnknownSize(ID.Cluster, 1, BLOCKS)]) {
      readsAsOneChunk(chunk({ before: others, cluster, after: others.subarray(6) }));
    }
  });

  it('may have anything legal in its Cluster', () => {
    const content = Buffer.concat([
      element(ID.CRC32, [1, 2, 3, 4]),
      element(ID.PrevSize, [1]),
      element(ID.Position, [0]),
      BLOCKS,
      element(ID.Void, Buffer.alloc(300)),
      element(ID.EncryptedBlock, 'secret'),
      element(0x5fff, 'unknown'),
      element(ID.Void),
    ]);
    readsAsOneChunk(chunk({ cluster: element(ID.Cluster, content) }));
    readsAsOneChunk(chunk({ cluster: elementOfUnknownSize(ID.Cluster, 1, content) }));
  });

  it('may have a Cluster with nothing in it', () => {
    readsAsOneChunk(chunk({ cluster: element(ID.Cluster) }), 0);
    readsAsOneChunk(chunk({ cluster: elementOfUnknownSize(ID.Cluster, 8) }), 0);
    assert.equal(only(read(chunk({ cluster: element(ID.Cluster) })).chunks).lengthMs, 0);
  });

  it('may have an empty EBML header and an empty Info', () => {
    readsAsOneChunk(chunk({ ebml: element(ID.EBML), info: element(ID.Info) }));
  });

  it('does not mind empty slices', () => {
    const recorder = new Recorder();
    const bytes = chunk();
    const empty = Buffer.alloc(0);
    recorder.write(empty, 1);
    recorder.reader.write(empty);
    for (const byte of bytes) {
      recorder.reader.write(Buffer.from([byte]));
      recorder.reader.write(empty);
    }
    assert.deepEqual(recorder.kinds, ['chunk']);
  });

  it('of another track takes its tracks anew, and of the same shares them', () => {
    const other = element(ID.Tracks, VIDEO_TRACK, element(ID.TrackEntry, uint(ID.TrackNumber, 2)));
    const recorder = read(Buffer.concat([chunk(), chunk(), chunk({ tracks: other }), chunk()]));
    const tracks = recorder.chunks.map((found): readonly Track[] => found.tracks);
    assert.equal(tracks[0], tracks[1]);
    assert.equal(tracks[2]?.length, 2);
    assert.deepEqual(tracks[3], tracks[0]);
  });

  it('of another track takes its tracks anew where its bytes come in the same memory', () => {
    const recorder = new Recorder();
    const slice = Buffer.from(chunk());
    recorder.reader.write(slice);
    slice[slice.indexOf('V_TEST')] = 'A'.charCodeAt(0);
    recorder.reader.write(slice);
    assert.deepEqual(
      recorder.chunks.map(({ tracks }) => tracks[0]?.codecId),
      ['V_TEST', 'A_TEST'],
    );
  });
});

describe('what lies between the closing tags and the next EBML header', () => {
  const between = Buffer.concat([
    element(ID.Void, Buffer.alloc(20)),
    element(ID.Cues, 'c'),
    tags(['a', 'b']),
  ]);

  it('belongs to no chunk', () => {
    const [first, second] = [chunk({ number: '1' }), chunk({ number: '2' })];
    for (const sliceBytes of [1, 7, 10_000]) {
      const recorder = read(Buffer.concat([first, between, second, between]), { sliceBytes });
      assert.deepEqual(recorder.kinds, ['chunk', 'chunk']);
      assert.deepEqual(
        recorder.chunks.map(({ data }) => data.length),
        [first.length, second.length],
      );
      assert.equal(recorder.chunks[1]?.tags.size, 0);
      assert.equal(recorder.chunks[1].offset, first.length + between.length);
    }
  });

  it('may tell of an error', () => {
    const error = tags(['AWS_KINESISVIDEO_ERROR_ID', '5000']);
    assert.deepEqual(read(Buffer.concat([chunk(), error])).errors, [{ ErrorId: 5000 }]);
  });

  it('is malformed where it is media, or more than the limit', () => {
    const recorder = read(Buffer.concat([chunk({ number: '1' }), CLUSTER, chunk({ number: '2' })]));
    assert.deepEqual(recorder.kinds, ['chunk', 'malformed', 'chunk']);
    const void100 = element(ID.Void, Buffer.alloc(98));
    const bytes = Buffer.concat([chunk({ number: '1' }), void100, void100, chunk({ number: '2' })]);
    assert.deepEqual(read(bytes, { limits: { trailerBytes: 200 } }).kinds, ['chunk', 'chunk']);
    assert.deepEqual(read(bytes, { limits: { trailerBytes: 199 } }).kinds, ['chunk', 'malformed', 'chunk']);
  });
});
