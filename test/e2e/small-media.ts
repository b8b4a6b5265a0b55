import {
  EBML_HEADER,
  ID,
  KEYFRAME,
  UNKNOWN_SEGMENT,
  VIDEO_TRACK,
  element,
  simpleBlock,
  uint,
} from '../../testing/matroska-writer';

/** A Matroska file of one key frame, which a simulated stream takes in as one fragment. */
export function oneFragment(frame: Buffer): Buffer {
  return Buffer.concat([
    EBML_HEADER,
    UNKNOWN_SEGMENT,
    element(ID.Info, uint(ID.TimestampScale, 1_000_000)),
    element(ID.Tracks, VIDEO_TRACK),
    element(ID.Cluster, uint(ID.Timestamp, 0), simpleBlock(1, 0, KEYFRAME, frame)),
  ]);
}
