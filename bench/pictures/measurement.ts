/** What the benchmarks of pictures measure. */

export type PicturesTask =
  | { readonly what: 'latency'; readonly mode: 'chunks' | 'frames'; readonly seconds: number }
  | { readonly what: 'cpu'; readonly chunks: number }
  | { readonly what: 'files'; readonly streams: number; readonly chunks: number }
  | { readonly what: 'day'; readonly anyFrame: boolean; readonly hours: number };

/** From the last byte of a frame's media to its picture, ms. */
export interface LatencyResult {
  readonly ms: readonly number[];
}

/** CPU for a picture, this process and ffmpeg together, ms. */
export interface CpuResult {
  readonly pictureMs: number;
  readonly ffmpegMs: number;
  /** Resident memory of the decoder at the end, MB. */
  readonly decoderMB: number;
}

export interface FilesResult {
  /** Heap and buffers that a stream keeps between two chunks, kB. */
  readonly kilobytes: number;
}

/** After a collection of garbage. */
export interface DayMemory {
  /** Heap and buffers. */
  readonly heapMB: number;
  readonly residentMB: number;
}

/** A day of time lapse. */
export interface DayResult {
  readonly pictures: number;
  /** At the end of each hour. */
  readonly memory: readonly DayMemory[];
}
