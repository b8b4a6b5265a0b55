/** The clusters of a Matroska file, written into one Buffer: the only copy of the media. */
import { ID } from '../../input/element-ids';
import { type Sample, writeLargeSample, writeSample } from '../../samples/sample';
import { isLarge, type StepBudget, type Steps } from '../../steps';
import { type GroupTail, writeGroupTail } from './block-groups';
import { idBytes, SMALL_HEADER_BYTES, uintBytes, vintBytes, writeUint, writeVint } from './ebml-writer';

/** A sample as a block of the file. */
export interface Block {
  /** Track number. */
  readonly id: number;
  readonly sample: Sample;
  readonly timeMs: number;
  /** What follows it in its BlockGroup; undefined for a SimpleBlock. */
  tail: GroupTail | undefined;
}

interface Cluster {
  readonly timeMs: number;
  /** Position of its first block. */
  readonly from: number;
  /** Of its content. */
  bytes: number;
}

/** A block's time within its cluster is a signed number of 16 bits. */
const MAX_BLOCK_MS = 0x7fff;
const CLUSTER_ID = idBytes(ID.Cluster);
const BLOCK_ID_BYTES = 1;
/** Time within the cluster, and flags. */
const BLOCK_TAIL_BYTES = 3;
const KEYFRAME = 0x80;
const DISCARDABLE = 0x01;

/** @param front what stands before the first cluster */
export function* writeClusters(front: Buffer, blocks: readonly Block[], budget: StepBudget): Steps<Buffer> {
  const clusters = cutClusters(blocks);
  if (budget.spend(blocks.length)) {
    yield;
  }
  const total = clusters.reduce((sum, { bytes }) => sum + headBytes(bytes) + bytes, front.length);
  const target = Buffer.allocUnsafeSlow(total);
  let at = front.copy(target);
  for (const [i, { timeMs, from, bytes }] of clusters.entries()) {
    const to = clusters[i + 1]?.from ?? blocks.length;
    at += CLUSTER_ID.copy(target, at);
    at = writeVint(target, at, bytes, sizeBytes(bytes));
    at = writeUint(target, at, ID.Timestamp, timeMs);
    for (let next = from; next < to; next++) {
      const block = blocks[next];
      if (block !== undefined) {
        at = writeBlockHead(block, timeMs, target, at);
        if (isLarge(block.sample.size)) {
          at = yield* writeLargeSample(block.sample, target, at, budget);
        } else {
          at = writeSample(block.sample, target, at);
          if (budget.spendBytes(block.sample.size)) {
            yield;
          }
        }
        if (block.tail !== undefined) {
          at = yield* writeGroupTail(block.tail, target, at, budget);
        }
      }
    }
  }
  return target;
}

/** B-frames in front of a cluster's first block are earlier than it, which a negative time says. */
function cutClusters(blocks: readonly Block[]): Cluster[] {
  const clusters: Cluster[] = [];
  let open: Cluster | undefined;
  for (const [i, block] of blocks.entries()) {
    const { timeMs } = block;
    if (open === undefined || Math.abs(timeMs - open.timeMs) > MAX_BLOCK_MS) {
      open = { timeMs, from: i, bytes: SMALL_HEADER_BYTES + uintBytes(timeMs) };
      clusters.push(open);
    }
    open.bytes += blockBytes(block);
  }
  return clusters;
}

function headBytes(contentBytes: number): number {
  return CLUSTER_ID.length + sizeBytes(contentBytes);
}

/** Gives how many bytes the size field of a Cluster takes. */
function sizeBytes(contentBytes: number): number {
  return contentBytes < 2 ** 28 - 1 ? 4 : 6;
}

function contentBytes({ id, sample }: Block): number {
  return vintBytes(id) + BLOCK_TAIL_BYTES + sample.size;
}

/** SimpleBlock or Block, header included. */
function plainBytes(block: Block): number {
  const content = contentBytes(block);
  return BLOCK_ID_BYTES + vintBytes(content) + content;
}

function blockBytes(block: Block): number {
  const plain = plainBytes(block);
  if (block.tail === undefined) {
    return plain;
  }
  const content = plain + block.tail.bytes;
  return BLOCK_ID_BYTES + vintBytes(content) + content;
}

/** All that comes before the sample. */
function writeBlockHead(block: Block, clusterMs: number, target: Buffer, from: number): number {
  const { tail } = block;
  if (tail === undefined) {
    const { keyframe, discardable } = block.sample;
    const flags = (keyframe ? KEYFRAME : 0) | (discardable ? DISCARDABLE : 0);
    return writePlainHead(ID.SimpleBlock, flags, block, clusterMs, target, from);
  }
  const at = target.writeUInt8(ID.BlockGroup, from);
  const head = writeVint(target, at, plainBytes(block) + tail.bytes);
  return writePlainHead(ID.Block, 0, block, clusterMs, target, head);
}

function writePlainHead(
  elementId: number,
  flags: number,
  block: Block,
  clusterMs: number,
  target: Buffer,
  from: number,
): number {
  const { id, timeMs } = block;
  let at = target.writeUInt8(elementId, from);
  at = writeVint(target, at, contentBytes(block));
  at = writeVint(target, at, id);
  at = target.writeInt16BE(timeMs - clusterMs, at);
  return target.writeUInt8(flags, at);
}
