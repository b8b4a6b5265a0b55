/** The header of a block, and where the frames of a laced one lie. */
import { INCOMPLETE, MALFORMED, READ, UNKNOWN_SIZE, Vint, type Outcome } from './ebml';

/** A track of 8 bytes, time, flags and the number of laced frames. */
export const MAX_BLOCK_HEADER_BYTES = 12;

const LACING = 0x06;
const XIPH = 0x02;
const FIXED = 0x04;

/** Reads what stands before a block's frames (RFC 9559, section 10); one is reused for all blocks. */
export class BlockHeader {
  track = 0;
  /** Relative to its cluster, in ticks of the timestamp scale. */
  timecode = 0;
  flags = 0;
  /** 1 without lacing. */
  frames = 0;
  /** Length of the header, bytes. The sizes of laced frames follow it. */
  length = 0;

  readonly #track = new Vint();

  read(bytes: Buffer, at: number, end: number): Outcome {
    const outcome = this.#track.read(bytes, at, end);
    if (outcome !== READ) {
      return outcome;
    }
    const time = at + this.#track.length;
    if (time + 3 > end) {
      return INCOMPLETE;
    }
    const flags = bytes[time + 2] ?? 0;
    this.track = this.#track.value;
    this.timecode = (((bytes[time] ?? 0) << 24) >> 16) | (bytes[time + 1] ?? 0);
    this.flags = flags;
    if ((flags & LACING) === 0) {
      this.frames = 1;
      this.length = time + 3 - at;
    } else {
      if (time + 4 > end) {
        return INCOMPLETE;
      }
      this.frames = (bytes[time + 3] ?? 0) + 1;
      this.length = time + 4 - at;
    }
    return this.track === UNKNOWN_SIZE ? MALFORMED : READ;
  }

  get laced(): boolean {
    return (this.flags & LACING) !== 0;
  }
}

/**
 * Where the frames of a laced block begin, and, in one more entry, where the last one ends; `content` is what follows
 * the block's header. Undefined if the sizes lie.
 */
export function unlace(content: Buffer, flags: number, frames: number): number[] | undefined {
  const lacing = flags & LACING;
  const sizes: number[] = [];
  let at = 0;
  if (lacing === FIXED) {
    if (content.length % frames !== 0) {
      return undefined;
    }
    sizes.push(...new Array<number>(frames - 1).fill(content.length / frames));
  } else if (lacing === XIPH) {
    at = readXiphSizes(content, frames - 1, sizes);
  } else {
    at = readEbmlSizes(content, frames - 1, sizes);
  }
  const last = content.length - at - sizes.reduce((sum, size) => sum + size, 0);
  if (at < 0 || last < 0) {
    return undefined;
  }
  sizes.push(last);
  const bounds = [at];
  for (const size of sizes) {
    at += size;
    bounds.push(at);
  }
  return bounds;
}

/** Each size is a sum of bytes that ends with one below 255. Gives the offset behind the sizes, or -1. */
function readXiphSizes(content: Buffer, count: number, sizes: number[]): number {
  let at = 0;
  while (sizes.length < count) {
    let size = 0;
    let byte = 0xff;
    while (byte === 0xff) {
      if (at >= content.length) {
        return -1;
      }
      byte = content[at++] ?? 0;
      size += byte;
    }
    sizes.push(size);
  }
  return at;
}

/** The first size as a vint, each further one as a signed difference to it. Gives the offset behind the sizes, or -1. */
function readEbmlSizes(content: Buffer, count: number, sizes: number[]): number {
  const vint = new Vint();
  let at = 0;
  let size = 0;
  while (sizes.length < count) {
    if (vint.read(content, at, content.length) !== READ) {
      return -1;
    }
    const bias = 2 ** (7 * vint.length - 1) - 1;
    if (sizes.length === 0) {
      size = vint.value;
    } else {
      // All bits set is the largest difference here, not an unknown size.
      size += (vint.value === UNKNOWN_SIZE ? 2 * bias + 1 : vint.value) - bias;
    }
    if (size < 0) {
      return -1;
    }
    sizes.push(size);
    at += vint.length;
  }
  return at;
}
