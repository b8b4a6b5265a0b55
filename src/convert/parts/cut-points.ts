/** Where a chunk can be cut in two, each of which can be decoded by itself. */
import type { Frame } from '../../matroska';
import type { TrackFrames } from '../input/chunk-tracks';
import type { MediaChunk } from '../input/find-chunks';
import { ConversionError } from '../problems';
import { VideoTrack } from '../samples/video-track';
import type { StepBudget, Steps } from '../steps';

export interface CutPoint {
  /** Index of the frame that the part after it begins with, and the number of its track. */
  readonly index: number;
  readonly track: number;
  /** When that frame is shown, ms from the chunk's first cluster: where all other tracks are cut. */
  readonly timeMs: number;
}

/** The key frames of the first track of video or, where there is none, the frames of the first other track. */
export function* cutPoints(found: readonly TrackFrames[], budget: StepBudget): Steps<readonly CutPoint[]> {
  const withFrames = found.filter(({ frames }) => frames.length > 0);
  const lead = withFrames.find(isVideo) ?? withFrames[0];
  if (lead === undefined) {
    return [];
  }
  const begins = new Set(yield* frameIndices(lead, budget));
  const points: CutPoint[] = [];
  for (const { index, timecodeMs } of lead.frames) {
    if (begins.has(index)) {
      points.push({ index, track: lead.track.number, timeMs: timecodeMs });
    }
    if (budget.spend()) {
      yield;
    }
  }
  return points;
}

function isVideo({ track, codec }: TrackFrames): boolean {
  return codec.name === 'video' || codec.name === 'mjpeg' || track.type === 'video';
}

function* frameIndices(lead: TrackFrames, budget: StepBudget): Steps<readonly number[]> {
  const { codec, frames } = lead;
  if (codec.name !== 'video') {
    return frames.filter(({ keyframe }) => keyframe || !isVideo(lead)).map(({ index }) => index);
  }
  try {
    const { samples } = yield* new VideoTrack(codec.kind, true).read(frames, codec.codecPrivate, budget);
    return samples.map(({ index }) => index);
  } catch (error) {
    if (error instanceof ConversionError) {
      // Whoever converts the chunk reports it.
      return [];
    }
    throw error;
  }
}

/** Both sides of a cut. Undefined for a side without frames. */
export function cutAt(
  chunk: MediaChunk,
  { index, track, timeMs }: CutPoint,
): readonly [before: MediaChunk | undefined, after: MediaChunk] {
  const isAfter = (frame: Frame): boolean =>
    frame.track.number === track ? frame.index >= index : frame.timecodeMs >= timeMs;
  const before = chunk.frames.filter((frame) => !isAfter(frame));
  const after = chunk.frames.filter(isAfter);
  if (before.length === 0) {
    return [undefined, chunk];
  }
  const nextStarts = new Map<number, number>();
  for (const frame of after) {
    nextStarts.set(
      frame.track.number,
      Math.min(frame.timecodeMs, nextStarts.get(frame.track.number) ?? Infinity),
    );
  }
  return [
    { ...chunk, frames: before, nextStarts },
    { ...chunk, frames: after },
  ];
}
