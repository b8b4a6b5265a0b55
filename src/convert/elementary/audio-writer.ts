/** What a form of audio has to do, so that `AudioConverter` can write it. */
import type { Sample } from '../samples/sample';
import type { MediaFormat } from '../types';

/** Writes the audio of a track of a chunk, one frame after the other. */
export interface AudioWriter {
  readonly format: MediaFormat;
  /** What has to come first in a file; undefined where nothing has. */
  readonly header: Buffer | undefined;
  readonly samples: readonly Sample[];
  /** A longer gap is not filled. */
  readonly maxSilenceMs: number;
  durationMs(sample: Sample): number;
  /** Bytes of a frame once written. */
  size(sample: Sample): number;
  /** A frame may be written in parts of so many bytes; Infinity where it has to be written as a whole. */
  readonly partBytes: number;
  /** Writes a frame, or a part of it. Returns the position after it. */
  write(data: Buffer, target: Buffer, at: number): number;
  /** About so much silence; undefined where none can be made. */
  silence(ms: number): Silence | undefined;
}

export interface Silence {
  readonly ms: number;
  readonly bytes: number;
  /** Returns the position after it. */
  write(target: Buffer, at: number): number;
}

export const MAX_SILENCE_MS = 10 * 60_000;
/** All the silence that is put in a chunk. */
export const MAX_SILENCE_BYTES = 32 * 1024 * 1024;
