/** The init segment of a fragmented MP4 (ISO/IEC 14496-12, section 8.16). */
import { box, fullBox, u32 } from './boxes';
import { movie, type TrackContent } from './movie';
import type { Mp4Track } from './tracks';

const IN_FRAGMENTS: TrackContent = {
  duration: 0,
  mediaDuration: 0,
  edits: [],
  tables: [
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0, 0)),
    fullBox('stco', 0, 0, u32(0)),
  ],
};

/** `ftyp` and `moov`; tracks are numbered from 1. */
export function initSegment(tracks: readonly Mp4Track[]): Buffer {
  const defaults = tracks.map((_, i) => fullBox('trex', 0, 0, u32(i + 1, 1, 0, 0, 0)));
  return Buffer.concat([
    box('ftyp', 'iso5', u32(512), 'iso5iso6mp41'),
    movie(
      tracks,
      tracks.map(() => IN_FRAGMENTS),
      [box('mvex', ...defaults)],
    ),
  ]);
}
