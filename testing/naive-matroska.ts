/**
 * What a recording holds, worked out the slow way: the whole file in memory, split at EBML headers, each chunk walked
 * by recursion. Shares no code with the reader nor with the simulator, so that a mistake there shows.
 */

export interface NaiveElement {
  readonly id: number;
  readonly data: Buffer;
  readonly children: readonly NaiveElement[];
}

export interface NaiveFrame {
  readonly track: number;
  /** ms within its cluster. */
  readonly timecode: number;
  readonly keyframe: boolean;
  readonly size: number;
}

export interface NaiveChunk {
  readonly bytes: Buffer;
  /** Its closing tags are there, and no element reaches beyond the end. */
  readonly whole: boolean;
  readonly hasCluster: boolean;
  /** All tag values by name, before and after the cluster. */
  readonly front: ReadonlyMap<string, readonly string[]>;
  readonly tail: ReadonlyMap<string, readonly string[]>;
  readonly tracks: readonly NaiveElement[];
  readonly frames: readonly NaiveFrame[];
}

const EBML = Buffer.from('1a45dfa3', 'hex');
const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const TAGS = 0x1254c367;
const MASTERS = new Set([
  SEGMENT,
  CLUSTER,
  TAGS,
  0x1a45dfa3,
  0x7373,
  0x67c8,
  0x1654ae6b,
  0xae,
  0xe0,
  0xe1,
  0xa0,
]);
const LEVEL_1 = new Set([CLUSTER, TAGS, 0x114d9b74, 0x1549a966, 0x1654ae6b, 0x1c53bb6b]);

export function naiveChunks(file: Buffer): NaiveChunk[] {
  const starts: number[] = [];
  for (let at = file.indexOf(EBML); at >= 0; at = file.indexOf(EBML, at + 4)) {
    starts.push(at);
  }
  return starts.map((start, i) => naiveChunk(file.subarray(start, starts[i + 1] ?? file.length)));
}

export function child(element: NaiveElement | undefined, id: number): NaiveElement | undefined {
  return element?.children.find((found) => found.id === id);
}

export function unsigned(element: NaiveElement | undefined): number | undefined {
  return element === undefined ? undefined : element.data.reduce((value, byte) => value * 256 + byte, 0);
}

export function float(element: NaiveElement | undefined): number | undefined {
  return element === undefined
    ? undefined
    : element.data.length === 4
      ? element.data.readFloatBE()
      : element.data.readDoubleBE();
}

/** Up to the first NUL. */
export function string(element: NaiveElement | undefined): string | undefined {
  return element?.data.toString('utf8').split('\0')[0];
}

function naiveChunk(bytes: Buffer): NaiveChunk {
  const parsed = elements(bytes);
  const segment = parsed.list.find((element) => element.id === SEGMENT);
  const level1 = segment?.children ?? [];
  const clusterAt = level1.findIndex((element) => element.id === CLUSTER);
  const before = clusterAt < 0 ? level1 : level1.slice(0, clusterAt);
  const tail = tagsOf(clusterAt < 0 ? [] : level1.slice(clusterAt + 1));
  const tracks = level1.find((element) => element.id === 0x1654ae6b);
  return {
    bytes,
    whole: tail.has('AWS_KINESISVIDEO_CONTINUATION_TOKEN') && !parsed.cut,
    hasCluster: clusterAt >= 0,
    front: tagsOf(before),
    tail,
    tracks: tracks?.children.filter((element) => element.id === 0xae) ?? [],
    frames: framesOf(level1[clusterAt]),
  };
}

function elements(bytes: Buffer): { list: NaiveElement[]; cut: boolean } {
  const list: NaiveElement[] = [];
  let at = 0;
  let cut = false;
  while (at < bytes.length) {
    const idLength = Math.clz32(bytes[at] ?? 0) - 23;
    const id = bytes.readUIntBE(at, idLength);
    const first = bytes[at + idLength] ?? 0;
    const sizeLength = Math.clz32(first) - 23;
    let size = first & ((1 << (8 - sizeLength)) - 1);
    let unknown = size === (1 << (8 - sizeLength)) - 1;
    for (let i = 1; i < sizeLength; i++) {
      const byte = bytes[at + idLength + i] ?? 0;
      unknown &&= byte === 0xff;
      size = size * 256 + byte;
    }
    const start = at + idLength + sizeLength;
    let end = start + size;
    if (unknown) {
      end = id === CLUSTER ? endOfCluster(bytes, start) : bytes.length;
    }
    cut ||= end > bytes.length;
    const data = bytes.subarray(start, Math.min(end, bytes.length));
    const inner = MASTERS.has(id) ? elements(data) : { list: [], cut: false };
    cut ||= inner.cut;
    list.push({ id, data, children: inner.list });
    at = end;
  }
  return { list, cut };
}

/** A cluster of unknown size ends where an element of level 1 begins. */
function endOfCluster(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length) {
    const idLength = Math.clz32(bytes[at] ?? 0) - 23;
    if (idLength === 4 && LEVEL_1.has(bytes.readUInt32BE(at))) {
      return at;
    }
    const sizeLength = Math.clz32(bytes[at + idLength] ?? 0) - 23;
    const size = bytes
      .subarray(at + idLength + 1, at + idLength + sizeLength)
      .reduce(
        (value, byte) => value * 256 + byte,
        (bytes[at + idLength] ?? 0) & ((1 << (8 - sizeLength)) - 1),
      );
    at += idLength + sizeLength + size;
  }
  return bytes.length;
}

function tagsOf(level1: readonly NaiveElement[]): Map<string, string[]> {
  const tags = new Map<string, string[]>();
  for (const group of level1.filter((element) => element.id === TAGS)) {
    for (const simple of group.children.flatMap((tag) => tag.children).filter((tag) => tag.id === 0x67c8)) {
      const name = string(child(simple, 0x45a3)) ?? '';
      tags.set(name, [...(tags.get(name) ?? []), string(child(simple, 0x4487)) ?? '']);
    }
  }
  return tags;
}

function framesOf(cluster: NaiveElement | undefined): NaiveFrame[] {
  return (cluster?.children ?? [])
    .filter((element) => element.id === 0xa3)
    .map(({ data }) => ({
      track: (data[0] ?? 0) & 0x7f,
      timecode: data.readInt16BE(1),
      keyframe: ((data[3] ?? 0) & 0x80) !== 0,
      size: data.length - 4,
    }));
}
