/** Tracks as MP4 describes them (sample entries: ISO/IEC 14496-12, 14496-14, 14496-15, Opus in ISOBMFF). */
import type { AacConfiguration } from '../../codecs/aac';
import { OPUS_RATE, type OpusConfiguration } from '../../codecs/opus';
import type { VideoConfiguration } from '../../codecs/parameter-sets';
import type { Colour, PixelAspect } from '../../codecs/vui';
import { pictureShape, type PictureShape, shownAs } from '../../input/picture-shape';
import type { TrackDeclaration } from '../../samples/track-memo';
import type { MediaFormat } from '../../types';
import { box, fullBox, u16, u32 } from './boxes';

/** A track as `moov` describes it. */
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
const AAC_OBJECT_TYPE = 0x40;
const AUDIO_STREAM = 0x15;

/** Undefined for a track that no MP4 holds, or that players do not take in one. */
export function mp4Track({ track, media }: TrackDeclaration): Mp4Track | undefined {
  switch (media.name) {
    case 'video': {
      const { configuration } = media;
      const { width, height } = configuration;
      return videoTrack(configuration, pictureShape(track, width, height, configuration));
    }
    case 'aac':
      return aacTrack(media.configuration);
    case 'opus':
      return opusTrack(media.configuration);
    default:
      return undefined;
  }
}

export function mp4Format(tracks: readonly Mp4Track[]): MediaFormat {
  const video = tracks.find(({ type }) => type === 'video');
  const codecs = tracks.map(({ codec }) => codec);
  return {
    mimeType: `${video === undefined ? 'audio' : 'video'}/mp4; codecs="${codecs.join(', ')}"`,
    codecs,
    ...(video === undefined
      ? {}
      : {
          width: video.width,
          height: video.height,
          ...(video.shape && shownAs(video.shape, video.width, video.height)),
        }),
  };
}

function videoTrack(video: VideoConfiguration, shape: PictureShape): Mp4Track {
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

function aacTrack(aac: AacConfiguration): Mp4Track {
  return audioTrack('mp4a', aac.codec, aac.channels, aac.samplingFrequency, esds(aac.specificConfig));
}

function opusTrack(opus: OpusConfiguration): Mp4Track {
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
