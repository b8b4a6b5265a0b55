/** A file's header says how long the whole file is; what is repeated in a chunk has to say how long the chunk is. */
import { childOf, elements } from './ebml-reader';
import { ID } from './element-ids';

/** Place of the Duration in a header: a float of four or eight bytes. */
export interface DurationPlace {
  readonly at: number;
  readonly width: 4 | 8;
}

/** @param header EBML element, Segment head and what comes before the first Cluster, at a scale of 1 ms */
export function findDuration(header: Buffer): DurationPlace | undefined {
  const segment = [...elements(header, 0, header.length)].find(({ id }) => id === ID.Segment);
  const info = segment && childOf(header, segment, ID.Info);
  const duration = info && childOf(header, info, ID.Duration);
  const width = duration === undefined ? 0 : duration.end - duration.data;
  return duration !== undefined && (width === 4 || width === 8) ? { at: duration.data, width } : undefined;
}

/** The header of a chunk of `ms`. */
export function withDuration(header: Buffer, place: DurationPlace | undefined, ms: number): Buffer {
  if (place === undefined) {
    return header;
  }
  const copy = Buffer.from(header);
  if (place.width === 4) {
    copy.writeFloatBE(ms, place.at);
  } else {
    copy.writeDoubleBE(ms, place.at);
  }
  return copy;
}
