/**
 * Takes a recorded GetMedia response apart into its chunks without changing a byte, so that the simulator can
 * serve them again exactly as the service did: with a cut last chunk, a chunk without a Cluster, and all.
 */
import { children, elementAt, textOf, type Element } from './ebml-reader';
import { ID } from './element-ids';
import { SERVICE_TAG } from './service-tags';

export interface RecordedChunk {
  readonly bytes: Buffer;
  /** Absent if the chunk has no such tag. Times are ms since the epoch. */
  readonly FragmentNumber?: string;
  readonly ServerTimestamp?: number;
  readonly ProducerTimestamp?: number;
  /** From the Cluster's time to its last block's, and one more frame. */
  readonly durationMs: number;
}

/** The recorded chunks, or undefined if the file is not a recorded response. */
export function readRecording(bytes: Buffer): RecordedChunk[] | undefined {
  const chunks: RecordedChunk[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const end = endOfChunk(bytes, offset);
    if (end === undefined) {
      break;
    }
    chunks.push(readChunk(bytes.subarray(offset, end)));
    offset = end;
  }
  return chunks.some(({ FragmentNumber }) => FragmentNumber !== undefined) ? chunks : undefined;
}

/** A chunk reaches from its EBML header to the next one; undefined if there is none at `offset`. */
function endOfChunk(bytes: Buffer, offset: number): number | undefined {
  const ebml = elementAt(bytes, offset, bytes.length);
  if (ebml?.id !== ID.EBML) {
    return undefined;
  }
  const segment = elementAt(bytes, ebml.end, bytes.length);
  return segment?.id === ID.Segment ? Math.min(segment.end, bytes.length) : bytes.length;
}

function readChunk(bytes: Buffer): RecordedChunk {
  const tags = new Map<string, string>();
  let durationMs = 0;
  const ebml = elementAt(bytes, 0, bytes.length);
  const segment = ebml && elementAt(bytes, ebml.end, bytes.length);
  for (const item of segment === undefined ? [] : children(bytes, segment)) {
    if (item.id === ID.Tags && item.end <= bytes.length) {
      readTags(bytes, item, tags);
    } else if (item.id === ID.Cluster) {
      durationMs = clusterDuration(bytes, item);
    }
  }
  const FragmentNumber = tags.get(SERVICE_TAG.fragmentNumber);
  const ServerTimestamp = milliseconds(tags.get(SERVICE_TAG.serverTimestamp));
  const ProducerTimestamp = milliseconds(tags.get(SERVICE_TAG.producerTimestamp));
  return {
    bytes,
    ...(FragmentNumber === undefined ? {} : { FragmentNumber }),
    ...(ServerTimestamp === undefined ? {} : { ServerTimestamp }),
    ...(ProducerTimestamp === undefined ? {} : { ProducerTimestamp }),
    durationMs,
  };
}

function readTags(bytes: Buffer, element: Element, into: Map<string, string>): void {
  for (const tag of children(bytes, element)) {
    for (const simple of tag.id === ID.Tag ? children(bytes, tag) : []) {
      const parts = simple.id === ID.SimpleTag ? [...children(bytes, simple)] : [];
      const name = parts.find(({ id }) => id === ID.TagName);
      const value = parts.find(({ id }) => id === ID.TagString);
      if (name !== undefined && value !== undefined) {
        into.set(textOf(bytes, name), textOf(bytes, value));
      }
    }
  }
}

/** Offset of the service's closing tags in a recorded chunk; its length if it has none. */
export function startOfClosingTags(bytes: Buffer): number {
  const ebml = elementAt(bytes, 0, bytes.length);
  const segment = ebml && elementAt(bytes, ebml.end, bytes.length);
  const last = segment === undefined ? undefined : [...children(bytes, segment)].at(-1);
  const isClosing = last?.id === ID.Tags && bytes.includes(SERVICE_TAG.continuationToken, last.start);
  return last !== undefined && isClosing ? last.start : bytes.length;
}

/** In ms for the usual timecode scale; it only decides which chunk "contains" a time. */
function clusterDuration(bytes: Buffer, cluster: Element): number {
  const times: number[] = [];
  for (const item of children(bytes, cluster)) {
    if (item.id === ID.SimpleBlock && item.data + 3 < bytes.length) {
      times.push(bytes.readInt16BE(item.data + 1));
    }
  }
  const longest = Math.max(0, ...times);
  return longest + (times.length > 1 ? Math.round(longest / (times.length - 1)) : 0);
}

function milliseconds(seconds: string | undefined): number | undefined {
  const value = seconds === undefined ? NaN : Math.round(Number(seconds) * 1000);
  return Number.isFinite(value) ? value : undefined;
}
