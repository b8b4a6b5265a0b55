/** Asks the run time on behalf of a dialog. */
import { PAGE_KEY_HEADER, PAGE_KEY_PATH } from '../page-key';

/** What the run time says where it cannot do as asked. */
export interface Refusal {
  readonly ErrorType: string;
  readonly message: string;
  readonly advice: string;
}

/** The answer to a question: jQuery's promise, as far as the dialogs use it. */
interface Asked<Said> {
  done(take: (said: Said) => void): Asked<Said>;
  fail(take: (request: JQuery.jqXHR) => void): Asked<Said>;
  always(take: () => void): Asked<Said>;
}

/** Sends a question, with the key that shows it comes from Node-RED's own editor. */
export function ask<Said>(path: string, question: object): Asked<Said> {
  return $.getJSON(PAGE_KEY_PATH).then(({ key }: { key: string }) =>
    $.ajax({
      url: path,
      method: 'POST',
      contentType: 'application/json',
      dataType: 'json',
      headers: { [PAGE_KEY_HEADER]: key },
      data: JSON.stringify(question),
    }),
  );
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
