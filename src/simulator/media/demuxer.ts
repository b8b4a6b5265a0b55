/**
 * Reads a whole Matroska or WebM file into its header and its blocks. Laced blocks are passed through as they
 * are. Times come out in ms, whatever the file's timecode scale.
 */
import type { Element } from './ebml-reader';
import { ID, children, content, elements, textOf, unsignedOf, vintLength, vintValue } from './ebml-reader';
import { element, idBytes, unsigned } from './ebml-writer';

/** The file is not what it should be; the message says how, for a person. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
}

export interface SourceTrack {
  readonly number: number;
  readonly type: 'video' | 'audio' | 'other';
  readonly codecId: string;
  readonly codecPrivate?: Buffer;
  /** Its frames are compressed or encrypted (ContentEncodings). */
  readonly encoded: boolean;
}

export interface SourceBlock {
  readonly track: number;
  readonly timeMs: number;
  /** The file's own flag; see key-frames.ts. */
  readonly keyframe: boolean;
  /** The block's content after its head. */
  readonly frame: Buffer;
  readonly laced: boolean;
  readonly durationMs?: number;
  /** The block with its time within a cluster still to be written. */
  at(relativeMs: number): BlockForm;
}

export interface BlockForm {
  readonly id: number;
  readonly content: Buffer;
}

export interface SourceMedia {
  /** The EBML element, byte for byte. */
  readonly ebml: Buffer;
  /** Info, with a timecode scale of 1 ms. */
  readonly info: Buffer;
  /**
   * Info's and Tracks' elements and the like between the Segment's head and the first Cluster, in the file's order; Info
   * and Tracks also where the file has them behind its Clusters.
   */
  readonly beforeClusters: readonly { readonly id: number; readonly bytes: Buffer }[];
  readonly tracks: readonly SourceTrack[];
  readonly blocks: readonly SourceBlock[];
}

/** @throws {MediaError} where the bytes are not Matroska, or hold no track or no block */
export function demux(bytes: Buffer): SourceMedia {
  const [ebml, segment] = [...elements(bytes, 0, bytes.length)].filter(({ id }) => id !== ID.Void);
  if (ebml?.id !== ID.EBML) {
    throw new MediaError('it does not begin with an EBML header, so it is neither Matroska nor WebM');
  }
  if (segment?.id !== ID.Segment) {
    throw new MediaError('its EBML header is not followed by a Segment');
  }
  const level1 = [...children(bytes, segment)];
  const info = level1.find(({ id }) => id === ID.Info);
  const tracks = level1.find(({ id }) => id === ID.Tracks);
  const firstCluster = level1.findIndex(({ id }) => id === ID.Cluster);
  if (tracks === undefined) {
    throw new MediaError('it has no Tracks element');
  }
  if (firstCluster < 0) {
    throw new MediaError('it has no Cluster, so there is no media in it');
  }
  const scale = info === undefined ? DEFAULT_SCALE : timecodeScale(bytes, info);
  const msPerTick = scale / 1e6;
  const blocks = level1
    .filter(({ id, end }) => id === ID.Cluster && end <= bytes.length)
    .flatMap((cluster) => [...clusterBlocks(bytes, cluster, msPerTick)]);
  if (blocks.length === 0) {
    throw new MediaError('none of its Clusters is whole and has a block');
  }
  const newInfo = infoInMs(bytes, info, scale);
  return {
    ebml: bytes.subarray(ebml.start, ebml.end),
    info: newInfo,
    beforeClusters: level1
      .filter((item, index) => (index < firstCluster ? KEPT.has(item.id) : item === info || item === tracks))
      .map((item) => ({
        id: item.id,
        bytes: item.id === ID.Info ? newInfo : bytes.subarray(item.start, item.end),
      })),
    tracks: readTracks(bytes, tracks),
    blocks,
  };
}

/** ns per tick, where Info does not say. */
const DEFAULT_SCALE = 1_000_000;

/** What a producer's header keeps of the file: the service replays these with every chunk, stale or not. */
const KEPT: ReadonlySet<number> = new Set([ID.SeekHead, ID.Void, ID.Info, ID.Tracks, ID.Tags]);

function timecodeScale(bytes: Buffer, info: Element): number {
  for (const item of children(bytes, info)) {
    if (item.id === ID.TimecodeScale) {
      return unsignedOf(bytes, item) || DEFAULT_SCALE;
    }
  }
  return DEFAULT_SCALE;
}

/** Info with a scale of 1 ms; where that changes, without the Duration, which counts ticks. */
export function infoInMs(bytes: Buffer, info: Element | undefined, scale: number): Buffer {
  if (info === undefined) {
    return element(ID.Info, unsigned(ID.TimecodeScale, DEFAULT_SCALE));
  }
  if (scale === DEFAULT_SCALE) {
    return bytes.subarray(info.start, info.end);
  }
  const kept = [...children(bytes, info)]
    .filter(({ id }) => id !== ID.TimecodeScale && id !== ID.Duration)
    .map((item) => bytes.subarray(item.start, item.end));
  return element(ID.Info, Buffer.concat([unsigned(ID.TimecodeScale, DEFAULT_SCALE), ...kept]));
}

export function readTracks(bytes: Buffer, tracks: Element): SourceTrack[] {
  return [...children(bytes, tracks)]
    .filter(({ id }) => id === ID.TrackEntry)
    .map((entry) => {
      const fields = new Map([...children(bytes, entry)].map((field) => [field.id, field]));
      const number = fields.get(ID.TrackNumber);
      const type = fields.get(ID.TrackType);
      const codecId = fields.get(ID.CodecID);
      const codecPrivate = fields.get(ID.CodecPrivate);
      const kind = type === undefined ? 0 : unsignedOf(bytes, type);
      return {
        number: number === undefined ? 0 : unsignedOf(bytes, number),
        type: kind === 1 ? 'video' : kind === 2 ? 'audio' : 'other',
        codecId: codecId === undefined ? '' : textOf(bytes, codecId),
        ...(codecPrivate === undefined ? {} : { codecPrivate: content(bytes, codecPrivate) }),
        encoded: fields.has(ID.ContentEncodings),
      };
    });
}

function* clusterBlocks(bytes: Buffer, cluster: Element, msPerTick: number): Generator<SourceBlock> {
  let clusterTicks = 0;
  for (const item of children(bytes, cluster)) {
    if (item.id === ID.Timecode) {
      clusterTicks = unsignedOf(bytes, item);
    } else if (item.id === ID.SimpleBlock) {
      const head = blockHead(bytes, item);
      if (head !== undefined) {
        yield {
          track: head.track,
          timeMs: (clusterTicks + head.ticks) * msPerTick,
          keyframe: (head.flags & 0x80) !== 0,
          ...frameOf(bytes, item, head),
          at: (relativeMs) => ({
            id: ID.SimpleBlock,
            content: withTime(content(bytes, item), head.timeAt - item.data, relativeMs),
          }),
        };
      }
    } else if (item.id === ID.BlockGroup) {
      yield* groupBlock(bytes, item, clusterTicks, msPerTick);
    }
  }
}

function* groupBlock(
  bytes: Buffer,
  group: Element,
  clusterTicks: number,
  msPerTick: number,
): Generator<SourceBlock> {
  const parts = [...children(bytes, group)];
  const block = parts.find(({ id }) => id === ID.Block);
  const head = block === undefined ? undefined : blockHead(bytes, block);
  if (block === undefined || head === undefined) {
    return;
  }
  const duration = parts.find(({ id }) => id === ID.BlockDuration);
  yield {
    track: head.track,
    timeMs: (clusterTicks + head.ticks) * msPerTick,
    keyframe: !parts.some(({ id }) => id === ID.ReferenceBlock),
    ...frameOf(bytes, block, head),
    ...(duration === undefined ? {} : { durationMs: unsignedOf(bytes, duration) * msPerTick }),
    at: (relativeMs) => ({
      id: ID.BlockGroup,
      content: Buffer.concat(
        parts.map((part) => {
          if (part === block) {
            return element(ID.Block, withTime(content(bytes, block), head.timeAt - block.data, relativeMs));
          }
          return inMs(bytes, part, msPerTick);
        }),
      ),
    }),
  };
}

/** A BlockGroup's other children; the two that count ticks are counted anew where a tick was not a millisecond. */
export function inMs(bytes: Buffer, part: Element, msPerTick: number): Buffer {
  if (msPerTick !== 1 && part.id === ID.BlockDuration) {
    return unsigned(ID.BlockDuration, Math.round(unsignedOf(bytes, part) * msPerTick));
  }
  if (msPerTick !== 1 && part.id === ID.ReferenceBlock) {
    const raw = content(bytes, part);
    const ticks = raw.length === 0 || raw.length > 6 ? 0 : raw.readIntBE(0, raw.length);
    const value = Buffer.alloc(4);
    value.writeInt32BE(Math.round(ticks * msPerTick));
    return Buffer.concat([idBytes(ID.ReferenceBlock), Buffer.of(0x84), value]);
  }
  return bytes.subarray(part.start, part.end);
}

interface BlockHead {
  readonly track: number;
  readonly ticks: number;
  readonly timeAt: number;
  readonly flags: number;
}

function blockHead(bytes: Buffer, block: Element): BlockHead | undefined {
  const length = vintLength(bytes[block.data], 8);
  if (length === undefined || block.data + length + 3 > block.end || block.end > bytes.length) {
    return undefined;
  }
  const timeAt = block.data + length;
  return {
    track: vintValue(bytes, block.data, length) ?? 0,
    ticks: bytes.readInt16BE(timeAt),
    timeAt,
    flags: bytes.readUInt8(timeAt + 2),
  };
}

function frameOf(
  bytes: Buffer,
  block: Element,
  { timeAt, flags }: BlockHead,
): Pick<SourceBlock, 'frame' | 'laced'> {
  return { frame: bytes.subarray(timeAt + 3, block.end), laced: (flags & LACING) !== 0 };
}

/** The two bits of a block's flags that say how it is laced. */
export const LACING = 0x06;

function withTime(block: Buffer, timeAt: number, relativeMs: number): Buffer {
  const copy = Buffer.from(block);
  copy.writeInt16BE(relativeMs, timeAt);
  return copy;
}
