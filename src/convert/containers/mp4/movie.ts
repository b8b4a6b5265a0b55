/** The `moov` box and the boxes of a track in it (ISO/IEC 14496-12, section 8), of any kind of MP4. */
import type { PictureShape } from '../../input/picture-shape';
import { box, fullBox, u16, u32, u64 } from './boxes';
import type { Mp4Track } from './tracks';

/** Ticks per second of the movie, whatever its tracks have. */
export const MOVIE_TIMESCALE = 1_000;
const UNITY_MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
/** `und`, packed as section 8.4.2.3 says. */
const UNDETERMINED = 0x55c4;
const ENABLED_IN_MOVIE = 3;

/** What of a track is in the file. */
export interface TrackContent {
  /** How long it is shown, in ticks of the movie; 0 where fragments follow. */
  readonly duration: number;
  /** How long all its samples last, in ticks of the track. */
  readonly mediaDuration: number;
  /** An EditBox, or none. */
  readonly edits: readonly Buffer[];
  /** The boxes of the sample table after `stsd`. */
  readonly tables: readonly Buffer[];
}

/** @param contents of each track, which are numbered from 1; @param more boxes after those of the tracks */
export function movie(
  tracks: readonly Mp4Track[],
  contents: readonly TrackContent[],
  more: readonly Buffer[],
): Buffer {
  const duration = contents.reduce((longest, content) => Math.max(longest, content.duration), 0);
  return box(
    'moov',
    fullBox(
      'mvhd',
      0,
      0,
      u32(0, 0, MOVIE_TIMESCALE, duration, 0x10000),
      u16(0x100, 0),
      u32(0, 0),
      UNITY_MATRIX,
      Buffer.alloc(24),
      u32(tracks.length + 1),
    ),
    ...contents.flatMap((content, index) => {
      const track = tracks[index];
      return track === undefined ? [] : [trak(track, index, content)];
    }),
    ...more,
  );
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

function trak(track: Mp4Track, index: number, content: TrackContent): Buffer {
  const video = track.type === 'video';
  return box(
    'trak',
    fullBox(
      'tkhd',
      0,
      ENABLED_IN_MOVIE,
      u32(0, 0, index + 1, 0, content.duration, 0, 0),
      u16(0, 0, video ? 0 : 0x100, 0),
      matrixOf(track.shape),
      u32((track.shape?.displayWidth ?? 0) * 0x10000, (track.shape?.displayHeight ?? 0) * 0x10000),
    ),
    ...content.edits,
    box(
      'mdia',
      mediaHeader(track, content.mediaDuration),
      fullBox('hdlr', 0, 0, u32(0), video ? 'vide' : 'soun', u32(0, 0, 0), 'kvs\0'),
      box(
        'minf',
        video ? fullBox('vmhd', 0, 1, u16(0, 0, 0, 0)) : fullBox('smhd', 0, 0, u16(0, 0)),
        box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))),
        box('stbl', fullBox('stsd', 0, 0, u32(1), track.sampleEntry), ...content.tables),
      ),
    ),
  );
}

function mediaHeader({ timescale }: Mp4Track, duration: number): Buffer {
  const language = u16(UNDETERMINED, 0);
  return duration > 0xffffffff
    ? fullBox('mdhd', 1, 0, u64(0), u64(0), u32(timescale), u64(duration), language)
    : fullBox('mdhd', 0, 0, u32(0, 0, timescale, duration), language);
}
