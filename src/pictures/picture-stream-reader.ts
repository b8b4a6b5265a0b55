/**
 * Reads the Matroska stream that ffmpeg writes: one picture a block, with its time. Whatever else is in it is skipped. A
 * picture is copied once, into memory of its own, as it arrives.
 */
import { DecoderError } from './decoder-error';
import { decoderStatement } from './decoder-statements';

/** A picture as ffmpeg wrote it. */
export interface PictureBlock {
  readonly time: number;
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

/** A picture of which not all bytes have come. */
interface OpenPicture {
  readonly time: number;
  readonly data: Buffer;
  filled: number;
}

/** Masters whose children are read; their ids with the length marker, RFC 9559. */
const ENTERED: ReadonlySet<number> = new Set([
  0x18538067, // Segment
  0x1654ae6b, // Tracks
  0xae, // TrackEntry
  0xe0, // Video
  0x1f43b675, // Cluster
  0xa0, // BlockGroup
]);
const ID = { Timestamp: 0xe7, PixelWidth: 0xb0, PixelHeight: 0xba, SimpleBlock: 0xa3, Block: 0xa1 } as const;
/** Track number, time and flags before a picture. */
const BLOCK_HEAD_BYTES = 4;
const MOST_UINT_BYTES = 6;
const NOTHING = Buffer.alloc(0);

export class PictureStreamReader {
  /** The beginning of what cannot be read yet. */
  #rest = NOTHING;
  #skip = 0;
  #open: OpenPicture | undefined;
  #clusterTime = 0;
  #width = 0;
  #height = 0;

  /** @param maxBytes of a picture */
  constructor(
    private readonly maxBytes: number,
    private readonly onPicture: (picture: PictureBlock) => void,
  ) {}

  /** Takes the next bytes, which are not kept. @throws DecoderError for a picture that is too large, or no Matroska */
  push(data: Buffer): void {
    let bytes = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    this.#rest = NOTHING;
    while (bytes.length > 0) {
      const used = this.#take(bytes);
      if (used === 0) {
        this.#rest = Buffer.from(bytes);
        return;
      }
      bytes = bytes.subarray(used);
    }
  }

  /** @returns how many bytes were used; 0 where more have to come first */
  #take(bytes: Buffer): number {
    if (this.#open !== undefined) {
      return this.#fill(this.#open, bytes);
    }
    if (this.#skip > 0) {
      const used = Math.min(this.#skip, bytes.length);
      this.#skip -= used;
      return used;
    }
    const header = readHeader(bytes);
    if (header === undefined) {
      return 0;
    }
    const { id, size, length } = header;
    if (ENTERED.has(id)) {
      return length;
    }
    switch (id) {
      case ID.SimpleBlock:
      case ID.Block:
        return this.#begin(bytes, length, size);
      case ID.Timestamp:
      case ID.PixelWidth:
      case ID.PixelHeight: {
        if (size > MOST_UINT_BYTES) {
          throw notPictures();
        }
        if (bytes.length < length + size) {
          return 0;
        }
        this.#learn(id, size === 0 ? 0 : bytes.readUIntBE(length, size));
        return length + size;
      }
      default:
        this.#skip = size;
        return length;
    }
  }

  #begin(bytes: Buffer, length: number, size: number): number {
    if (size < BLOCK_HEAD_BYTES || size - BLOCK_HEAD_BYTES > this.maxBytes) {
      throw size < BLOCK_HEAD_BYTES
        ? notPictures()
        : new DecoderError(
            'DecoderFailed',
            decoderStatement('decoder.tooMuch', { allowedBytes: this.maxBytes }),
          );
    }
    if (bytes.length < length + BLOCK_HEAD_BYTES) {
      return 0;
    }
    this.#open = {
      time: this.#clusterTime + bytes.readInt16BE(length + 1),
      data: Buffer.allocUnsafeSlow(size - BLOCK_HEAD_BYTES),
      filled: 0,
    };
    return length + BLOCK_HEAD_BYTES;
  }

  #fill(open: OpenPicture, bytes: Buffer): number {
    const used = bytes.copy(open.data, open.filled);
    open.filled += used;
    if (open.filled === open.data.length) {
      this.#open = undefined;
      const { time, data } = open;
      this.onPicture({ time, data, width: this.#width, height: this.#height });
    }
    return used;
  }

  #learn(id: number, value: number): void {
    if (id === ID.Timestamp) {
      this.#clusterTime = value;
    } else if (id === ID.PixelWidth) {
      this.#width = value;
    } else {
      this.#height = value;
    }
  }
}

/** The id with its marker, the size (0 for an unknown one), and how many bytes both take. */
function readHeader(
  bytes: Buffer,
): { readonly id: number; readonly size: number; readonly length: number } | undefined {
  const idLength = Math.clz32(bytes[0] ?? 0) - 23;
  const sizeAt = idLength;
  if (idLength > 4) {
    throw notPictures();
  }
  const first = bytes[sizeAt];
  if (first === undefined) {
    return undefined;
  }
  const sizeLength = Math.clz32(first) - 23;
  const length = idLength + sizeLength;
  if (sizeLength > 8) {
    throw notPictures();
  }
  if (bytes.length < length) {
    return undefined;
  }
  let size = first & (0xff >> sizeLength);
  let isUnknown = size === 0xff >> sizeLength;
  for (let at = sizeAt + 1; at < length; at++) {
    const byte = bytes[at] ?? 0;
    isUnknown &&= byte === 0xff;
    size = size * 256 + byte;
  }
  return { id: bytes.readUIntBE(0, idLength), size: isUnknown ? 0 : size, length };
}

/** What came is no Matroska that ffmpeg writes. */
function notPictures(): DecoderError {
  return new DecoderError('DecoderFailed', decoderStatement('decoder.notPictures', {}));
}
