/** Baseline JPEG as webcams send it (ITU-T T.81, annex B). */
import { copyInSteps, type StepBudget, type Steps } from '../steps';

const MARKER = 0xff;
const START_OF_IMAGE = 0xd8;
const JFIF = 0xe0;
const HUFFMAN_TABLES = 0xc4;
const START_OF_SCAN = 0xda;
/** Arithmetic coding, or the tables of a hierarchical image: no Huffman tables belong there. */
const BASELINE = 0xc0;

/** The typical tables of annex K.3, as one DHT segment. M-JPEG may leave them out; JPEG decoders need them. */
const TYPICAL_TABLES = makeTypicalTables();

/** A camera's picture has some twenty segments before its scan, and none that leaves out tables is as large. */
const MOST_MARKERS = 1_000;
const MOST_BYTES_WITHOUT_TABLES = 8 * 1024 * 1024;

/** The beginning of a segment: its marker, and where that lies in the frame. */
interface Segment {
  readonly marker: number;
  readonly at: number;
}

/** The segments of a frame up to its scan, which is the last one; none of what is no JPEG. */
function* segmentsOf(frame: Buffer): Generator<Segment, void> {
  if (frame[0] !== MARKER || frame[1] !== START_OF_IMAGE) {
    return;
  }
  let at = 2;
  for (let markers = 0; markers < MOST_MARKERS && at + 4 <= frame.length && frame[at] === MARKER; markers++) {
    const marker = frame[at + 1] ?? 0;
    if (marker === MARKER) {
      at += 1;
      continue;
    }
    yield { marker, at };
    if (marker === START_OF_SCAN) {
      return;
    }
    at += 2 + frame.readUInt16BE(at + 2);
  }
}

/** Gives the frame itself where nothing is missing, or where it is no baseline JPEG as webcams send it. */
export function withHuffmanTables(frame: Buffer): Buffer {
  if (frame.length > MOST_BYTES_WITHOUT_TABLES) {
    return frame;
  }
  let isBaseline = false;
  for (const { marker, at } of segmentsOf(frame)) {
    if (marker === HUFFMAN_TABLES) {
      return frame;
    }
    if (marker === START_OF_SCAN && isBaseline) {
      return Buffer.concat([frame.subarray(0, at), TYPICAL_TABLES, frame.subarray(at)]);
    }
    isBaseline ||= marker === BASELINE;
  }
  return frame;
}

/** Pixels. */
export interface JpegSize {
  readonly width: number;
  readonly height: number;
}

/** The first and the last start of frame (annex B.2.2), and what lies between them but is none. */
const [FIRST_FRAME, LAST_FRAME] = [0xc0, 0xcf];
const NO_FRAMES: ReadonlySet<number> = new Set([HUFFMAN_TABLES, 0xc8, 0xcc]);
/** Marker, length, precision, height and width. */
const FRAME_HEAD_BYTES = 9;

/** Size of a picture, or of a field where a frame holds two. Undefined for what does not say it before its scan. */
export function jpegSize(frame: Buffer): JpegSize | undefined {
  for (const { marker, at } of segmentsOf(frame)) {
    if (marker >= FIRST_FRAME && marker <= LAST_FRAME && !NO_FRAMES.has(marker)) {
      if (at + FRAME_HEAD_BYTES > frame.length) {
        return undefined;
      }
      const [height, width] = [frame.readUInt16BE(at + 5), frame.readUInt16BE(at + 7)];
      return width === 0 || height === 0 ? undefined : { width, height };
    }
  }
  return undefined;
}

/** By quarter turns clockwise, of a picture that is not mirrored and of one that is (Exif 2.3, Orientation). */
const ORIENTATIONS = [
  [1, 6, 3, 8],
  [2, 7, 4, 5],
] as const;

export interface Orientation {
  /** Degrees, clockwise, from 0 to below 360. */
  readonly rotation: number;
  /** Left and right are exchanged, before it is rotated. */
  readonly isMirrored: boolean;
}

/** The picture in its own memory, with an Exif segment that says its orientation where it is not upright. */
export function* withOrientation(
  frame: Buffer,
  { rotation, isMirrored }: Orientation,
  budget: StepBudget,
): Steps<Buffer> {
  const orientation = ORIENTATIONS[isMirrored ? 1 : 0][(rotation / 90) % 4] ?? 1;
  const isJpeg = frame[0] === MARKER && frame[1] === START_OF_IMAGE;
  const exif = orientation === 1 || !isJpeg ? Buffer.alloc(0) : exifSegment(orientation);
  // A JFIF segment has to be the first one.
  const hasJfif = frame[2] === MARKER && frame[3] === JFIF && frame.length >= 6;
  const at = hasJfif ? Math.min(4 + frame.readUInt16BE(4), frame.length) : Math.min(2, frame.length);
  const picture = Buffer.allocUnsafeSlow(frame.length + exif.length);
  frame.copy(picture, 0, 0, at);
  exif.copy(picture, at);
  yield* copyInSteps(frame, at, frame.length, picture, at + exif.length, budget);
  return picture;
}

/** APP1 with one TIFF directory of one entry: Orientation (0x112), a SHORT. */
function exifSegment(orientation: number): Buffer {
  const segment = Buffer.from(
    'ffe1' + '0022' + '457869660000' + '4d4d002a00000008' + '0001' + '011200030000000100000000' + '00000000',
    'hex',
  );
  segment.writeUInt16BE(orientation, segment.length - 8);
  return segment;
}

/** Tables K.3 to K.6: for each, how many codes there are of each length, then the symbols. */
function makeTypicalTables(): Buffer {
  const dc = '000102030405060708090a0b';
  const tables = [
    { kind: 0x00, counts: '00010501010101010100000000000000', symbols: dc },
    {
      kind: 0x10,
      counts: '0002010303020403050504040000017d',
      symbols:
        '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a34' +
        '35363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a9293949596' +
        '9798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1' +
        'f2f3f4f5f6f7f8f9fa',
    },
    { kind: 0x01, counts: '00030101010101010101010000000000', symbols: dc },
    {
      kind: 0x11,
      counts: '00020102040403040705040400010277',
      symbols:
        '000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a26272829' +
        '2a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a929394' +
        '95969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9ea' +
        'f2f3f4f5f6f7f8f9fa',
    },
  ];
  const content = Buffer.concat(
    tables.map(({ kind, counts, symbols }) =>
      Buffer.concat([Buffer.from([kind]), Buffer.from(counts, 'hex'), Buffer.from(symbols, 'hex')]),
    ),
  );
  const head = Buffer.from([MARKER, HUFFMAN_TABLES, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
}
