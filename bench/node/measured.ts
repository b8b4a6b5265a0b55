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
  /** How long other work had the core while the main thread wanted it; 0 where the system does not say. */
  readonly waitedMs: number;
  /** Longest stop to collect garbage, ms. */
  readonly longestCollectionMs: number;
  /** Highest since the beginning of the measurement. */
  readonly peakMB: number;
  readonly loopDelay: Percentiles;
  /** From the server's write of the last byte to the sink, of each message, ms. */
  readonly latencies: readonly number[];
  /** How the media server fared meanwhile. */
  readonly sender?: Sender;
}

/** What the media server did since it was asked last. */
export interface Sender {
  /** Frames that its cameras were to write, and those that they wrote late. */
  readonly frames: number;
  readonly late: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** Calls for media of silent streams. */
  readonly polls: number;
  /** Cameras that are read now, and silent streams that have been asked for media so far. */
  readonly cameras: number;
  readonly silent: number;
}

/** What `/bench/profile` answers. */
export interface Profiled {
  readonly seconds: number;
  /** Time of the main thread by file. */
  readonly msByPlace: Readonly<Record<string, number>>;
}

/** What `/bench/collect` answers: what is left when garbage is collected. */
export interface InUse {
  readonly heapMB: number;
  readonly externalMB: number;
  readonly residentMB: number;
  /** CPU time of the process until garbage was collected, and until it had been. */
  readonly cpuSecondsBefore: number;
  readonly cpuSecondsAfter: number;
}
