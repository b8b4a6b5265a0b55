/** What `/bench/end` answers. */
export interface Measured {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly messages: number;
  readonly bytes: number;
  /** Highest since the beginning of the measurement, MB. */
  readonly peakMB: number;
  /** ms. */
  readonly loopDelay: { readonly p50: number; readonly p99: number; readonly max: number };
  /** From the server's write of the last byte to the sink, ms; null without stamped messages. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number } | null;
}

/** What `/bench/frames` and `/bench/empty` answer. */
export interface Sending {
  readonly messages: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}
