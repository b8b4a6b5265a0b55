/** Response heads and bodies as the service writes them. */
import type { ServerResponse } from 'node:http';
import type { ErrorBody, HeaderStyle } from '../faults';
import { ServiceError } from './service-error';

/** What the head of every response is made from. */
export interface Head {
  readonly requestId: string;
  /** The service's time, ms since the epoch. */
  readonly now: number;
  readonly headerStyle: HeaderStyle;
  /** AWS's JSON 1.1: errors name themselves in the body. */
  readonly isJson11?: boolean;
}

export function headers({ requestId, now, headerStyle }: Head): Record<string, string> {
  return {
    [headerStyle === 'documented' ? 'x-amz-RequestId' : 'x-amzn-RequestId']: requestId,
    Date: new Date(now).toUTCString(),
  };
}

export function sendJson(response: ServerResponse, head: Head, body: string, statusCode = 200): void {
  send(response, statusCode, { ...headers(head), 'Content-Type': jsonType(head) }, body);
}

function jsonType({ isJson11 = false }: Head): string {
  return isJson11 ? 'application/x-amz-json-1.1' : 'application/json';
}

export function sendError(
  response: ServerResponse,
  head: Head,
  { ErrorType, message, statusCode }: Pick<ServiceError, 'ErrorType' | 'message' | 'statusCode'>,
  form: ErrorBody = 'json',
): void {
  if (head.isJson11 === true && form === 'json') {
    sendJson(response, head, JSON.stringify({ __type: ErrorType, message }), statusCode);
    return;
  }
  const { contentType, body } = errorBody(form, ErrorType, message);
  const name =
    head.headerStyle === 'decorated'
      ? { 'x-amzn-ErrorType': `${ErrorType}:https://kinesisvideo.amazonaws.com/doc/2017-09-30/` }
      : { [head.headerStyle === 'documented' ? 'x-amz-ErrorType' : 'x-amzn-ErrorType']: ErrorType };
  // A proxy's page has no error type.
  send(
    response,
    statusCode,
    { ...headers(head), ...(form === 'html' ? {} : name), 'Content-Type': contentType },
    body,
  );
}

/** Answers an operation that the plane does not serve: another one does (`elsewhere`), or none. */
export function sendNotServed(response: ServerResponse, head: Head, where: 'elsewhere' | undefined): void {
  if (where === 'elsewhere') {
    sendWrongEndpoint(response, head);
  } else {
    sendUnknownOperation(response, head);
  }
}

function sendUnknownOperation(response: ServerResponse, head: Head): void {
  sendError(
    response,
    head,
    new ServiceError(
      'UnknownOperationException',
      'The requested operation is not recognized by the service.',
    ),
  );
}

/** What an operation gets on an endpoint that is not its own: XML, with no header that names the error. */
function sendWrongEndpoint(response: ServerResponse, head: Head): void {
  const { contentType, body } = errorBody(
    'xml',
    'AccessDeniedException',
    'Unable to determine service/operation name to be authorized',
  );
  send(response, 403, { ...headers(head), 'Content-Type': contentType }, body);
}

/** Answers a player, who may be a web page of another site: the session's token is all that it needs. */
export function sendContent(response: ServerResponse, head: Head, contentType: string, body: Buffer): void {
  send(
    response,
    200,
    { ...headers(head), 'Content-Type': contentType, 'Access-Control-Allow-Origin': '*' },
    body,
  );
}

function send(
  response: ServerResponse,
  statusCode: number,
  fields: Record<string, string>,
  body: string | Buffer,
): void {
  const bytes = Buffer.from(body);
  response.writeHead(statusCode, { ...fields, 'Content-Length': String(bytes.length) });
  response.end(bytes);
}

function errorBody(
  form: ErrorBody,
  ErrorType: string,
  message: string,
): { contentType: string; body: string } {
  switch (form) {
    case 'json':
      return { contentType: 'application/json', body: JSON.stringify({ Message: message }) };
    case 'xml':
      return {
        contentType: 'application/xml',
        body: `<${ErrorType}>\n  <Message>${message.replace(/[<&]/g, ' ')}</Message>\n</${ErrorType}>\n`,
      };
    case 'html':
      return {
        contentType: 'text/html',
        body: `<!DOCTYPE html>\n<html><head><title>Error</title></head><body><h1>${message.replace(/[<&]/g, ' ')}</h1></body></html>\n`,
      };
    case 'empty':
      return { contentType: 'application/json', body: '' };
  }
}

/** Seconds as the service's Java writes a double: `1.720751492346E9`. */
export class JavaSeconds {
  readonly #text: string;

  constructor(ms: number) {
    this.#text = (ms / 1000).toExponential().replace('e+', 'E');
  }

  toJSON(): string {
    return `${MARK}${this.#text}${MARK}`;
  }
}

/** Like JSON.stringify, with JavaSeconds as bare numbers. */
export function stringify(value: unknown): string {
  return JSON.stringify(value).replace(/"\\u0001([^"]*)\\u0001"/g, '$1');
}

/** A character that no member of this API may hold. */
const MARK = '\u0001';
