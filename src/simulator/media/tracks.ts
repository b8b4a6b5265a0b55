/** Reads the Tracks element, and names the media type that DescribeStream reports for it. */
import { childOf, children, content, textOf, unsignedOf, type Element } from './ebml-reader';
import { ID } from './element-ids';

export interface SourceTrack {
  readonly number: number;
  readonly type: 'video' | 'audio' | 'other';
  readonly codecId: string;
  readonly codecPrivate?: Buffer;
  readonly width?: number;
  readonly height?: number;
  /** Its frames are compressed or encrypted (ContentEncodings). */
  readonly encoded: boolean;
}

export function readTracks(bytes: Buffer, tracks: Element): SourceTrack[] {
  return [...children(bytes, tracks)]
    .filter(({ id }) => id === ID.TrackEntry)
    .map((entry) => {
      const fields = new Map([...children(bytes, entry)].map((field) => [field.id, field]));
      const number = fields.get(ID.TrackNumber);
      const type = fields.get(ID.TrackType);
      const codecId = fields.get(ID.CodecID);
      const codecPrivate = fields.get(ID.CodecPrivate);
      const video = fields.get(ID.Video);
      const width = video && childOf(bytes, video, ID.PixelWidth);
      const height = video && childOf(bytes, video, ID.PixelHeight);
      const kind = type === undefined ? 0 : unsignedOf(bytes, type);
      return {
        number: number === undefined ? 0 : unsignedOf(bytes, number),
        type: kind === 1 ? 'video' : kind === 2 ? 'audio' : 'other',
        codecId: codecId === undefined ? '' : textOf(bytes, codecId),
        ...(codecPrivate === undefined ? {} : { codecPrivate: content(bytes, codecPrivate) }),
        ...(width === undefined ? {} : { width: unsignedOf(bytes, width) }),
        ...(height === undefined ? {} : { height: unsignedOf(bytes, height) }),
        encoded: fields.has(ID.ContentEncodings),
      };
    });
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  'V_MPEG4/ISO/AVC': 'video/h264',
  'V_MPEGH/ISO/HEVC': 'video/h265',
  'V_MS/VFW/FOURCC': 'video/x-motion-jpeg',
  V_VP8: 'video/vp8',
  V_VP9: 'video/vp9',
  V_AV1: 'video/av1',
  A_AAC: 'audio/aac',
  A_OPUS: 'audio/opus',
  A_VORBIS: 'audio/vorbis',
};

/** The media type of a stream with these tracks, e.g. `video/h264,audio/aac`. */
export function mediaTypeOf(tracks: readonly SourceTrack[]): string {
  return tracks
    .map(
      ({ codecId, type }) => MEDIA_TYPES[codecId] ?? `${type === 'other' ? 'application' : type}/x-unknown`,
    )
    .join(',');
}
