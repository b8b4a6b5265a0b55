/** Chunks written by hand, with whatever a producer may get wrong. */
import {
  ID,
  KEYFRAME,
  closingTags,
  element,
  float,
  simpleBlock,
  tags,
  trackEntry,
  uint,
  chunk,
} from '../../testing/matroska-writer';

/** Of ffmpeg's libx264, 320x240. */
export const SPS = Buffer.from('6742c00dda0507ec0440000003004000000f03c50aa8', 'hex');
export const PPS = Buffer.from('68ce0fc8', 'hex');
export const AVCC = Buffer.concat([
  Buffer.from('0142c00dffe10016', 'hex'),
  SPS,
  Buffer.from('010004', 'hex'),
  PPS,
]);
export const START_CODE = Buffer.from([0, 0, 0, 1]);
export const ANNEX_B_SETS = Buffer.concat([START_CODE, SPS, START_CODE, PPS]);

export interface Block {
  readonly track?: number;
  readonly time: number;
  readonly data: Buffer;
  readonly key?: boolean;
}

export function videoEntry(codecPrivate: Buffer | undefined, codecId = 'V_MPEG4/ISO/AVC'): Buffer {
  return trackEntry(
    1,
    uint(ID.TrackType, 1),
    element(ID.CodecID, codecId),
    ...(codecPrivate === undefined ? [] : [element(ID.CodecPrivate, codecPrivate)]),
  );
}

/** As Amazon Connect declares its samples: AAC, with no Audio element. */
export function connectEntry(number: number, name: string): Buffer {
  return trackEntry(
    number,
    uint(ID.TrackType, 2),
    element(ID.Name, name),
    element(ID.CodecID, 'A_AAC'),
    element(ID.CodecPrivate, Buffer.from('1190', 'hex')),
  );
}

export function aacEntry(number: number, rate: number, channels: number, codecPrivate?: Buffer): Buffer {
  return trackEntry(
    number,
    uint(ID.TrackType, 2),
    element(ID.CodecID, 'A_AAC'),
    ...(codecPrivate === undefined ? [] : [element(ID.CodecPrivate, codecPrivate)]),
    element(ID.Audio, float(ID.SamplingFrequency, rate), uint(ID.Channels, channels)),
  );
}

export interface SmallChunk {
  readonly number: number;
  /** When it begins by the producer's clock, ms. */
  readonly at: number;
  readonly tracks: readonly Buffer[];
  readonly blocks: readonly Block[];
  readonly tags?: readonly (readonly [string, string])[];
  /** ns of a tick, in which the blocks' times are. */
  readonly timestampScale?: number;
}

export function smallChunk(small: SmallChunk): Buffer {
  const { number, at, tracks, blocks, tags: own = [], timestampScale = 1_000_000 } = small;
  return chunk({
    info: element(ID.Info, uint(ID.TimestampScale, timestampScale)),
    number: String(number),
    tracks: element(ID.Tracks, ...tracks),
    front: tags(
      ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', String(number)],
      ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', (at / 1_000).toFixed(3)],
      ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', (at / 1_000).toFixed(3)],
    ),
    cluster: element(
      ID.Cluster,
      uint(ID.Timestamp, Math.round((at * 1_000_000) / timestampScale)),
      ...blocks.map(({ track = 1, time, data, key = false }) =>
        simpleBlock(track, time, key ? KEYFRAME : 0, data),
      ),
    ),
    after: own.length === 0 ? Buffer.alloc(0) : tags(...own),
    closing: closingTags(String(number)),
  });
}

export function lengthPrefixed(nals: readonly Buffer[], lengthBytes = 4): Buffer {
  return Buffer.concat(
    nals.flatMap((nal) => {
      const length = Buffer.alloc(lengthBytes);
      length.writeUIntBE(nal.length, 0, lengthBytes);
      return [length, nal];
    }),
  );
}

export function startCoded(nals: readonly Buffer[], code = START_CODE): Buffer {
  return Buffer.concat(nals.flatMap((nal) => [code, nal]));
}

/** The first slice of a picture, of parameter set 0, which no decoder would take but every muxer must. */
export function slice(key: boolean, fill: number, size = 40): Buffer {
  // first_mb_in_slice 0, slice_type 7 (I) or 5 (P), pic_parameter_set_id 0.
  const head = key ? [0x65, 0x88, 0x81] : [0x41, 0x9b];
  return Buffer.concat([Buffer.from(head), Buffer.alloc(size, fill | 1)]);
}

/** A key frame and others, 40 ms each. */
export function pictures(count: number, pack: (nals: readonly Buffer[]) => Buffer = lengthPrefixed): Block[] {
  return Array.from({ length: count }, (_, i) => ({
    time: i * 40,
    data: pack([slice(i === 0, i)]),
    key: i === 0,
  }));
}
