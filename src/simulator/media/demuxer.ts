/**
 * Reads a whole Matroska or WebM file into its header and its blocks. Laced blocks are passed through as they
 * are. Times come out in ms, whatever the file's timecode scale.
 */
import { blockHeadAt, type BlockHead } from './block';
import { children, content, elements, unsignedOf, type Element } from './ebml-reader';
import { element } from './ebml-writer';
import { HEADER_CHILDREN, ID } from './element-ids';
import { MediaError } from './media-error';
import { DEFAULT_TIMECODE_SCALE, groupChildInMs, infoInMs, timecodeScaleOf } from './timecode-scale';
import { readTracks, type SourceTrack } from './tracks';

export interface SourceBlock {
  readonly track: number;
  readonly timeMs: number;
  /** The file's own flag; see frame-kind.ts. */
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
   * and Tracks also if the file has them after its Clusters.
   */
  readonly beforeClusters: readonly { readonly id: number; readonly bytes: Buffer }[];
  readonly tracks: readonly SourceTrack[];
  readonly blocks: readonly SourceBlock[];
}

/** @throws {MediaError} if the bytes are not Matroska, or hold no track or no block */
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
  const declared = info && timecodeScaleOf(bytes, info);
  const scale = declared === undefined || declared === 0 ? DEFAULT_TIMECODE_SCALE : declared;
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
      .filter((item, index) =>
        index < firstCluster ? HEADER_CHILDREN.has(item.id) : item === info || item === tracks,
      )
      .map((item) => ({
        id: item.id,
        bytes: item.id === ID.Info ? newInfo : bytes.subarray(item.start, item.end),
      })),
    tracks: readTracks(bytes, tracks),
    blocks,
  };
}

function* clusterBlocks(bytes: Buffer, cluster: Element, msPerTick: number): Generator<SourceBlock> {
  let clusterTicks = 0;
  for (const item of children(bytes, cluster)) {
    if (item.id === ID.Timecode) {
      clusterTicks = unsignedOf(bytes, item);
    } else if (item.id === ID.SimpleBlock) {
      const head = blockHeadAt(bytes, item.data, item.end);
      if (head !== undefined) {
        yield {
          track: head.track,
          timeMs: (clusterTicks + head.ticks) * msPerTick,
          keyframe: head.keyframe,
          ...frameOf(bytes, item, head),
          at: (relativeMs) => ({
            id: ID.SimpleBlock,
            content: withTime(content(bytes, item), head.ticksAt - item.data, relativeMs),
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
  const head = block === undefined ? undefined : blockHeadAt(bytes, block.data, block.end);
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
            return element(ID.Block, withTime(content(bytes, block), head.ticksAt - block.data, relativeMs));
          }
          return groupChildInMs(bytes, part, msPerTick);
        }),
      ),
    }),
  };
}

function frameOf(
  bytes: Buffer,
  block: Element,
  { frameAt, laced }: BlockHead,
): Pick<SourceBlock, 'frame' | 'laced'> {
  return { frame: bytes.subarray(frameAt, block.end), laced };
}

function withTime(block: Buffer, ticksAt: number, relativeMs: number): Buffer {
  const copy = Buffer.from(block);
  copy.writeInt16BE(relativeMs, ticksAt);
  return copy;
}
