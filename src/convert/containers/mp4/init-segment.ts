/** The init segment of a fragmented MP4 (ISO/IEC 14496-12; sample entries: 14496-14, 14496-15, Opus in ISOBMFF). */
import type { AacConfiguration } from '../../codecs/aac';
import { OPUS_RATE, type OpusConfiguration } from '../../codecs/opus';
import type { VideoConfiguration } from '../../codecs/parameter-sets';
import type { Colour, PixelAspect } from '../../codecs/vui';
import type { PictureShape } from '../../input/picture-shape';
import { box, fullBox, u16, u32 } from './boxes';

/** A track as the init segment describes it. */
export interface Mp4Track {
  readonly type: 'video' | 'audio';
  /** Ticks per second. */
  readonly timescale: number;
  readonly sampleEntry: Buffer;
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** How the picture is to be shown; undefined for sound. */
  readonly shape: PictureShape | undefined;
}

/** Whole multiples of a ms and of all usual frame rates. */
const VIDEO_TIMESCALE = 90_000;
const MOVIE_TIMESCALE = 1_000;
const UNITY_MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
/** `und`, packed as section 8.4.2.3 says. */
const UNDETERMINED = 0x55c4;
const ENABLED_IN_MOVIE = 3;
const AAC_OBJECT_TYPE = 0x40;
const AUDIO_STREAM = 0x15;

export function videoTrack(video: VideoConfiguration, shape: PictureShape): Mp4Track {
  const { width, height, codec, boxes, record } = video;
  return {
    type: 'video',
    timescale: VIDEO_TIMESCALE,
    codec,
    width,
    height,
    shape,
    sampleEntry: box(
      boxes.entry,
      [0, 0, 0, 0, 0, 0],
      u16(1),
      u32(0, 0, 0, 0),
      u16(width, height),
      u32(0x480000, 0x480000, 0),
      u16(1),
      Buffer.alloc(32),
      u16(24, 0xffff),
      box(boxes.record, record),
      ...colourBox(shape.colour),
      ...pixelAspectBox(shape.pixelAspect),
    ),
  };
}

/** ColourInformationBox (section 12.1.5). */
function colourBox(colour: Colour | undefined): Buffer[] {
  return colour === undefined
    ? []
    : [
        box('colr', 'nclx', u16(colour.primaries, colour.transfer, colour.matrix), [
          colour.isFullRange ? 0x80 : 0,
        ]),
      ];
}

/** PixelAspectRatioBox (section 12.1.4): also for square pixels, since the parameter sets may say something else. */
function pixelAspectBox(aspect: PixelAspect | undefined): Buffer[] {
  return aspect === undefined ? [] : [box('pasp', u32(aspect.horizontal, aspect.vertical))];
}

/** The matrix of a track (section 6.2.2), which puts the rotated picture back to where x and y are positive. */
function matrixOf(shape: PictureShape | undefined): Buffer {
  if (shape === undefined || (shape.rotation === 0 && !shape.isMirrored)) {
    return UNITY_MATRIX;
  }
  const { rotation, isMirrored, displayWidth, displayHeight } = shape;
  const angle = (rotation * Math.PI) / 180;
  const mirror = isMirrored ? -1 : 1;
  const [a, b, c, d] = [
    mirror * Math.cos(angle),
    mirror * Math.sin(angle),
    -Math.sin(angle),
    Math.cos(angle),
  ];
  const left = Math.min(0, a * displayWidth) + Math.min(0, c * displayHeight);
  const top = Math.min(0, b * displayWidth) + Math.min(0, d * displayHeight);
  const fixed = (value: number): number => Math.round(value * 0x10000) >>> 0;
  return u32(fixed(a), fixed(b), 0, fixed(c), fixed(d), 0, fixed(-left), fixed(-top), 0x40000000);
}

export function aacTrack(aac: AacConfiguration): Mp4Track {
  return audioTrack('mp4a', aac.codec, aac.channels, aac.samplingFrequency, esds(aac.specificConfig));
}

export function opusTrack(opus: OpusConfiguration): Mp4Track {
  return audioTrack('Opus', 'opus', opus.channels, OPUS_RATE, box('dOps', opus.specificBox));
}

function audioTrack(entry: string, codec: string, channels: number, rate: number, config: Buffer): Mp4Track {
  return {
    type: 'audio',
    timescale: rate,
    codec,
    width: 0,
    height: 0,
    shape: undefined,
    sampleEntry: box(
      entry,
      [0, 0, 0, 0, 0, 0],
      u16(1),
      u32(0, 0),
      u16(channels, 16, 0, 0),
      // 16.16, which a rate above 65535 Hz does not fit; the codec's own configuration counts.
      u16(rate > 0xffff ? 0 : rate, 0),
      config,
    ),
  };
}

/** Every length is written in 4 bytes: mp4frag looks for the descriptors at fixed places. */
function esds(specificConfig: Buffer): Buffer {
  const decoderSpecific = descriptor(5, specificConfig);
  const decoderConfig = descriptor(
    4,
    Buffer.concat([Buffer.from([AAC_OBJECT_TYPE, AUDIO_STREAM, 0, 0, 0]), u32(0, 0), decoderSpecific]),
  );
  return fullBox(
    'esds',
    0,
    0,
    descriptor(3, Buffer.concat([u16(0), Buffer.from([0]), decoderConfig, descriptor(6, Buffer.from([2]))])),
  );
}

function descriptor(tag: number, content: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from([tag, 0x80, 0x80, 0x80 | (content.length >> 7), content.length & 0x7f]),
    content,
  ]);
}

/** `ftyp` and `moov`; tracks are numbered from 1. */
export function initSegment(tracks: readonly Mp4Track[]): Buffer {
  return Buffer.concat([
    box('ftyp', 'iso5', u32(512), 'iso5iso6mp41'),
    box(
      'moov',
      fullBox(
        'mvhd',
        0,
        0,
        u32(0, 0, MOVIE_TIMESCALE, 0, 0x10000),
        u16(0x100, 0),
        u32(0, 0),
        UNITY_MATRIX,
        Buffer.alloc(24),
        u32(tracks.length + 1),
      ),
      ...tracks.map(trak),
      box('mvex', ...tracks.map((_, i) => fullBox('trex', 0, 0, u32(i + 1, 1, 0, 0, 0)))),
    ),
  ]);
}

function trak(track: Mp4Track, index: number): Buffer {
  const video = track.type === 'video';
  return box(
    'trak',
    fullBox(
      'tkhd',
      0,
      ENABLED_IN_MOVIE,
      u32(0, 0, index + 1, 0, 0, 0, 0),
      u16(0, 0, video ? 0 : 0x100, 0),
      matrixOf(track.shape),
      u32((track.shape?.displayWidth ?? 0) * 0x10000, (track.shape?.displayHeight ?? 0) * 0x10000),
    ),
    box(
      'mdia',
      fullBox('mdhd', 0, 0, u32(0, 0, track.timescale, 0), u16(UNDETERMINED, 0)),
      fullBox('hdlr', 0, 0, u32(0), video ? 'vide' : 'soun', u32(0, 0, 0), 'kvs\0'),
      box(
        'minf',
        video ? fullBox('vmhd', 0, 1, u16(0, 0, 0, 0)) : fullBox('smhd', 0, 0, u16(0, 0)),
        box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))),
        box(
          'stbl',
          fullBox('stsd', 0, 0, u32(1), track.sampleEntry),
          fullBox('stts', 0, 0, u32(0)),
          fullBox('stsc', 0, 0, u32(0)),
          fullBox('stsz', 0, 0, u32(0, 0)),
          fullBox('stco', 0, 0, u32(0)),
        ),
      ),
    ),
  );
}
