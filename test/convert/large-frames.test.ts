/** What a step does is bounded by bytes, however large one frame, tag or element is. */
import assert from 'node:assert/strict';
import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import { createConverter, type Conversion } from '../../src/convert';
import type { Target } from '../../src/options';
import { ByteCounter } from '../../testing/byte-counter';
import {
  ID,
  chunk,
  element,
  elementOfUnknownSize,
  float,
  simpleTag,
  trackEntry,
  uint,
} from '../../testing/matroska-writer';
import { madeOnce, only, typesOf } from './converted';
import { AVCC, aacEntry, slice, smallChunk, videoEntry, type Block } from './small-streams';

const MB = 1024 * 1024;
const FRAME_BYTES = 24 * MB;
/** What may be copied, or searched by the run time, in one step. */
const MOST_BYTES_PER_STEP = 10 * MB;

interface Converted {
  /** Bytes that were gone through in the longest step. */
  readonly most: number;
  readonly steps: number;
  readonly media: Conversion['media'];
  readonly problems: Conversion['problems'];
}

/** As a node does it: the media of each step are asked for. */
function convert(to: Target, payload: Buffer): Converted {
  const counter = new ByteCounter(['copy', 'equals', 'includes', 'indexOf']);
  const all: Conversion[] = [];
  let most = 0;
  try {
    for (const step of createConverter(to, { tracks: [], intervalMs: 0 }).steps(payload)) {
      most = Math.max(most, counter.take());
      for (const { data } of step.media) {
        assert.ok(data.length >= 0);
        most = Math.max(most, counter.take());
      }
      all.push(step);
    }
  } finally {
    counter.stop();
  }
  return {
    most,
    steps: all.length,
    media: all.flatMap(({ media }) => media),
    problems: all.flatMap(({ problems }) => problems),
  };
}

function entryOf(type: number, codecId: string, ...more: readonly Buffer[]): Buffer {
  return trackEntry(1, uint(ID.TrackType, type), element(ID.CodecID, codecId), ...more);
}

function ofFrames(entry: Buffer, ...frames: readonly Buffer[]): Buffer {
  const blocks = frames.map((data, time): Block => ({ time, data, key: true }));
  return smallChunk({ number: 1, at: 0, tracks: [entry], blocks });
}

/** A frame of one NAL unit, with what stands before it. */
function pictureAfter(prefix: Buffer): Buffer {
  const frame = Buffer.alloc(FRAME_BYTES, 0x55);
  prefix.copy(frame);
  slice(true, 1, 6).copy(frame, prefix.length);
  return frame;
}

function withGroup(...children: readonly Buffer[]): Buffer {
  const group = element(
    ID.BlockGroup,
    element(ID.Block, [0x81, 0, 0, 0, 1]),
    uint(ID.BlockDuration, 3),
    ...children,
  );
  return chunk({
    number: '1',
    tracks: element(ID.Tracks, entryOf(1, 'V_TEST')),
    cluster: elementOfUnknownSize(ID.Cluster, 8, uint(ID.Timestamp, 0), group),
  });
}

const length = Buffer.alloc(4);
length.writeUInt32BE(FRAME_BYTES - 4);
const START_CODE = Buffer.from([0, 0, 0, 1]);
const pcm = element(
  ID.Audio,
  float(ID.SamplingFrequency, 48_000),
  uint(ID.Channels, 2),
  uint(ID.BitDepth, 16),
);
const jpeg = Buffer.alloc(FRAME_BYTES, 0x55);
Buffer.from('ffd8ffc40004ffda', 'hex').copy(jpeg);
const tagged = (...tags: readonly Buffer[]): Buffer =>
  chunk({ number: '1', before: element(ID.Tags, element(ID.Tag, ...tags)) });
const ATTACHMENTS = 0x1941a469;

const LARGE: Readonly<Record<string, readonly [make: () => Buffer, targets: readonly Target[]]>> = {
  'a frame of a codec that is not known': [
    () => ofFrames(entryOf(1, 'V_TEST'), Buffer.alloc(FRAME_BYTES)),
    ['mkv', 'info'],
  ],
  'a picture with its length before it': [
    () => ofFrames(videoEntry(AVCC), pictureAfter(length)),
    ['mp4', 'mkv', 'annexb', 'jpeg', 'info'],
  ],
  'a picture after a start code': [
    () => ofFrames(videoEntry(AVCC), pictureAfter(START_CODE)),
    ['mp4', 'mkv', 'annexb', 'jpeg', 'info'],
  ],
  'zeros in place of a picture': [() => ofFrames(videoEntry(AVCC), Buffer.alloc(FRAME_BYTES)), ['mp4']],
  'a JPEG picture': [() => ofFrames(entryOf(1, 'V_MJPEG'), jpeg), ['jpeg', 'mkv']],
  'samples of sound': [
    () => ofFrames(entryOf(2, 'A_PCM/INT/LIT', pcm), Buffer.alloc(FRAME_BYTES)),
    ['wav', 'pcm', 'mkv'],
  ],
  'a frame before very many': [
    () =>
      ofFrames(
        entryOf(1, 'V_TEST'),
        Buffer.alloc(FRAME_BYTES),
        ...new Array<Buffer>(15_000).fill(Buffer.alloc(1)),
      ),
    ['mkv'],
  ],
  'what a BlockGroup adds to a frame': [
    () => withGroup(element(ID.BlockAdditions, Buffer.alloc(FRAME_BYTES))),
    ['mkv'],
  ],
  'a chunk that breaks off': [
    () => ofFrames(entryOf(1, 'V_TEST'), Buffer.alloc(FRAME_BYTES)).subarray(0, FRAME_BYTES),
    ['mkv'],
  ],
  'a tag': [() => tagged(simpleTag('name', 'x'.repeat(FRAME_BYTES))), ['mkv']],
  'an element that is skipped': [
    () => chunk({ number: '1', before: element(ATTACHMENTS, Buffer.alloc(FRAME_BYTES, 0x1a)) }),
    ['mkv'],
  ],
};

describe('however large it is, no step goes through all of', () => {
  const payloadOf = madeOnce(([make]: (typeof LARGE)[string]) => make());

  for (const [what, large] of Object.entries(LARGE)) {
    const [, targets] = large;
    for (const to of targets) {
      it(`${what}, as ${to}`, () => {
        const payload = payloadOf(large);
        const { most, steps, media } = convert(to, payload);
        assert.ok(most <= MOST_BYTES_PER_STEP, `${most} bytes in a step`);
        assert.ok(steps > 5);
        const whole = createConverter(to, { tracks: [], intervalMs: 0 }).convert(payload).media;
        assert.equal(media.length, whole.length);
        assert.ok(media.every(({ data }, i) => data.equals(whole[i]?.data ?? Buffer.alloc(0))));
      });
    }
  }
});

describe('what is too large to be converted is left out and reported:', () => {
  const zlib = element(
    ID.ContentEncodings,
    element(ID.ContentEncoding, element(ID.ContentCompression, uint(ID.ContentCompAlgo, 0))),
  );
  /** Blocks of nothing, which take zlib their time. */
  const emptyBlocks = (bytes: number): Buffer => {
    const block = deflateRawSync(Buffer.alloc(0), { finishFlush: constants.Z_SYNC_FLUSH });
    return Buffer.concat([
      Buffer.from([0x78, 0x9c]),
      Buffer.alloc(bytes, block),
      Buffer.from([3, 0, 0, 0, 0, 1]),
    ]);
  };
  const cases: Readonly<
    Record<string, readonly [frame: () => Buffer, entry: Buffer, to: Target, says: RegExp]>
  > = {
    'a frame that zlib makes large': [
      () => deflateSync(Buffer.alloc(5 * MB)),
      entryOf(1, 'V_TEST', zlib),
      'mkv',
      /restoredTooLarge.*4194304/,
    ],
    'a large frame that zlib makes small': [
      () => emptyBlocks(MB),
      entryOf(1, 'V_TEST', zlib),
      'mkv',
      /frameTooLarge.*524288/,
    ],
    'a frame of AAC that no ADTS header can give the length of': [
      () => Buffer.alloc(8_185, 0x21),
      aacEntry(1, 48_000, 2, Buffer.from('1190', 'hex')),
      'adts',
      /frameTooLarge.*8185.*8184/,
    ],
  };
  for (const [what, [frame, entry, to, says]] of Object.entries(cases)) {
    it(what, () => {
      const { media, problems } = convert(to, ofFrames(entry, frame()));
      assert.deepEqual(media, []);
      assert.deepEqual(typesOf(problems), ['InvalidFrame']);
      assert.match(JSON.stringify(only(problems).statement), says);
    });
  }

  it('a tag that no message has either; the others are written', () => {
    const small = simpleTag('small', 'tag');
    const { media } = convert('mkv', tagged(simpleTag('large', 'x'.repeat(2 * MB)), small));
    const piece = media[1]?.data ?? Buffer.alloc(0);
    assert.ok(piece.includes(small));
    assert.ok(piece.length < 10_000);
  });

  it('tags of several elements, all together', () => {
    const before = Buffer.concat(
      [1, 2, 3].map((i) => element(ID.Tags, element(ID.Tag, simpleTag(`name ${i}`, 'x'.repeat(0.5 * MB))))),
    );
    const piece = convert('mkv', chunk({ number: '1', before })).media[1]?.data ?? Buffer.alloc(0);
    assert.deepEqual(
      [1, 2, 3].map((i) => piece.includes(`name ${i}`)),
      [false, false, true],
      'those that come last count',
    );
    assert.ok(piece.length < MB);
  });

  it('tags for more tracks than there are', () => {
    const targets = element(ID.Targets, Buffer.alloc(1_000, uint(ID.TagTrackUID, 1)));
    const { media, problems } = convert('mkv', tagged(targets, simpleTag('name', 'value')));
    assert.deepEqual(problems, []);
    assert.ok(media[1]?.data.includes('name') === false);
  });

  it('the UID of a track: the track is converted', () => {
    const tracks = element(ID.Tracks, entryOf(1, 'V_TEST', element(ID.TrackUID, Buffer.alloc(4 * MB - 100))));
    const { media, problems } = convert('mkv', chunk({ number: '1', tracks }));
    assert.deepEqual(problems, []);
    assert.equal(media.length, 2);
  });

  it('a JPEG picture without its scan in sight: it is given as it is', () => {
    const frame = Buffer.concat([
      Buffer.from('ffd8ffc00002', 'hex'),
      Buffer.alloc(4 * 2_000, Buffer.from('fffe0002', 'hex')),
      Buffer.from('ffda0002ffd9', 'hex'),
    ]);
    const { media } = convert('jpeg', ofFrames(entryOf(1, 'V_MJPEG'), frame));
    assert.ok(only(media).data.equals(frame));
  });
});
