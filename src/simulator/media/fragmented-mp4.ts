/**
 * Fragmented MP4 as the service's HLS and DASH sessions send it: an init segment with a stored fragment's tracks, and a
 * media segment for each fragment. H.264, H.265 and AAC; times in ms.
 */
import { demux, type SourceBlock, type SourceMedia } from './demuxer';
import { box, fullBox, i32, u16, u32, u64 } from './mp4-boxes';
import type { SourceTrack } from './tracks';

/** Why the service makes no session of a stream: the name of its error, and what is wrong. */
export class UnplayableError extends Error {
  override readonly name = 'UnplayableError';
  readonly ErrorType: string;

  constructor(ErrorType: string, message: string) {
    super(message);
    this.ErrorType = ErrorType;
  }
}

export interface Mp4Tracks {
  readonly tracks: readonly Mp4Track[];
  /** As players want it: `avc1.64001f,mp4a.40.2`. */
  readonly codecs: string;
  readonly width: number;
  readonly height: number;
}

export interface Mp4Track {
  /** The track's number in the Matroska file. */
  readonly number: number;
  readonly isVideo: boolean;
  readonly width: number;
  readonly height: number;
  readonly entry: Buffer;
  readonly codec: string;
}

interface Sample {
  readonly bytes: Buffer;
  readonly isKey: boolean;
  readonly dts: number;
  readonly offset: number;
  readonly durationMs: number;
}

const TIMESCALE = 1000;
const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

/** @throws {UnplayableError} for codecs that the service does not play, or whose private data is not as it needs it */
export function mp4TracksOf(chunk: Buffer): Mp4Tracks {
  const tracks = demux(chunk).tracks.map(mp4Track);
  const video = tracks.find(({ isVideo }) => isVideo);
  return {
    tracks,
    codecs: tracks.map(({ codec }) => codec).join(','),
    width: video?.width ?? 0,
    height: video?.height ?? 0,
  };
}

export function initSegment(tracks: readonly Mp4Track[]): Buffer {
  const mvhd = fullBox(
    'mvhd',
    0,
    0,
    u32(0, 0, TIMESCALE, 0, 0x10000),
    u16(0x100, 0),
    u32(0, 0),
    MATRIX,
    u32(0, 0, 0, 0, 0, 0, tracks.length + 1),
  );
  const trex = tracks.map((_, index) => fullBox('trex', 0, 0, u32(index + 1, 1, 0, 0, 0)));
  return Buffer.concat([
    box('ftyp', Buffer.from('iso5'), u32(1), Buffer.from('iso5iso6mp41')),
    box('moov', mvhd, ...tracks.map(trak), box('mvex', ...trex)),
  ]);
}

/**
 * @param chunk a stored fragment with the tracks of the init segment
 * @param startMs when it begins in the session
 */
export function mediaSegment(
  tracks: readonly Mp4Track[],
  chunk: Buffer,
  {
    sequence,
    startMs,
    durationMs,
  }: { readonly sequence: number; readonly startMs: number; readonly durationMs: number },
): Buffer {
  const media = demux(chunk);
  const samples = tracks.map(({ number }) => samplesOf(media, number, durationMs));
  const moof = (offsets: readonly number[]) =>
    box(
      'moof',
      fullBox('mfhd', 0, 0, u32(sequence)),
      ...samples.map((list, index) => traf(index + 1, list, startMs, offsets[index] ?? 0)),
    );
  let end = moof([]).length + 8;
  const starts: number[] = [];
  for (const list of samples) {
    starts.push(end);
    end += list.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }
  return Buffer.concat([moof(starts), box('mdat', ...samples.flat().map(({ bytes }) => bytes))]);
}

function traf(id: number, samples: readonly Sample[], startMs: number, dataOffset: number): Buffer {
  const first = samples[0]?.dts ?? 0;
  const run = samples.map(({ bytes, isKey, durationMs, offset }) =>
    Buffer.concat([u32(durationMs, bytes.length, isKey ? 0x2000000 : 0x1010000), i32(offset)]),
  );
  return box(
    'traf',
    fullBox('tfhd', 0, 0x20000, u32(id)),
    fullBox('tfdt', 1, 0, u64(Math.max(0, Math.round(startMs + first)))),
    fullBox('trun', 1, 0xf01, u32(samples.length, dataOffset), ...run),
  );
}

/** Frames are stored in the order of decoding with the times at which they are shown. */
function samplesOf({ blocks }: SourceMedia, track: number, durationMs: number): Sample[] {
  const start = Math.min(...blocks.map(({ timeMs }) => timeMs));
  const own: SourceBlock[] = blocks.filter((block) => block.track === track);
  const shown = own.map(({ timeMs }) => Math.round(timeMs - start));
  const decoded = shown.toSorted((a, b) => a - b);
  return own.map(({ frame, keyframe }, index) => {
    const dts = decoded[index] ?? 0;
    const next = decoded[index + 1] ?? Math.max(durationMs, dts + 1);
    return {
      bytes: frame,
      isKey: keyframe,
      dts,
      offset: (shown[index] ?? 0) - dts,
      durationMs: next - dts,
    };
  });
}

function trak({ isVideo, width, height, entry }: Mp4Track, index: number): Buffer {
  const id = index + 1;
  const tkhd = fullBox(
    'tkhd',
    0,
    3,
    u32(0, 0, id, 0, 0, 0, 0),
    u16(0, 0, isVideo ? 0 : 0x100, 0),
    MATRIX,
    u32(width * 0x10000, height * 0x10000),
  );
  const mdhd = fullBox('mdhd', 0, 0, u32(0, 0, TIMESCALE, 0), u16(0x55c4, 0));
  const hdlr = fullBox(
    'hdlr',
    0,
    0,
    u32(0),
    Buffer.from(isVideo ? 'vide' : 'soun'),
    u32(0, 0, 0),
    Buffer.of(0),
  );
  const header = isVideo ? fullBox('vmhd', 0, 1, u16(0, 0, 0, 0)) : fullBox('smhd', 0, 0, u32(0));
  const dinf = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)));
  const empty = ['stts', 'stsc', 'stco'].map((type) => fullBox(type, 0, 0, u32(0)));
  const stbl = box('stbl', fullBox('stsd', 0, 0, u32(1), entry), ...empty, fullBox('stsz', 0, 0, u32(0, 0)));
  return box('trak', tkhd, box('mdia', mdhd, hdlr, box('minf', header, dinf, stbl)));
}

function mp4Track(track: SourceTrack): Mp4Track {
  const { number, codecId, codecPrivate, width = 0, height = 0 } = track;
  const common = { number, isVideo: track.type === 'video', width, height };
  switch (codecId) {
    case 'V_MPEG4/ISO/AVC': {
      const config = privateData(codecPrivate, 7, 1);
      return {
        ...common,
        entry: videoEntry('avc1', track, box('avcC', config)),
        codec: `avc1.${config.toString('hex', 1, 4)}`,
      };
    }
    case 'V_MPEGH/ISO/HEVC':
      return {
        ...common,
        entry: videoEntry('hvc1', track, box('hvcC', privateData(codecPrivate, 23, 1))),
        codec: 'hvc1',
      };
    case 'A_AAC': {
      const config = privateData(codecPrivate, 2);
      return { ...common, entry: aacEntry(config), codec: `mp4a.40.${config.readUInt8(0) >> 3}` };
    }
    default:
      throw new UnplayableError(
        'UnsupportedStreamMediaTypeException',
        `The codec ${codecId} cannot be played.`,
      );
  }
}

/** @param version the first byte, where it tells the data from an elementary stream */
function privateData(data: Buffer | undefined, least: number, version?: number): Buffer {
  if (data === undefined || data.length === 0) {
    throw new UnplayableError('MissingCodecPrivateDataException', 'A track has no codec private data.');
  }
  if (data.length < least || (version !== undefined && data[0] !== version)) {
    throw new UnplayableError(
      'InvalidCodecPrivateDataException',
      'The codec private data of a track is not valid.',
    );
  }
  return data;
}

function videoEntry(type: string, { width = 0, height = 0 }: SourceTrack, config: Buffer): Buffer {
  return box(
    type,
    ...[u32(0), u16(0, 1), Buffer.alloc(16), u16(width, height), u32(0x480000, 0x480000, 0), u16(1)],
    ...[Buffer.alloc(32), u16(24, 0xffff), config],
  );
}

const SAMPLE_RATES = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
];

function aacEntry(config: Buffer): Buffer {
  const head = config.readUInt16BE(0);
  const rate = SAMPLE_RATES[(head >> 7) & 15] ?? 48000;
  const channels = (head >> 3) & 15;
  const specific = descriptor(5, config);
  const decoder = descriptor(4, Buffer.of(0x40, 0x15, 0, 0, 0), u32(0, 0), specific);
  const esds = fullBox(
    'esds',
    0,
    0,
    descriptor(3, u16(1), Buffer.of(0), decoder, descriptor(6, Buffer.of(2))),
  );
  return box('mp4a', u32(0), u16(0, 1), u32(0, 0), u16(channels, 16, 0, 0), u32(rate * 0x10000), esds);
}

/** A descriptor of MPEG-4 systems; its content is short. */
function descriptor(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.of(tag, body.length), body]);
}
