/** Work that ends when a signal aborts or a time limit passes. */
/**
 * Runs `work` until it is done or one of the signals aborts, whichever is first; then rejects with that signal's
 * reason, at once, whether or not the work has noticed. Leaves no listener on the signals.
 *
 * @param work is given its own signal, which aborts with the first of `signals`
 * @param discard takes a result that came when nobody waited any more
 */
export async function withAbort<T>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
  discard: (result: T) => void = () => undefined,
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const abort = () => {
    controller.abort(signals.find(({ aborted }) => aborted)?.reason);
  };
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve(undefined);
    });
  });
  for (const each of signals) {
    each.throwIfAborted();
  }
  for (const each of signals) {
    each.addEventListener('abort', abort);
  }
  try {
    const running = work(signal).then((result) => ({ result }));
    const winner = await Promise.race([running, aborted]);
    if (winner === undefined) {
      running.then(
        ({ result }) => {
          discard(result);
        },
        () => undefined,
      );
      throw signal.reason;
    }
    return winner.result;
  } finally {
    for (const each of signals) {
      each.removeEventListener('abort', abort);
    }
  }
}

/** As `withAbort`, and rejects with `late()` once `ms` have passed. */
export async function withDeadline<T>(
  ms: number,
  late: () => Error,
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
  discard?: (result: T) => void,
): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(late());
  }, ms);
  try {
    return await withAbort([...signals, deadline.signal], work, discard);
  } finally {
    clearTimeout(timer);
  }
}
