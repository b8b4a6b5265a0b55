import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Chunk, Track } from '../../src/matroska';
import {
  DISCARDABLE,
  EBML_LACING,
  FIXED,
  ID,
  KEYFRAME,
  XIPH,
  block,
  chunk,
  element,
  elementOfUnknownSize,
  elementOfWidth,
  float,
  size,
  tags,
  trackEntry,
  uint,
  type Part,
} from '../../testing/matroska-writer';
import { PROPERTY_SEED, PROPERTY_TIMEOUT_MS, cases } from '../../testing/properties';
import { Recorder, type RecordedFrame } from './recorded';

type Lacing = 'none' | 'xiph' | 'ebml' | 'fixed';

/** A block as it is to be written; unlaced it has one frame. */
interface Block {
  readonly track: number;
  readonly time: number;
  readonly keyframe: boolean;
  readonly discardable: boolean;
  readonly lacing: Lacing;
  readonly frames: readonly Buffer[];
  /** In a BlockGroup, which has no flag for a key frame, but a reference where it is none. */
  readonly grouped: boolean;
}

interface Written {
  readonly number: bigint;
  readonly serverMs: number;
  readonly producerMs: number;
  readonly behindMs: number;
  readonly token: string;
  readonly tags: readonly (readonly [string, string])[];
  readonly tagsAfter: readonly (readonly [string, string])[];
  readonly tracks: readonly Track[];
  readonly clusterMs: number;
  readonly blocks: readonly Block[];
  readonly sized: boolean;
  readonly sizeWidth: number;
}

// --- what is written -------------------------------------------------------------------------------------------------

/** Text ends at its first NUL. */
const text = fc.string({ unit: 'binary', maxLength: 30 }).map((value) => value.replaceAll('\0', ''));
const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const pairs = fc.array(
  fc.tuple(
    fc.oneof(
      fc.constantFrom('__proto__', 'AWS_KINESISVIDEO_NOTIFICATION', 'camera'),
      text.map((name) => `x${name}`),
    ),
    text,
  ),
  { maxLength: 4 },
);
const ms = fc.integer({ min: 0, max: 4_000_000_000_000 });

const video = fc.record({
  width: fc.integer({ min: 1, max: 8000 }),
  height: fc.integer({ min: 1, max: 8000 }),
});
const audio = fc.record({
  samplingFrequency: fc.double({ min: 1, max: 400_000, noNaN: true }),
  channels: fc.integer({ min: 1, max: 16 }),
  bitDepth: fc.integer({ min: 1, max: 64 }),
});
const track = fc
  .tuple(
    fc.integer({ min: 1, max: 400 }),
    fc.record({ codecId: text, name: text, codecPrivate: bytes(40) }, { requiredKeys: ['codecId'] }),
    fc.oneof(
      video.map((members) => ({ type: 'video' as const, ...members })),
      audio.map((members) => ({ type: 'audio' as const, ...members })),
      fc.constantFrom({ type: 'subtitle' as const }, { type: 'other' as const }),
    ),
  )
  .map(([number, named, typed]): Track => ({ number, ...named, ...typed }));
const tracks = fc.uniqueArray(track, { minLength: 1, maxLength: 4, selector: ({ number }) => number });

const frames = fc.oneof(
  bytes(400).map((frame) => ({ lacing: 'none' as const, frames: [frame] })),
  fc
    .tuple(
      fc.constantFrom('xiph' as const, 'ebml' as const),
      fc.array(bytes(600), { minLength: 1, maxLength: 6 }),
    )
    .map(([lacing, laced]) => ({ lacing, frames: laced })),
  fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(90)).map(([count, length]) => ({
    lacing: 'fixed' as const,
    frames: Array.from({ length: count }, (_, i) => Buffer.alloc(length, i + 1)),
  })),
);
const blocks = (numbers: readonly number[]): fc.Arbitrary<Block[]> =>
  fc.array(
    fc
      .tuple(
        fc.record({
          track: fc.constantFrom(...numbers),
          time: fc.integer({ min: -0x8000, max: 0x7fff }),
          keyframe: fc.boolean(),
          discardable: fc.boolean(),
          grouped: fc.boolean(),
        }),
        frames,
      )
      // A BlockGroup cannot say that its frames may be discarded.
      .map(([how, what]) => ({ ...how, ...what, discardable: how.discardable && !how.grouped })),
    { maxLength: 8 },
  );
const written = tracks.chain((described) =>
  fc.record<Written>({
    number: fc.bigInt({ min: 0n, max: 10n ** 46n }),
    serverMs: ms,
    producerMs: ms,
    behindMs: fc.integer({ min: 0, max: 10_000_000 }),
    token: fc.stringMatching(/^[\w.-]{1,60}$/),
    tags: pairs,
    tagsAfter: pairs,
    tracks: fc.constant(described),
    clusterMs: fc.integer({ min: 0, max: 100_000_000 }),
    blocks: blocks(described.map(({ number }) => number)),
    sized: fc.boolean(),
    sizeWidth: fc.integer({ min: 3, max: 8 }),
  }),
);

// --- writing ---------------------------------------------------------------------------------------------------------

const TYPES = { video: 1, audio: 2, subtitle: 17, other: 3 };

function entryOf(described: Track): Buffer {
  const { number, type, name, codecId, codecPrivate, width, height } = described;
  const { samplingFrequency, channels, bitDepth } = described;
  return trackEntry(
    number,
    uint(ID.TrackType, TYPES[type]),
    ...(name === undefined ? [] : [element(ID.Name, name)]),
    element(ID.CodecID, codecId),
    ...(codecPrivate === undefined ? [] : [element(ID.CodecPrivate, codecPrivate)]),
    ...(width === undefined || height === undefined
      ? []
      : [element(ID.Video, uint(ID.PixelWidth, width), uint(ID.PixelHeight, height))]),
    ...(samplingFrequency === undefined || channels === undefined || bitDepth === undefined
      ? []
      : [
          element(
            ID.Audio,
            float(ID.SamplingFrequency, samplingFrequency),
            uint(ID.Channels, channels),
            uint(ID.BitDepth, bitDepth),
          ),
        ]),
  );
}

/** A signed size of two bytes: its value plus 2^13 - 1 (RFC 9559, section 10.3.3). */
function difference(value: number): Buffer {
  return size(value + 0x1fff, 2);
}

function laceOf(lacing: Lacing, all: readonly Buffer[]): readonly [flag: number, ...parts: Part[]] {
  const sizes = all.map(({ length }) => length);
  switch (lacing) {
    case 'none':
      return [0];
    case 'fixed':
      return [FIXED, [all.length - 1]];
    case 'xiph':
      return [
        XIPH,
        [all.length - 1],
        ...sizes.slice(0, -1).map((n) => [...new Array<number>(Math.floor(n / 255)).fill(255), n % 255]),
      ];
    case 'ebml':
      return [
        EBML_LACING,
        [all.length - 1],
        ...sizes.slice(0, -1).map((n, i) => (i === 0 ? size(n, 2) : difference(n - (sizes[i - 1] ?? 0)))),
      ];
  }
}

function blockOf({
  track: number,
  time,
  keyframe,
  discardable,
  lacing,
  frames: all,
  grouped,
}: Block): Buffer {
  const [lace, ...sizes] = laceOf(lacing, all);
  if (grouped) {
    const content = block(number, time, lace, ...sizes, ...all);
    const reference = keyframe ? [] : [element(ID.ReferenceBlock, [1])];
    return element(ID.BlockGroup, element(ID.Block, content), ...reference);
  }
  const flags = lace | (keyframe ? KEYFRAME : 0) | (discardable ? DISCARDABLE : 0);
  return element(ID.SimpleBlock, block(number, time, flags, ...sizes, ...all));
}

/** `seconds.mmm`, as the service writes times. */
function seconds(value: number): string {
  return `${Math.floor(value / 1000)}.${String(value % 1000).padStart(3, '0')}`;
}

function write(what: Written): Buffer {
  const cluster = [uint(ID.Timestamp, what.clusterMs), ...what.blocks.map(blockOf)];
  return chunk({
    tracks: element(ID.Tracks, ...what.tracks.map(entryOf)),
    before: tags(...what.tags),
    front: tags(
      ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', String(what.number)],
      ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', seconds(what.serverMs)],
      ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', seconds(what.producerMs)],
    ),
    cluster: what.sized
      ? elementOfWidth(ID.Cluster, what.sizeWidth, ...cluster)
      : elementOfUnknownSize(ID.Cluster, what.sizeWidth, ...cluster),
    after: tags(...what.tagsAfter),
    closing: tags(
      ['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', String(what.behindMs)],
      ['AWS_KINESISVIDEO_CONTINUATION_TOKEN', what.token],
    ),
  });
}

// --- what must come back ---------------------------------------------------------------------------------------------

function expectedFrames({ blocks: all, tracks: described }: Written): RecordedFrame[] {
  return all
    .flatMap((from) => from.frames.map((data) => ({ ...from, data })))
    .map(({ track: number, time, keyframe, discardable, data }, index) => {
      const found = described.find((candidate) => candidate.number === number);
      assert.ok(found !== undefined);
      return { track: found, index, timecodeMs: time, keyframe, discardable, data };
    });
}

function checkChunk(found: Chunk, what: Written): void {
  const times = what.blocks.map(({ time }) => time);
  const named = new Map<string, string[]>();
  for (const [name, value] of what.tags) {
    named.set(name, [...(named.get(name) ?? []), value]);
  }
  // What follows the media is the fragment's own, and wins over the header's copy.
  for (const name of new Set(what.tagsAfter.map(([key]) => key))) {
    named.set(
      name,
      what.tagsAfter.filter(([key]) => key === name).map(([, value]) => value),
    );
  }
  assert.equal(found.FragmentNumber, String(what.number));
  assert.equal(found.ServerTimestamp, what.serverMs);
  assert.equal(found.ProducerTimestamp, what.producerMs);
  assert.equal(found.MillisBehindNow, what.behindMs);
  assert.equal(found.ContinuationToken, what.token);
  assert.deepEqual(found.tags, named);
  assert.deepEqual(found.tracks, what.tracks);
  assert.equal(found.frames, expectedFrames(what).length);
  assert.equal(found.lengthMs, times.length === 0 ? 0 : Math.max(...times) - Math.min(...times));
}

describe(`what is written to be read (seed ${PROPERTY_SEED})`, function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('is read as it was written: every tag, track, time, flag and frame', () => {
    fc.assert(
      fc.property(
        fc.array(written, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 4000 }),
        (chunks, sliceBytes) => {
          const written = chunks.map(write);
          const recorder = new Recorder({ frames: true }).write(Buffer.concat(written), sliceBytes).end();
          assert.deepEqual(
            recorder.kinds,
            chunks.map(() => 'chunk'),
            recorder.malformed[0]?.message,
          );
          assert.deepEqual(recorder.frames, chunks.flatMap(expectedFrames));
          for (const [i, what] of chunks.entries()) {
            const found = recorder.chunks[i];
            assert.ok(found !== undefined);
            assert.ok(written[i]?.equals(found.data));
            checkChunk(found, what);
          }
        },
      ),
      cases(200),
    );
  });
});
