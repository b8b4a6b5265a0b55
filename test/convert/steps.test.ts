import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import { createConverter, type Conversion, type Converter } from '../../src/convert';
import type { Target } from '../../src/options';
import {
  ID,
  chunk,
  element,
  elementOfUnknownSize,
  float,
  trackEntry,
  uint,
} from '../../testing/matroska-writer';
import { madeOnce, only } from './converted';
import { AVCC, aacEntry, lengthPrefixed, slice, smallChunk, videoEntry, type Block } from './small-streams';

const FRAMES = 19_000;

const converter = (to: Target): Converter => createConverter(to, { tracks: [], intervalMs: 0 });

function blocks(count: number, data: (i: number) => Buffer, track: (i: number) => number = () => 1): Block[] {
  return Array.from({ length: count }, (_, i) => ({ track: track(i), time: i, data: data(i), key: true }));
}

function oneTrack(entry: Buffer, all: readonly Block[]): Buffer {
  return smallChunk({ number: 1, at: 0, tracks: [entry], blocks: all });
}

function entryOf(type: number, codecId: string, ...more: readonly Buffer[]): Buffer {
  return trackEntry(1, uint(ID.TrackType, type), element(ID.CodecID, codecId), ...more);
}

/** As the writer makes it, with other clusters. */
function withCluster(...children: readonly Buffer[]): Buffer {
  return chunk({
    number: '1',
    tracks: element(ID.Tracks, entryOf(1, 'V_TEST')),
    cluster: elementOfUnknownSize(ID.Cluster, 8, uint(ID.Timestamp, 0), ...children),
  });
}

const compressed = element(
  ID.ContentEncodings,
  element(ID.ContentEncoding, element(ID.ContentCompression, uint(ID.ContentCompAlgo, 0))),
);
const picture = lengthPrefixed([slice(true, 1, 6)]);
const deflated = deflateSync(picture);
const largeSei = Buffer.concat([Buffer.from([6]), Buffer.alloc(1_400, Buffer.from([5, 1, 0]))]);

/** Chunks that take long for what they are, and how many steps they take at least. */
const LONG: readonly {
  readonly what: string;
  readonly bytes: () => Buffer;
  readonly targets: readonly Target[];
  readonly steps: number;
}[] = [
  {
    what: 'very many pictures',
    bytes: () =>
      oneTrack(
        videoEntry(AVCC),
        blocks(FRAMES, () => picture),
      ),
    targets: ['mp4', 'mkv', 'annexb', 'jpeg', 'info'],
    steps: 30,
  },
  {
    what: 'very many frames of very many tracks',
    bytes: () =>
      smallChunk({
        ...{ number: 1, at: 0 },
        tracks: Array.from({ length: 126 }, (_, i) => aacEntry(i + 1, 48_000, 2, Buffer.from('1190', 'hex'))),
        blocks: blocks(
          FRAMES,
          () => Buffer.alloc(8, 0x21),
          (i) => 1 + (i % 126),
        ),
      }),
    targets: ['mp4', 'mkv', 'adts', 'info'],
    steps: 15,
  },
  {
    what: 'very many compressed frames',
    bytes: () =>
      oneTrack(
        entryOf(1, 'V_TEST', compressed),
        blocks(FRAMES, () => deflated),
      ),
    targets: ['mkv', 'info'],
    steps: 100,
  },
  {
    what: 'very many groups',
    bytes: () =>
      withCluster(
        ...Array.from({ length: FRAMES }, () =>
          element(
            ID.BlockGroup,
            element(ID.Block, [0x81, 0, 0, 0, 1]),
            uint(ID.BlockDuration, 3),
            element(ID.DiscardPadding, [1]),
          ),
        ),
      ),
    targets: ['mkv'],
    steps: 50,
  },
  {
    what: 'very many messages before slices',
    bytes: () =>
      oneTrack(
        videoEntry(AVCC),
        blocks(10, () => lengthPrefixed([...new Array<Buffer>(1_000).fill(largeSei), slice(true, 1)])),
      ),
    targets: ['mp4', 'annexb', 'info'],
    steps: 8,
  },
  {
    what: 'sound that is decoded, in one large frame',
    bytes: () =>
      oneTrack(
        entryOf(
          2,
          'A_MS/ACM',
          element(ID.CodecPrivate, Buffer.from('07000100401f0000401f000001000800', 'hex')),
        ),
        blocks(1, () => Buffer.alloc(8 * 1024 * 1024, 0x55)),
      ),
    targets: ['wav'],
    steps: 10,
  },
  {
    what: 'samples in another byte order, in one large frame',
    bytes: () =>
      oneTrack(
        entryOf(
          2,
          'A_PCM/INT/BIG',
          element(ID.Audio, float(ID.SamplingFrequency, 48_000), uint(ID.Channels, 2), uint(ID.BitDepth, 16)),
        ),
        blocks(1, () => Buffer.alloc(8 * 1024 * 1024, 0x55)),
      ),
    targets: ['pcm'],
    steps: 10,
  },
];

function joined(steps: readonly Conversion[]): unknown {
  return {
    media: steps.flatMap(({ media }) => media.map(({ data, ...rest }) => [data.toString('base64'), rest])),
    problems: steps.flatMap(({ problems }) => problems),
  };
}

describe('a chunk that takes long is converted in many steps:', () => {
  const payloadOf = madeOnce(({ bytes }: (typeof LONG)[number]) => bytes());

  for (const long of LONG) {
    const { what, targets, steps: least } = long;
    for (const to of targets) {
      it(`${what}, as ${to}`, () => {
        const payload = payloadOf(long);
        const steps = [...converter(to).steps(payload)];
        assert.ok(steps.length >= least, `${steps.length} steps`);
        assert.deepEqual(joined(steps), joined([converter(to).convert(payload)]));
      });
    }
  }

  it('what comes of it comes with its last step, in one', () => {
    const payload = oneTrack(
      videoEntry(AVCC),
      blocks(FRAMES, () => picture),
    );
    const steps = [...converter('mp4').steps(payload)];
    assert.equal(steps.at(-1)?.media.length, 2);
    assert.ok(steps.slice(0, -1).every(({ media, problems }) => media.length + problems.length === 0));
  });

  it('chunks without media, one after the other', () => {
    const empty = chunk({ number: '1', cluster: element(ID.Cluster, uint(ID.Timestamp, 0)) });
    const payload = Buffer.concat(new Array<Buffer>(5_000).fill(empty));
    assert.ok([...converter('info').steps(payload)].length >= 20);
  });

  it('and a chunk as cameras send them in one', () => {
    const payload = oneTrack(
      videoEntry(AVCC),
      blocks(60, () => lengthPrefixed([slice(true, 1, 1_000)])),
    );
    for (const to of ['mp4', 'mkv', 'annexb', 'info'] as const) {
      assert.equal([...converter(to).steps(payload)].length, 1, to);
    }
  });
});

describe('what takes too long in a chunk is refused:', () => {
  it('more frames of AAC than the reader takes, in few blocks', () => {
    const adts = Buffer.alloc(30_000 * 8, Buffer.from('fff14c80011ffc00', 'hex'));
    for (const to of ['mp4', 'mkv', 'adts', 'info'] as const) {
      const payload = oneTrack(
        aacEntry(1, 48_000, 2),
        blocks(1, () => adts),
      );
      const { media, problems } = converter(to).convert(payload);
      assert.equal(only(problems).ErrorType, 'ChunkTooLarge');
      assert.deepEqual(media, []);
    }
  });

  it('more parameter sets in the private data of H.265 than a file can hold', () => {
    const head = Buffer.alloc(23);
    head[0] = head[1] = 1;
    head[22] = 16;
    const array = Buffer.concat([Buffer.from([32, 0xff, 0xff]), Buffer.alloc(0xffff * 2)]);
    const record = Buffer.concat([head, ...new Array<Buffer>(16).fill(array)]);
    const payload = oneTrack(
      videoEntry(record, 'V_MPEGH/ISO/HEVC'),
      blocks(1, () => picture),
    );
    const [problem] = converter('mp4').convert(payload).problems;
    assert.equal(problem?.ErrorType, 'InvalidCodecData');
    assert.match(JSON.stringify(problem.statement), /codecDataTooLarge/);
  });
});
