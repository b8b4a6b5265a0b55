/** What is measured of clips, and what comes of it. */

/**
 * `moments`: clips of 30 s as files, one after the other, by a real Node-RED. `long`: one of so many minutes. `alone`:
 * the same chunks of 30 s to a file by the conversion alone, and by `ffmpeg -c copy`.
 */
export type ClipsTask =
  | { readonly what: 'moments'; readonly count: number }
  | { readonly what: 'long'; readonly minutes: number }
  | { readonly what: 'alone'; readonly count: number };

export interface MomentsResult {
  /** From each message to its stored clip, ms. */
  readonly ms: readonly number[];
  /** CPU time of Node-RED for each clip, ms. */
  readonly cpuMs: number;
  readonly megabytes: number;
}

export interface LongResult {
  readonly seconds: number;
  readonly megabytes: number;
  readonly idleMB: number;
  readonly addedMB: number;
}

export interface AloneResult {
  /** CPU time for each clip, ms; of ffmpeg with the start of its process. */
  readonly convertMs: number;
  readonly ffmpegMs: number;
}
