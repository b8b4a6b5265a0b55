/** Fuzz target: the Matroska reader, in chunk and frame mode, with the input cut at any byte. */
import { ChunkReader, DEFAULT_LIMITS, type Limits, type ReaderEvents } from '../../src/matroska';
import {
  CLUSTER,
  DISCARDABLE,
  EBML_HEADER,
  EBML_LACING,
  FIXED,
  ID,
  KEYFRAME,
  XIPH,
  block,
  chunk,
  element,
  elementOfUnknownSize,
  id,
  simpleBlock,
  size,
  tags,
  trackEntry,
  uint,
  unknownSize,
} from '../../testing/matroska-writer';
import { fingerprint, type Target } from '../target';
import { Journal } from './journal';
import { withBoundedAllocations } from './allocations';

/** So small that small inputs go beyond them. */
const LIMITS: Limits = {
  ebmlHeaderBytes: 64,
  infoBytes: 64,
  tracksBytes: 300,
  tagsBytes: 300,
  tagNameBytes: 48,
  tagValueBytes: 60,
  tags: 9,
  tagDepth: 3,
  tracks: 3,
  stringBytes: 20,
  elements: 22,
  elementsWithin: 20,
  frames: 12,
  unknownBytes: 60,
  trailerBytes: 120,
};
const MAX_CHUNK_BYTES = 500;

/** Whatever was open ends in these, since none of it may reach so far; after them a chunk must be found. */
const BETWEEN = Buffer.alloc(MAX_CHUNK_BYTES + 1);
const GOOD = chunk({ number: '77' });

/** Bits of the first byte. */
const FRAMES = 1;
const WITHOUT_DATA = 2;
const LARGE_LIMITS = 4;
const SUSPENDS = 8;
/** Frames alone, which are not kept. */
const ONLY_FRAMES = 16;
/**
 * Stands in an input for many bytes, so that small inputs make slices and blocks that are kept by reference. Only with
 * large limits.
 */
const MUCH = Buffer.from('PPPP');
const MUCH_BYTES = Buffer.alloc(1_500, 'P');
const MOST_EXPANDED = 10;

/** Each seed is read in all of these ways. */
const HOW = [
  FRAMES | SUSPENDS,
  WITHOUT_DATA | FRAMES,
  LARGE_LIMITS,
  LARGE_LIMITS | FRAMES | SUSPENDS,
  ONLY_FRAMES | SUSPENDS,
  ONLY_FRAMES | LARGE_LIMITS,
];

/** First byte: how to read; second: how to slice. */
const HEAD = 2;

/** With a frame so large that it shares a slab, too. */
const MUCH_MEDIA = [
  { name: ID.Void, times: 1 },
  { name: ID.SimpleBlock, times: 1 },
  { name: ID.SimpleBlock, times: 3 },
].map(({ name, times }) =>
  Buffer.concat([
    id(name),
    size(4 + times * MUCH_BYTES.length),
    Buffer.from([0x81, 0, 0, 0]),
    ...new Array<Buffer>(times).fill(MUCH),
  ]),
);

export const reader: Target = {
  name: 'reader',
  maxBytes: 800,
  unit: id(ID.EBML),
  dictionary: dictionary(),
  seeds: seeds(),

  run(input) {
    const [how = 0, slicing = 0] = input;
    const isSmall = (how & LARGE_LIMITS) === 0;
    const bytes = isSmall
      ? Buffer.concat([input.subarray(HEAD), BETWEEN, GOOD])
      : expanded(input.subarray(HEAD));
    const proper = isSmall ? input.length - HEAD : bytes.length;
    const limits = isSmall ? LIMITS : DEFAULT_LIMITS;
    const maxChunkBytes = isSmall ? MAX_CHUNK_BYTES : undefined;
    const onlyFrames = (how & ONLY_FRAMES) !== 0;
    const read = (withData: boolean, slices: number): Journal => {
      const data = withData && !onlyFrames;
      const journal = new Journal(bytes, maxChunkBytes ?? Infinity, data, limits.frames);
      const frames = onlyFrames || (how & FRAMES) !== 0;
      const events: ReaderEvents = frames ? journal : journal.withoutFrames;
      // The other way of reading is the one to compare with.
      const suspends = (how & SUSPENDS) !== 0 && (!withData || slices !== 0);
      const options = {
        limits,
        chunkData: data,
        keepsFrames: () => !onlyFrames,
        ...(maxChunkBytes === undefined ? {} : { maxChunkBytes }),
      };
      withBoundedAllocations(bytes.length, () => {
        const reader: ChunkReader = new ChunkReader(
          suspends ? suspending(journal, frames, () => reader) : events,
          options,
        );
        feed(reader, bytes, slices, Math.max(proper, 0));
      });
      journal.close();
      return journal;
    };
    const whole = read(true, 0);
    const sliced = read((how & WITHOUT_DATA) === 0, slicing);
    if (whole.text !== sliced.text) {
      throw new Error(`slices make a difference:\n${whole.text}\n--- in slices:\n${sliced.text}`);
    }
    const isLastGood = onlyFrames ? whole.kinds.endsWith('c') : whole.lastChunk?.equals(GOOD);
    if (isSmall && isLastGood !== true) {
      throw new Error('a good chunk far behind was not found');
    }
    if (onlyFrames) {
      return fingerprint(whole.kinds.replace(/(.)\1+/g, '$1$1').slice(0, 8));
    }
    readAlone(whole, { limits, ...(maxChunkBytes === undefined ? {} : { maxChunkBytes }) });
    return fingerprint(whole.kinds.replace(/(.)\1+/g, '$1$1').slice(0, 8));
  },
};

/** The same events, after each of which the reader is suspended. */
function suspending(journal: Journal, frames: boolean, reader: () => ChunkReader): ReaderEvents {
  const after =
    <Args extends unknown[]>(call: (...args: Args) => void) =>
    (...args: Args): void => {
      call(...args);
      reader().suspend();
    };
  return {
    ...(frames ? { frame: after(journal.frame) } : {}),
    head: after(journal.head),
    chunk: after(journal.chunk),
    truncated: after(journal.truncated),
    inBandError: after(journal.inBandError),
    malformed: after(journal.malformed),
    tooLarge: after(journal.tooLarge),
    reread: after(() => undefined),
    elements: after(() => undefined),
  };
}

/** Takes what waits in a suspended reader. */
function resume(reader: ChunkReader): void {
  do {
    reader.resume();
  } while (reader.hasUnread);
}

function expanded(input: Buffer): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (
    let at = input.indexOf(MUCH);
    at >= 0 && parts.length < 2 * MOST_EXPANDED;
    at = input.indexOf(MUCH, from)
  ) {
    parts.push(input.subarray(from, at), MUCH_BYTES);
    from = at + MUCH.length;
  }
  return Buffer.concat([...parts, input.subarray(from)]);
}

/** A chunk is complete in itself. */
function readAlone(journal: Journal, options: { limits: Limits; maxChunkBytes?: number }): void {
  for (const data of journal.chunks) {
    if (data === journal.lastChunk) {
      return;
    }
    const alone = new Journal(data, Infinity, true, options.limits.frames);
    feed(new ChunkReader(alone.withoutFrames, options), data, 0);
    if (alone.chunks.length !== 1 || alone.lastChunk?.equals(data) !== true) {
      throw new Error(`a chunk that is none alone: ${alone.kinds}`);
    }
  }
}

/**
 * 0: in one slice. Otherwise the low bits say how large slices may be, or that only those around one place are small; all
 * of it says how large each is, and where that place is. What follows the input proper comes in large slices.
 */
function feed(reader: ChunkReader, bytes: Buffer, slicing: number, proper = bytes.length): void {
  const longest: number = [0, 4, 16, 50, 200, 700, 3000][slicing & 7] ?? 0;
  let state = (slicing * 0x9e3779b1 + proper) >>> 0;
  const random = (limit: number): number => {
    state = (Math.imul(state, 0x41c64e6d) + 12345) >>> 0;
    return (state >>> 16) % limit;
  };
  let [small, until] = [0, longest === 0 ? 0 : proper];
  if (slicing !== 0 && longest === 0) {
    small = random(proper + 1);
    until = Math.min(proper, small + 20);
    reader.write(bytes.subarray(0, small));
    resume(reader);
  }
  for (let at = small; at < until;) {
    const length = longest === 0 ? 1 : random(longest + 1);
    reader.write(bytes.subarray(at, Math.min(until, at + length)));
    resume(reader);
    at += length;
  }
  reader.write(bytes.subarray(until));
  resume(reader);
  reader.end();
  resume(reader);
}

function dictionary(): Buffer[] {
  const names = [
    'AWS_KINESISVIDEO_FRAGMENT_NUMBER',
    'AWS_KINESISVIDEO_CONTINUATION_TOKEN',
    'AWS_KINESISVIDEO_MILLIS_BEHIND_NOW',
    'AWS_KINESISVIDEO_ERROR_ID',
    'AWS_KINESISVIDEO_ERROR_CODE',
    'AWS_KINESISVIDEO_PRODUCER_TIMESTAMP',
  ];
  return [
    ...Object.values(ID).map(id),
    ...[1, 2, 4, 8].map(unknownSize),
    ...names.map((name) => tags([name, '3002'])),
    simpleBlock(1, 0, KEYFRAME, 'x'),
    simpleBlock(1, -1, XIPH, [2, 255, 1, 1], Buffer.alloc(260)),
    simpleBlock(1, 1, FIXED, [2], 'abcdef'),
    simpleBlock(1, 1, EBML_LACING, [2, 0x82, 0xc0], 'abcdefg'),
    ...[4, 12].map((count) => Buffer.concat(new Array<Buffer>(count).fill(simpleBlock(1, 3, 0, 'z')))),
    ...MUCH_MEDIA,
    element(ID.BlockGroup, element(ID.Block, block(1, 5, 0, 'x')), uint(ID.BlockDuration, 9)),
    element(ID.Void, Buffer.alloc(9)),
    element(ID.Cluster, uint(ID.Timestamp, 7)),
    elementOfUnknownSize(ID.Cluster, 1),
    elementOfUnknownSize(ID.Segment, 8),
    EBML_HEADER,
    chunk(),
  ];
}

/** A limit is met a few bytes on. */
function nearLimits(): Buffer[] {
  const cluster = (...blocks: readonly Buffer[]): Buffer =>
    chunk({ cluster: elementOfUnknownSize(ID.Cluster, 8, uint(ID.Timestamp, 0), ...blocks) });
  const blocks = (count: number, bytes: number): Buffer[] =>
    Array.from({ length: count }, (_, i) => simpleBlock(1, i, KEYFRAME, Buffer.alloc(bytes, i + 1)));
  return [
    cluster(...blocks(7, 1)),
    cluster(...blocks(9, 1)),
    cluster(...blocks(3, 50)),
    cluster(...blocks(4, 60)),
  ];
}

function seeds(): Buffer[] {
  const streams = [
    chunk(),
    Buffer.concat([chunk({ number: '1' }), chunk({ number: '2' })]),
    chunk({ cluster: elementOfUnknownSize(ID.Cluster, 8, CLUSTER.subarray(5)) }),
    Buffer.concat([chunk({ closing: tags(['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', '1']) }), chunk()]),
    Buffer.concat([chunk().subarray(0, 200), chunk()]),
    chunk({ cluster: Buffer.alloc(0) }),
    chunk({ after: tags(['AWS_KINESISVIDEO_ERROR_ID', '4503'], ['AWS_KINESISVIDEO_ERROR_CODE', 'X']) }),
    chunk({
      tracks: element(
        ID.Tracks,
        trackEntry(1, uint(ID.TrackType, 1), element(ID.Video, uint(ID.PixelWidth, 640))),
        trackEntry(2, uint(ID.TrackType, 2), element(ID.Audio, uint(ID.Channels, 2))),
      ),
      cluster: element(
        ID.Cluster,
        uint(ID.Timestamp, 100),
        simpleBlock(2, -5, DISCARDABLE, 'audio'),
        simpleBlock(1, 1, XIPH, [2, 2, 3], 'abcdefgh'),
        simpleBlock(1, 1, EBML_LACING, [2, 0x82, 0xc0], 'abcdefg'),
        element(
          ID.BlockGroup,
          element(ID.ReferenceBlock, [1]),
          element(ID.Block, block(1, 5, FIXED, [1], 'ab')),
        ),
      ),
    }),
    ...nearLimits(),
    chunk({
      cluster: elementOfUnknownSize(ID.Cluster, 8, uint(ID.Timestamp, 0), ...MUCH_MEDIA, ...MUCH_MEDIA),
    }),
    Buffer.from('<!doctype html><title>502</title>'),
    Buffer.from('1f8b0800000000000003cb48cdc9c95728cf2fca4901', 'hex'),
  ];
  return streams.flatMap((stream, i) =>
    HOW.map((how) => Buffer.concat([Buffer.from([how, 8 * i + (i % 7) + 1]), stream])),
  );
}
