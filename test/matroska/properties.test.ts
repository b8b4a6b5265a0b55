import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  EBML_LACING,
  FIXED,
  ID,
  XIPH,
  block,
  chunk,
  closingTags,
  element,
  elementOfUnknownSize,
  elementOfWidth,
  tags,
  trackEntry,
  uint,
} from '../../testing/matroska-writer';
import { PROPERTY_SEED, PROPERTY_TIMEOUT_MS, cases } from '../../testing/properties';
import { Recorder, read, type Recorded } from './recorded';

const NOTHING = Buffer.alloc(0);
const TRACKS = element(
  ID.Tracks,
  trackEntry(1, uint(ID.TrackType, 1), uint(ID.DefaultDuration, 33_333_333)),
  trackEntry(2, uint(ID.TrackType, 2)),
);

const data = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const track = fc.constantFrom(1, 2, 3, 200);
const time = fc.integer({ min: -0x8000, max: 0x7fff });
const flags = fc.constantFrom(0, 0x80, 0x01, 0x81);

/** The content of a block, laced or not. */
const blockContent = fc.oneof(
  fc.tuple(track, time, flags, data).map(([t, at, f, d]) => block(t, at, f, d)),
  fc
    .tuple(track, time, fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 5 }))
    .map(([t, at, sizes]) => block(t, at, XIPH, [sizes.length], sizes, Buffer.alloc(sum(sizes) + 7))),
  fc
    .tuple(track, time, fc.nat(6), fc.nat(40))
    .map(([t, at, others, size]) => block(t, at, FIXED, [others], Buffer.alloc((others + 1) * size))),
  fc
    .tuple(track, time, fc.nat(100))
    .map(([t, at, size]) => block(t, at, EBML_LACING, [1, 0x80 | size], Buffer.alloc(size + 9))),
);
const filler = fc.oneof(
  fc.nat(200).map((size) => element(ID.Void, Buffer.alloc(size))),
  fc.constant(element(ID.CRC32, [1, 2, 3, 4])),
);
const clusterChild = fc.oneof(
  { weight: 6, arbitrary: blockContent.map((content) => element(ID.SimpleBlock, content)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(blockContent, fc.boolean(), fc.boolean())
      .map(([content, reference, duration]) =>
        element(
          ID.BlockGroup,
          reference ? element(ID.ReferenceBlock, [1]) : NOTHING,
          element(ID.Block, content),
          duration ? uint(ID.BlockDuration, 77) : NOTHING,
        ),
      ),
  },
  { weight: 1, arbitrary: filler },
);
const someTags = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', '__proto__', 'AWS_KINESISVIDEO_NOTIFICATION'), fc.string()), {
    maxLength: 4,
  })
  .map((pairs) => tags(...pairs));
const level1 = fc
  .array(fc.oneof(filler, someTags, fc.constant(element(ID.Cues, 'cues'))), { maxLength: 3 })
  .map((parts) => Buffer.concat(parts));
const cluster = fc
  .tuple(fc.array(clusterChild, { maxLength: 8 }), fc.integer({ min: 2, max: 8 }), fc.boolean())
  .map(([children, width, known]) => {
    const content = Buffer.concat([uint(ID.Timestamp, 0), ...children]);
    return known
      ? elementOfWidth(ID.Cluster, width, content)
      : elementOfUnknownSize(ID.Cluster, width, content);
  });

/** A chunk as the service may send it. */
const goodChunk = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 46n }), level1, cluster, level1)
  .map(([number, before, media, after]) =>
    chunk({ number: String(number), tracks: TRACKS, before, cluster: media, after }),
  );
const goodStream = fc.array(goodChunk, { minLength: 1, maxLength: 4 });

/** Anything that may come of a response. */
const oddPart = fc.oneof(
  { weight: 4, arbitrary: goodChunk },
  { weight: 1, arbitrary: goodChunk.map((bytes) => bytes.subarray(0, bytes.length >> 1)) },
  { weight: 1, arbitrary: data },
  {
    weight: 1,
    arbitrary: cluster.map((media) =>
      chunk({ cluster: media, closing: tags(['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', '1']) }),
    ),
  },
  {
    weight: 1,
    arbitrary: cluster.map((media) =>
      chunk({ cluster: media, front: tags(['AWS_KINESISVIDEO_ERROR_ID', '3002']), closing: NOTHING }),
    ),
  },
);
const oddStream = fc.array(oddPart, { minLength: 1, maxLength: 5 }).map((parts) => Buffer.concat(parts));

const FRAMES_NOT_KEPT = { chunkData: false, keepsFrames: () => false };
const modes = fc.constantFrom({}, { chunkData: false }, FRAMES_NOT_KEPT);

const sliceSizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 21, max: 2000 })), {
  minLength: 1,
  maxLength: 50,
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Slices of the given sizes, over and over. */
function readInSlices(bytes: Buffer, sizes: readonly number[], recorder: Recorder): Recorder {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 0;
    const length = sum(sizes) === 0 ? bytes.length : size;
    recorder.write(bytes.subarray(at, at + length));
    at += length;
  }
  return recorder.end();
}

/** Errors compare by what they say, not by where they were made. */
function comparable(events: readonly Recorded[]): unknown[] {
  return events.map((event) =>
    'error' in event && event.error instanceof Error ? { ...event, error: event.error.message } : event,
  );
}

describe(`a reader, whatever comes (seed ${PROPERTY_SEED})`, function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('gives good chunks byte for byte, and nothing else', () => {
    fc.assert(
      fc.property(goodStream, sliceSizes, fc.boolean(), (chunks, sizes, frames) => {
        const recorder = readInSlices(Buffer.concat(chunks), sizes, new Recorder({ frames }));
        assert.deepEqual(
          recorder.kinds,
          chunks.map(() => 'chunk'),
          recorder.malformed[0]?.message,
        );
        for (const [i, { data: found }] of recorder.chunks.entries()) {
          assert.ok(chunks[i]?.equals(found));
        }
        if (frames) {
          assert.equal(recorder.frames.length, sum(recorder.chunks.map((found) => found.frames)));
        }
      }),
      cases(300),
    );
  });

  it('calls the same in slices of any size', () => {
    fc.assert(
      fc.property(oddStream, sliceSizes, fc.boolean(), modes, (bytes, sizes, frames, mode) => {
        const whole = new Recorder({ frames, ...mode }).write(bytes).end();
        const sliced = readInSlices(bytes, sizes, new Recorder({ frames, ...mode }));
        assert.deepEqual(comparable(sliced.all), comparable(whole.all));
      }),
      cases(500),
    );
  });

  it('gives the same frames of good chunks, whether it keeps them or not', () => {
    fc.assert(
      fc.property(goodStream, sliceSizes, (chunks, sizes) => {
        const bytes = Buffer.concat(chunks);
        const kept = read(bytes, { frames: true, chunkData: false });
        const notKept = readInSlices(bytes, sizes, new Recorder({ frames: true, ...FRAMES_NOT_KEPT }));
        assert.deepEqual(notKept.all, kept.all);
      }),
      cases(300),
    );
  });

  it('finds what comes after damage, if it does not keep frames, too', () => {
    fc.assert(
      fc.property(goodStream, fc.nat(), data, sliceSizes, (chunks, place, rubbish, sizes) => {
        const good = Buffer.concat(chunks);
        const at = place % good.length;
        // Far enough after it that no chunk can reach over it.
        const between = Array.from({ length: 20 }, (_, i) => chunk({ number: String(900 + i) }));
        const options = { maxChunkBytes: 4000, limits: { trailerBytes: 4000 }, ...FRAMES_NOT_KEPT };
        const bytes = Buffer.concat([good.subarray(0, at), rubbish, good.subarray(at), ...between]);
        const recorder = readInSlices(bytes, sizes, new Recorder({ frames: true, ...options }));
        assert.equal(recorder.numbers.at(-1), '919');
      }),
      cases(500),
    );
  });

  it('counts the same frames and times with the frames and without', () => {
    fc.assert(
      fc.property(goodStream, (chunks) => {
        const bytes = Buffer.concat(chunks);
        assert.deepEqual(read(bytes, { frames: true }).chunks, read(bytes).chunks);
      }),
      cases(),
    );
  });

  it('gives only what came, in order, and no byte twice', () => {
    fc.assert(
      fc.property(oddStream, sliceSizes, (bytes, sizes) => {
        let end = 0;
        for (const { offset, data: found } of readInSlices(bytes, sizes, new Recorder()).chunks) {
          assert.ok(offset >= end);
          end = offset + found.length;
          assert.ok(found.equals(bytes.subarray(offset, end)));
        }
      }),
      cases(),
    );
  });

  it('survives any damage, and continues after it', () => {
    const damage = fc.record({
      at: fc.nat(),
      remove: fc.nat(30),
      insert: fc.uint8Array({ maxLength: 30 }),
    });
    const maxChunkBytes = 4000;
    const limits = { trailerBytes: maxChunkBytes };
    /** Far enough after the damage that no chunk can reach over it. */
    const between = Buffer.concat(
      Array.from({ length: 20 }, (_, i) => chunk({ number: String(900 + i), closing: closingTags('x') })),
    );
    const last = chunk({ number: '77', tracks: TRACKS });
    fc.assert(
      fc.property(goodStream, damage, sliceSizes, fc.boolean(), (chunks, where, sizes, frames) => {
        const good = Buffer.concat(chunks);
        const at = where.at % good.length;
        const bytes = Buffer.concat([
          good.subarray(0, at),
          where.insert,
          good.subarray(Math.min(good.length, at + where.remove)),
          between,
          last,
        ]);
        const recorder = readInSlices(bytes, sizes, new Recorder({ frames, maxChunkBytes, limits }));
        assert.ok(recorder.chunks.at(-1)?.data.equals(last));
        for (const { offset, data: found } of recorder.chunks) {
          assert.ok(found.length <= maxChunkBytes);
          assert.ok(found.equals(bytes.subarray(offset, offset + found.length)));
        }
      }),
      cases(1000),
    );
  });

  it('takes any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), sliceSizes, (bytes, sizes) => {
        const recorder = readInSlices(Buffer.from(bytes), sizes, new Recorder({ frames: true }));
        assert.equal(recorder.chunks.length, 0);
        assert.ok(recorder.malformed.length <= 1);
      }),
      cases(300),
    );
  });
});
