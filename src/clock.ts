/** Time and chance as parameters, so that tests of waits and time-outs take no real time. */
export interface Clock {
  /** ms since the epoch. */
  now(): number;
  /** Calls back once after `ms`. Returns what cancels it; cancelling late or twice does nothing. */
  after(ms: number, callback: () => void): () => void;
  /** Uniform in [0, 1). */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => {
      clearTimeout(timer);
    };
  },
  random: () => Math.random(),
};
