/** Streams of ffmpeg's sources whose chunks are cut as a test likes, such as several GOPs in one. */
import assert from 'node:assert/strict';
import { ChunkFinder } from '../../src/convert/input/find-chunks';
import type { SourceTrack } from '../../src/convert/input/source-track';
import { element, ID } from '../../testing/matroska-writer';
import { only } from './converted';
import { smallChunk } from './small-streams';

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
  const found = only([...new ChunkFinder().find(film)].filter((one) => one !== undefined));
  assert.ok('chunk' in found);
  const { tracks } = found.chunk;
  const frames = found.chunk.frames.map(({ track, keyframe, timecodeMs, data }): TimedFrame => ({
    track: track.number,
    isVideo: track.type === 'video',
    key: keyframe,
    timeMs: timecodeMs,
    data,
  }));
  return { tracks, frames };
}
