/** Streams of ffmpeg's sources whose chunks are cut as a test likes, such as several GOPs in one. */
import assert from 'node:assert/strict';
import { findChunks } from '../../src/convert/input/find-chunks';
import type { SourceTrack } from '../../src/convert/input/source-track';
import { element, ID } from '../../testing/matroska-writer';
import { smallChunk } from './small-streams';
import { toChunks } from './streams';

interface TimedFrame {
  readonly track: number;
  readonly isVideo: boolean;
  readonly key: boolean;
  readonly timeMs: number;
  readonly data: Buffer;
}

/**
 * @param startMs when the stream begins by the producer's clock
 * @param cuts whether a chunk begins at a key frame; asked for each but the first, with its number and time
 */
export function recut(
  film: Buffer,
  startMs: number,
  cuts: (key: number, timeMs: number) => boolean,
): Buffer[] {
  const { tracks, frames } = framesOf(film);
  const origin = Math.min(...frames.map(({ timeMs }) => timeMs));
  const groups: TimedFrame[][] = [[]];
  let keys = 0;
  for (const frame of frames) {
    if (frame.isVideo && frame.key) {
      if (keys > 0 && cuts(keys, frame.timeMs - origin)) {
        // Sound that is heard from here on may lie before the picture.
        const isLater = ({ isVideo, timeMs }: TimedFrame): boolean => !isVideo && timeMs >= frame.timeMs;
        const last = groups.pop() ?? [];
        groups.push(
          last.filter((one) => !isLater(one)),
          last.filter(isLater),
        );
      }
      keys += 1;
    }
    groups.at(-1)?.push(frame);
  }
  return groups.map((group, i) => {
    const first = Math.min(...group.map(({ timeMs }) => timeMs));
    return smallChunk({
      number: i + 1,
      at: startMs + first - origin,
      tracks: tracks.map(({ entry }) => element(ID.TrackEntry, entry ?? Buffer.alloc(0))),
      blocks: group.map(({ track, timeMs, data, key }) => ({ track, time: timeMs - first, data, key })),
    });
  });
}

function framesOf(film: Buffer): { readonly tracks: readonly SourceTrack[]; readonly frames: TimedFrame[] } {
  let tracks: readonly SourceTrack[] = [];
  const frames: TimedFrame[] = [];
  for (const bytes of toChunks(film)) {
    for (const found of findChunks(bytes)) {
      assert.ok(found !== undefined && 'chunk' in found);
      const { chunk } = found;
      tracks = chunk.tracks;
      for (const { track, keyframe, timecodeMs, data } of chunk.frames) {
        frames.push({
          track: track.number,
          isVideo: track.type === 'video',
          key: keyframe,
          timeMs: (chunk.identity.ProducerTimestamp ?? 0) + timecodeMs,
          data: Buffer.from(data),
        });
      }
    }
  }
  return { tracks, frames };
}
