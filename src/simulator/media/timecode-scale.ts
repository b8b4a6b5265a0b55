/** Reads a Segment's timecode scale, and rewrites what counts in its ticks to ticks of 1 ms. */
import { childOf, children, content, unsignedOf, type Element } from './ebml-reader';
import { element, idBytes, unsigned } from './ebml-writer';
import { ID } from './element-ids';

/** 1 ms, in ns: the scale of a Segment whose Info does not name one. */
export const DEFAULT_TIMECODE_SCALE = 1_000_000;

/** ns per tick as Info has it; undefined if it does not say. */
export function timecodeScaleOf(bytes: Buffer, info: Element): number | undefined {
  const scale = childOf(bytes, info, ID.TimecodeScale);
  return scale === undefined ? undefined : unsignedOf(bytes, scale);
}

/** Info with a scale of 1 ms. If that changes the scale, the Duration is left out, since it counts ticks. */
export function infoInMs(bytes: Buffer, info: Element | undefined, scale: number): Buffer {
  if (info === undefined) {
    return element(ID.Info, unsigned(ID.TimecodeScale, DEFAULT_TIMECODE_SCALE));
  }
  if (scale === DEFAULT_TIMECODE_SCALE) {
    return bytes.subarray(info.start, info.end);
  }
  const kept = [...children(bytes, info)]
    .filter(({ id }) => id !== ID.TimecodeScale && id !== ID.Duration)
    .map((item) => bytes.subarray(item.start, item.end));
  return element(ID.Info, Buffer.concat([unsigned(ID.TimecodeScale, DEFAULT_TIMECODE_SCALE), ...kept]));
}

/** A child of a BlockGroup; the two that count ticks are recalculated if a tick was not a millisecond. */
export function groupChildInMs(bytes: Buffer, part: Element, msPerTick: number): Buffer {
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
