/** What this package's admin routes answer to a dialog or page. */

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
