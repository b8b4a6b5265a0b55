/** Asks the run time on behalf of a dialog. */

/** What the run time says where it cannot do as asked. */
export interface Refusal {
  readonly ErrorType: string;
  readonly message: string;
  readonly advice: string;
}

/** The sentence for a failed request; `own` words the cases that the dialogs know in the user's language. */
export function refusalText(request: JQuery.jqXHR, own: (key: 'notAllowed' | 'noAnswer') => string): string {
  const said = refusalOf(request);
  if (said !== undefined) {
    return [`${said.ErrorType}: ${said.message}`, said.advice].filter((part) => part !== '').join(' ');
  }
  return own(request.status === 401 || request.status === 403 ? 'notAllowed' : 'noAnswer');
}

export function refusalOf(request: JQuery.jqXHR): Refusal | undefined {
  const said = request.responseJSON as Partial<Refusal> | undefined;
  return typeof said?.ErrorType === 'string' && typeof said.message === 'string'
    ? { ErrorType: said.ErrorType, message: said.message, advice: said.advice ?? '' }
    : undefined;
}
