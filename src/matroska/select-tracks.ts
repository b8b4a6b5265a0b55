/** Makes a chunk of some of another one's tracks: the frames and the descriptions of the others are left out. */
import { ChunkReader } from './chunk-reader';
import { ElementHeader, READ, UNKNOWN_SIZE, Vint } from './ebml';
import { BLOCK, BLOCK_GROUP, CLUSTER, SEGMENT, SIMPLE_BLOCK, TRACKS, TRACK_ENTRY, TRACK_NUMBER } from './ids';
import type { Chunk, Track } from './types';

/** The children of a master element of known size, from `at` to `end`. */
interface Content {
  readonly bytes: Buffer;
  readonly at: number;
  readonly end: number;
}

/**
 * The chunk itself where all of its tracks are wanted, undefined where none is. The media that stay are copied once.
 *
 * @param chunk one with its data
 */
export function selectTracks(chunk: Chunk, isWanted: (track: Track) => boolean): Chunk | undefined {
  const wanted = chunk.tracks.filter(isWanted);
  if (wanted.length === chunk.tracks.length) {
    return chunk;
  }
  if (wanted.length === 0) {
    return undefined;
  }
  const data = Buffer.concat([...partsOf(chunk.data, new Set(wanted.map(({ number }) => number)))]);
  let selected = chunk;
  const reader = new ChunkReader(
    {
      chunk: (read) => {
        selected = { ...read, data, sizeInBytes: data.length, offset: chunk.offset };
      },
      truncated: () => undefined,
      inBandError: () => undefined,
      malformed: () => undefined,
      tooLarge: () => undefined,
    },
    { chunkData: false, closingTags: false, maxChunkBytes: data.length + 1, slicesStay: true },
  );
  reader.write(data);
  reader.end();
  return selected;
}

/** What stays of a chunk, in order. A Cluster that says its size becomes one of unknown size, since it shrinks. */
function* partsOf(bytes: Buffer, wanted: ReadonlySet<number>): Generator<Buffer> {
  const header = new ElementHeader();
  let kept = 0;
  for (let at = 0; at < bytes.length && header.read(bytes, at, bytes.length) === READ;) {
    const { id, size } = header;
    const start = at + header.length;
    if (id === SEGMENT) {
      at = start;
    } else if (id === CLUSTER) {
      yield bytes.subarray(kept, at + ID_BYTES);
      yield unknownSize(start - at - ID_BYTES);
      at = kept = start;
    } else if (size === UNKNOWN_SIZE) {
      break;
    } else {
      const end = Math.min(bytes.length, start + size);
      if (id === TRACKS) {
        yield bytes.subarray(kept, at + ID_BYTES);
        yield* entriesOf({ bytes, at: start, end }, wanted);
        kept = end;
      } else if (!isWantedBlock(id, { bytes, at: start, end }, wanted)) {
        yield bytes.subarray(kept, at);
        kept = end;
      }
      at = end;
    }
  }
  yield bytes.subarray(kept);
}

/** Length of the element ids of Segment, Cluster and Tracks, bytes. */
const ID_BYTES = 4;

function unknownSize(length: number): Buffer {
  const size = Buffer.alloc(length, 0xff);
  size[0] = 0xff >> (length - 1);
  return size;
}

/** Size and content of a Tracks element of the wanted tracks alone. */
function* entriesOf(tracks: Content, wanted: ReadonlySet<number>): Generator<Buffer> {
  const entries = [...childrenOf(tracks)]
    .filter(({ id, content }) => id !== TRACK_ENTRY || wanted.has(numberOf(content)))
    .map(({ whole }) => whole);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(entries.reduce((sum, { length }) => sum + length, 0)) | (1n << 56n));
  yield size;
  yield* entries;
}

function numberOf(entry: Content): number {
  for (const { id, content } of childrenOf(entry)) {
    if (id === TRACK_NUMBER) {
      return content.bytes.subarray(content.at, content.end).reduce((value, byte) => value * 256 + byte, 0);
    }
  }
  return 0;
}

/** True for what is no block too. */
function isWantedBlock(id: number, content: Content, wanted: ReadonlySet<number>): boolean {
  if (id === BLOCK_GROUP) {
    return [...childrenOf(content)].every((child) => isWantedBlock(child.id, child.content, wanted));
  }
  if (id !== SIMPLE_BLOCK && id !== BLOCK) {
    return true;
  }
  const track = new Vint();
  return track.read(content.bytes, content.at, content.end) !== READ || wanted.has(track.value);
}

function* childrenOf({
  bytes,
  at,
  end,
}: Content): Generator<{ id: number; whole: Buffer; content: Content }> {
  const header = new ElementHeader();
  while (at < end && header.read(bytes, at, end) === READ && header.size !== UNKNOWN_SIZE) {
    const start = at + header.length;
    const next = Math.min(end, start + header.size);
    yield { id: header.id, whole: bytes.subarray(at, next), content: { bytes, at: start, end: next } };
    at = next;
  }
}
