/** One call under way, and what its request says about its stream. */
import type { ServerResponse } from 'node:http';
import { parseStream } from '../../options';
import type { Operation } from '../faults';
import type { HttpPlane, PlaneRequest } from './http-plane';
import type { Head } from './responses';

/** The operation fills in what it learns, for the record. */
export interface Call {
  readonly operation: Operation;
  readonly request: PlaneRequest;
  readonly response: ServerResponse;
  readonly plane: HttpPlane;
  readonly body: Readonly<Record<string, unknown>>;
  readonly head: Head;
  stream?: string;
  selector?: unknown;
}

/** The members of a request; undefined if its body is not a JSON object. */
export function membersOf(request: PlaneRequest): Record<string, unknown> | undefined {
  return request.media === undefined ? parseBody(request.body) : streamHeaders(request);
}

/** The members of a player's request. */
export function queryOf({ url }: PlaneRequest): Record<string, unknown> {
  return Object.fromEntries(new URL(url, 'http://localhost').searchParams);
}

/** The stream's name as the request gives it, directly or in an ARN. */
export function streamNameIn(body: Readonly<Record<string, unknown>>): string | undefined {
  const { StreamName: name, StreamARN: arn } = body as { StreamName?: unknown; StreamARN?: unknown };
  if (typeof name === 'string') {
    return name;
  }
  return typeof arn === 'string' ? parseStream(arn)?.StreamName : undefined;
}

/** PutMedia names its stream in headers. */
function streamHeaders({ headers }: PlaneRequest): Record<string, unknown> {
  return { StreamName: headers['x-amzn-stream-name'], StreamARN: headers['x-amzn-stream-arn'] };
}

function parseBody(bytes: Buffer): Record<string, unknown> | undefined {
  if (bytes.length === 0) {
    return {};
  }
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
