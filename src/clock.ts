/** Time and chance as parameters, so that tests of waits and time-outs take no real time. */
export interface Clock {
  /** Wall time in ms since the epoch. Anyone may set it forward or back, so a difference of two readings is no duration. */
  now(): number;
  /** ms since some fixed moment; never set, never goes back. For durations alone. */
  monotonic(): number;
  /** Calls back once after `ms`, however long that is. Returns what cancels it; cancelling late or twice does nothing. */
  after(ms: number, callback: () => void): () => void;
  /** Uniform in [0, 1). */
  random(): number;
}

/** Node.js takes a longer delay for 1 ms. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      timer = setTimeout(
        () => {
          if (left > LONGEST_TIMER_MS) {
            arm(left - LONGEST_TIMER_MS);
          } else {
            callback();
          }
        },
        Math.min(left, LONGEST_TIMER_MS),
      );
    };
    arm(ms);
    return () => {
      clearTimeout(timer);
    };
  },
  random: () => Math.random(),
};
