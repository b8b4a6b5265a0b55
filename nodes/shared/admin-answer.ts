/** What this package's admin routes answer to a dialog or page, and how the answer is sent. */

/** The answer to an admin request; a `status` other than 200 comes with a `Refusal`. */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

/** Why a request failed. `advice` is empty where there is nothing to do. */
export interface Refusal {
  readonly ErrorType: string;
  readonly message: string;
  readonly advice: string;
}

export function refused(status: number, ErrorType: string, message: string, advice = ''): Answer {
  const body: Refusal = { ErrorType, message, advice };
  return { status, body };
}

/** What is used of an Express response. */
export interface AdminResponse {
  once(event: 'close', listener: () => void): unknown;
  status(code: number): { json(body: object): unknown };
}

/** How an admin request is worked on. */
export interface AdminWork {
  readonly timeoutMs: number;
  /** Finds the answer; `signal` aborts it once the browser has gone or the time is over. */
  readonly work: (signal: AbortSignal) => Promise<Answer>;
  /** The answer to what `work` throws. */
  readonly failed: (error: unknown) => Answer;
}

/** Works on an admin request and sends the answer, unless the browser has gone. */
export function answerRequest(response: AdminResponse, { timeoutMs, work, failed }: AdminWork): void {
  const left = new AbortController();
  response.once('close', () => {
    left.abort();
  });
  work(AbortSignal.any([left.signal, AbortSignal.timeout(timeoutMs)]))
    .catch(failed)
    .then(({ status, body }) => {
      if (!left.signal.aborted) {
        response.status(status).json(body);
      }
    })
    .catch(() => {
      // The browser has gone between the question and the answer; there is no one left to tell.
    });
}
