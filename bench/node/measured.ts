/** What measurements within Node-RED count and spend. */

/** What the probe's sink counts; of `latency` it also reads the time that the server has written into the message. */
export type SinkMode = 'messages' | 'bytes' | 'frame-latency' | 'chunk-latency';

/** What was spent on a number of messages or bytes. */
export interface Spent {
  /** Messages or bytes. */
  readonly count: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

/** ms. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What `/bench/end` answers. */
export interface Measured extends Spent {
  /** Highest since the beginning of the measurement. */
  readonly peakMB: number;
  readonly loopDelay: Percentiles;
  /** From the server's write of the last byte to the sink, of each message, ms. */
  readonly latencies: readonly number[];
  /** Frames that the cameras were to write meanwhile, and those that they wrote late. */
  readonly punctuality?: { readonly frames: number; readonly late: number };
}
