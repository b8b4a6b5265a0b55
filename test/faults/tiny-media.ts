import {
  DISCARDABLE,
  EBML_HEADER,
  ID,
  KEYFRAME,
  element,
  elementOfUnknownSize,
  simpleBlock,
  trackEntry,
  uint,
} from '../../testing/matroska-writer';

/** Most frames are small; now and then one is larger than a socket hands over at once. */
const LARGEST_FRAME = 1_500;
const LARGE_FRAME = 90_000;

/**
 * A Matroska file of `pieces` fragments (about `pieceMs` each, none like another) with a video and an audio track,
 * so small that thousands of chunks are cheap.
 */
export function tinyMedia(random: () => number, pieces = 20, pieceMs = 1_000): Buffer {
  const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => between(0, 255)));
  const clusters: Buffer[] = [];
  let start = 0;
  for (let piece = 0; piece < pieces; piece++) {
    const frames = between(1, 6);
    const durationMs = between(pieceMs / 2, (pieceMs * 3) / 2);
    const blocks = Array.from({ length: frames }, (_, frame) => {
      const time = Math.floor((frame * durationMs) / frames);
      const length = piece % 10 === 7 && frame === 0 ? LARGE_FRAME : between(1, LARGEST_FRAME);
      return Buffer.concat([
        simpleBlock(1, time, frame === 0 ? KEYFRAME : between(0, DISCARDABLE), noise(length)),
        ...(between(0, 1) === 1 ? [simpleBlock(2, time + 1, KEYFRAME, noise(between(1, 300)))] : []),
      ]);
    });
    clusters.push(element(ID.Cluster, uint(ID.Timestamp, start), ...blocks));
    start += durationMs;
  }
  return Buffer.concat([
    EBML_HEADER,
    elementOfUnknownSize(
      ID.Segment,
      8,
      element(ID.Info, uint(ID.TimestampScale, 1_000_000)),
      element(
        ID.Tracks,
        trackEntry(1, uint(ID.TrackType, 1), element(ID.CodecID, 'V_TEST')),
        trackEntry(2, uint(ID.TrackType, 2), element(ID.CodecID, 'A_TEST')),
      ),
      ...clusters,
    ),
  ]);
}

/** The frames in the blocks of a cluster, cut out by hand. */
export function framesOf(blocks: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < blocks.length;) {
    if (blocks[at] !== ID.SimpleBlock) {
      throw new Error('The media of this test are simple blocks only.');
    }
    const width = Math.clz32(blocks[at + 1] ?? 0) - 23;
    const size = Number(
      BigInt(`0x${blocks.toString('hex', at + 1, at + 1 + width)}`) & ((1n << BigInt(7 * width)) - 1n),
    );
    const content = at + 1 + width;
    // Track number, time and flags take four bytes.
    frames.push(blocks.subarray(content + 4, content + size));
    at = content + size;
  }
  return frames;
}
