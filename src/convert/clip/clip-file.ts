/** What a format of files has to do, so that clips can be made in it: `mp4-clip-file.ts` and `mkv-clip-file.ts`. */
import type { MediaChunk } from '../input/find-chunks';
import type { MediaTrack } from '../samples/media-track';
import type { Sample } from '../samples/sample';
import type { StepBudget, Steps } from '../steps';
import type { MediaFormat } from '../types';

/** What of a track of a chunk is in the clip. */
export interface ClipSamples {
  readonly track: MediaTrack;
  /** In the order in which they are decoded. */
  readonly samples: readonly Sample[];
  /** From a sample's time in the chunk to its time in the clip, ms; the clip's time begins at 0. */
  readonly offsetMs: number;
  /** Of each sample, in ticks; undefined for pictures. */
  readonly durations: readonly number[] | undefined;
  /** Where the last sample shown ends, ms of the clip. */
  readonly endMs: number;
}

/** Media that is not written yet. */
export interface ClipMedia {
  readonly bytes: number;
  /** Writes it at a place: the one copy of it. */
  readonly write: (target: Buffer, at: number, budget: StepBudget) => Steps<void>;
}

/** A finished file, but for its media. */
export interface FinishedFile {
  /** All that is before the media in the file. */
  readonly head: Buffer;
  readonly format: MediaFormat;
  /** What it shows, ms of the clip. */
  readonly startMs: number;
  readonly endMs: number;
}

/** One file in the making: its media comes chunk by chunk, and what is before it in the file at the end. */
export interface ClipFile {
  readonly mediaBytes: number;
  /** It can hide what it holds, so that it may begin within what it holds. */
  readonly isExact: boolean;
  /** What it has to remember takes far more memory than its media: a new file begins. */
  readonly isFull: boolean;
  /** Can it hold them? Not if its tracks of these numbers are others. */
  takes(tracks: readonly MediaTrack[]): boolean;
  add(tracks: readonly ClipSamples[], chunk: MediaChunk, budget: StepBudget): Steps<ClipMedia>;
  /**
   * @param fromMs where the clip begins at the earliest, ms of the clip
   * @param toMs where it ends at the latest
   */
  finish(fromMs: number, toMs: number, budget: StepBudget): Steps<FinishedFile>;
}
