import { ID, UNKNOWN_SIZE, element, idBytes, text, uint, vintBytes, writeVint } from './ebml-writer';
import { FileConverter, type Container, type Piece, type PlacedTrack } from './file-converter';
import type { FileTrack } from './file-tracks';
import { trackFields } from './mkv-tracks';
import { writeSample, type Sample } from './sample';
import type { MediaFormat, TrackFilter } from './types';

/** How a track is described in the file, and named to a player. */
interface MkvTrack {
  readonly fields: readonly Buffer[];
  readonly isVideo: boolean;
  readonly codec: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
}

/** A block's time within its cluster is a signed number of 16 bits. */
const MAX_BLOCK_MS = 0x7fff;
const CLUSTER_SIZE_BYTES = 4;
const BLOCK_ID_BYTES = 1;
/** Time within the cluster, and flags. */
const BLOCK_TAIL_BYTES = 3;
const KEYFRAME = 0x80;
const DISCARDABLE = 0x01;
const APP = 'kvs-convert';

/** Makes one continuous Matroska segment of unknown size: EBML header to Tracks, then one or more clusters for each chunk. */
export class MkvConverter extends FileConverter<MkvTrack> {
  constructor(tracks: TrackFilter = []) {
    super(new Mkv(), tracks);
  }
}

class Mkv implements Container<MkvTrack> {
  readonly name = 'a Matroska file';
  readonly hasDecodeTimes = false;

  layout(file: FileTrack): MkvTrack | undefined {
    const { track, media, isVideo } = file;
    if (track.codecId === '' || track.contentEncodings !== undefined) {
      return undefined;
    }
    const size = media.name === 'video' ? media.configuration : track;
    const codec = media.name === 'video' || media.name === 'aac' ? media.configuration.codec : track.codecId;
    return { fields: trackFields(file), isVideo, codec, width: size.width, height: size.height };
  }

  init(layouts: readonly MkvTrack[]): Buffer {
    return Buffer.concat([
      element(
        ID.EBML,
        uint(ID.EBMLVersion, 1),
        uint(ID.EBMLReadVersion, 1),
        uint(ID.EBMLMaxIDLength, 4),
        uint(ID.EBMLMaxSizeLength, 8),
        text(ID.DocType, 'matroska'),
        uint(ID.DocTypeVersion, 4),
        uint(ID.DocTypeReadVersion, 2),
      ),
      idBytes(ID.Segment),
      UNKNOWN_SIZE,
      element(ID.Info, uint(ID.TimestampScale, 1_000_000), text(ID.MuxingApp, APP), text(ID.WritingApp, APP)),
      element(
        ID.Tracks,
        ...layouts.map(({ fields }, i) =>
          element(ID.TrackEntry, uint(ID.TrackNumber, i + 1), uint(ID.TrackUID, i + 1), ...fields),
        ),
      ),
    ]);
  }

  format(layouts: readonly MkvTrack[]): MediaFormat {
    const video = layouts.find(({ isVideo }) => isVideo);
    const codecs = layouts.map(({ codec }) => codec);
    return {
      mimeType: `${video === undefined ? 'audio' : 'video'}/x-matroska; codecs="${codecs.join(', ')}"`,
      codecs,
      ...(video?.width === undefined || video.height === undefined
        ? {}
        : { width: video.width, height: video.height }),
    };
  }

  begin(): void {
    // A cluster says all of itself: nothing is kept.
  }

  piece(tracks: readonly PlacedTrack<MkvTrack>[], offset: number): Piece {
    let endMs = 0;
    const blocks = tracks.flatMap(({ id, samples, lastMs }) =>
      samples.map((sample): TimedSample => {
        const timeMs = Math.max(0, Math.round(sample.timeMs + offset));
        endMs = Math.max(endMs, timeMs + lastMs);
        return { id, sample, timeMs };
      }),
    );
    blocks.sort((a, b) => a.sample.index - b.sample.index);
    const startMs = blocks.reduce((first, { timeMs }) => Math.min(first, timeMs), Infinity);
    return { data: clusters(blocks), startMs, endMs };
  }
}

interface TimedSample {
  /** Track number. */
  readonly id: number;
  readonly sample: Sample;
  readonly timeMs: number;
}

interface Cluster {
  readonly head: Buffer;
  readonly timeMs: number;
  readonly blocks: readonly TimedSample[];
}

function clusters(blocks: readonly TimedSample[]): Buffer {
  const cut: Cluster[] = cutClusters(blocks).map((inOne) => {
    // B-frames in front of the first block are earlier than it, which a negative time says.
    const timeMs = inOne[0]?.timeMs ?? 0;
    const time = uint(ID.Timestamp, timeMs);
    const size = inOne.reduce((sum, block) => sum + blockBytes(block), time.length);
    const sizeBytes = Buffer.alloc(size < 2 ** 28 - 1 ? CLUSTER_SIZE_BYTES : 6);
    writeVint(sizeBytes, 0, size, sizeBytes.length);
    return { head: Buffer.concat([idBytes(ID.Cluster), sizeBytes, time]), timeMs, blocks: inOne };
  });
  const total = cut.reduce(
    (sum, { head, blocks: inOne }) =>
      inOne.reduce((bytes, block) => bytes + blockBytes(block), sum + head.length),
    0,
  );
  const bytes = Buffer.allocUnsafeSlow(total);
  let at = 0;
  for (const cluster of cut) {
    at += cluster.head.copy(bytes, at);
    for (const block of cluster.blocks) {
      at = writeBlock(block, cluster.timeMs, bytes, at);
    }
  }
  return bytes;
}

function cutClusters(blocks: readonly TimedSample[]): TimedSample[][] {
  const cut: TimedSample[][] = [];
  let open: TimedSample[] = [];
  for (const block of blocks) {
    const first = open[0];
    if (first === undefined || Math.abs(block.timeMs - first.timeMs) > MAX_BLOCK_MS) {
      open = [];
      cut.push(open);
    }
    open.push(block);
  }
  return cut;
}

function contentBytes({ id, sample }: TimedSample): number {
  return vintBytes(id) + BLOCK_TAIL_BYTES + sample.size;
}

function blockBytes(block: TimedSample): number {
  const content = contentBytes(block);
  return BLOCK_ID_BYTES + vintBytes(content) + content;
}

function writeBlock(block: TimedSample, clusterMs: number, target: Buffer, from: number): number {
  const { id, sample, timeMs } = block;
  let at = target.writeUInt8(ID.SimpleBlock, from);
  at = writeVint(target, at, contentBytes(block));
  at = writeVint(target, at, id);
  at = target.writeInt16BE(timeMs - clusterMs, at);
  at = target.writeUInt8((sample.keyframe ? KEYFRAME : 0) | (sample.discardable ? DISCARDABLE : 0), at);
  return writeSample(sample, target, at);
}
