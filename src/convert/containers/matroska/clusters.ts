/** The clusters of a Matroska file, written into one Buffer: the only copy of the media. */
import { ID } from '../../input/element-ids';
import { type Sample, writeSample } from '../../samples/sample';
import type { GroupExtras } from './block-groups';
import { idBytes, int, uint, vintBytes, writeVint } from './ebml-writer';

export interface TimedSample {
  /** Track number. */
  readonly id: number;
  readonly sample: Sample;
  readonly timeMs: number;
  /** What makes it a BlockGroup rather than a SimpleBlock. */
  readonly group: GroupExtras | undefined;
}

/** A sample with what follows it in its BlockGroup; undefined for a SimpleBlock. */
interface Block extends TimedSample {
  readonly extras?: Buffer;
}

interface Cluster {
  readonly head: Buffer;
  readonly timeMs: number;
  readonly blocks: readonly Block[];
}

/** A block's time within its cluster is a signed number of 16 bits. */
const MAX_BLOCK_MS = 0x7fff;
const CLUSTER_SIZE_BYTES = 4;
const BLOCK_ID_BYTES = 1;
/** Time within the cluster, and flags. */
const BLOCK_TAIL_BYTES = 3;
const KEYFRAME = 0x80;
const DISCARDABLE = 0x01;

/** @param front what stands before the first cluster */
export function writeClusters(front: Buffer, samples: readonly TimedSample[]): Buffer {
  const cut: Cluster[] = cutClusters(toBlocks(samples)).map((blocks) => {
    // B-frames in front of the first block are earlier than it, which a negative time says.
    const timeMs = blocks[0]?.timeMs ?? 0;
    const time = uint(ID.Timestamp, timeMs);
    const size = blocks.reduce((sum, block) => sum + blockBytes(block), time.length);
    const sizeBytes = Buffer.alloc(size < 2 ** 28 - 1 ? CLUSTER_SIZE_BYTES : 6);
    writeVint(sizeBytes, 0, size, sizeBytes.length);
    return { head: Buffer.concat([idBytes(ID.Cluster), sizeBytes, time]), timeMs, blocks };
  });
  const total = cut.reduce(
    (sum, { head, blocks }) => blocks.reduce((bytes, block) => bytes + blockBytes(block), sum + head.length),
    front.length,
  );
  const bytes = Buffer.allocUnsafeSlow(total);
  let at = front.copy(bytes);
  for (const cluster of cut) {
    at += cluster.head.copy(bytes, at);
    for (const block of cluster.blocks) {
      at = writeBlock(block, cluster.timeMs, bytes, at);
    }
  }
  return bytes;
}

/** A BlockGroup without ReferenceBlock is a key frame: one that is none refers to the frame before, if to no other. */
function toBlocks(samples: readonly TimedSample[]): readonly Block[] {
  if (samples.every(({ group }) => group === undefined)) {
    return samples;
  }
  const lastTimes = new Map<number, number>();
  return samples.map((timed): Block => {
    const { id, sample, timeMs, group } = timed;
    const previousMs = (lastTimes.get(id) ?? timeMs) - timeMs;
    lastTimes.set(id, timeMs);
    if (group === undefined) {
      return timed;
    }
    const { durationMs, referenceMs = previousMs, elements } = group;
    const extras = Buffer.concat([
      ...(durationMs === undefined ? [] : [uint(ID.BlockDuration, Math.round(durationMs))]),
      ...(sample.keyframe ? [] : [int(ID.ReferenceBlock, Math.round(referenceMs))]),
      ...elements,
    ]);
    return { ...timed, extras };
  });
}

function cutClusters(blocks: readonly Block[]): Block[][] {
  const cut: Block[][] = [];
  let open: Block[] = [];
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

/** SimpleBlock or Block, header included. */
function plainBytes(block: Block): number {
  const content = contentBytes(block);
  return BLOCK_ID_BYTES + vintBytes(content) + content;
}

function groupBytes(block: Block, extras: Buffer): number {
  return plainBytes(block) + extras.length;
}

function blockBytes(block: Block): number {
  const { extras } = block;
  if (extras === undefined) {
    return plainBytes(block);
  }
  const content = groupBytes(block, extras);
  return BLOCK_ID_BYTES + vintBytes(content) + content;
}

function writeBlock(block: Block, clusterMs: number, target: Buffer, from: number): number {
  const { extras } = block;
  if (extras === undefined) {
    const { keyframe, discardable } = block.sample;
    const flags = (keyframe ? KEYFRAME : 0) | (discardable ? DISCARDABLE : 0);
    return writePlain(ID.SimpleBlock, flags, block, clusterMs, target, from);
  }
  let at = target.writeUInt8(ID.BlockGroup, from);
  at = writeVint(target, at, groupBytes(block, extras));
  at = writePlain(ID.Block, 0, block, clusterMs, target, at);
  return at + extras.copy(target, at);
}

function writePlain(
  elementId: number,
  flags: number,
  block: Block,
  clusterMs: number,
  target: Buffer,
  from: number,
): number {
  const { id, sample, timeMs } = block;
  let at = target.writeUInt8(elementId, from);
  at = writeVint(target, at, contentBytes(block));
  at = writeVint(target, at, id);
  at = target.writeInt16BE(timeMs - clusterMs, at);
  at = target.writeUInt8(flags, at);
  return writeSample(sample, target, at);
}
