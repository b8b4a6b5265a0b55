/** What a plane has to know of an operation that it serves. */
import type { HeaderStyle, Operation } from '../faults';
import type { Call } from './call';
import type { PlaneRequest } from './http-plane';
import type { Service } from './service';

export interface ServedOperation {
  readonly operation: Operation;
  /** The request's body is a stream of media, and its members are headers. */
  readonly takesMedia?: true;
  /** Players call it with GET and a session's token in place of a signature. */
  readonly bySession?: true;
  /** How its errors name themselves; default `plain`. */
  readonly headerStyle?: HeaderStyle;
  /** It belongs to another service, whose name signatures carry and whose protocol is JSON 1.1. */
  readonly service?: 'tagging';
  /** Writes the response, at once or later. @throws {ServiceError} which becomes the response, if no head was written */
  readonly answer: (service: Service, call: Call) => void | Promise<void>;
}

/** Operations by their path, or by what the header `x-amz-target` says; all but those of players are called with POST. */
export type OperationTable = ReadonlyMap<string, ServedOperation>;

/** What the ports of one plane serve. */
export interface PlaneOperations {
  readonly here: OperationTable;
  /** Paths of operations that another plane serves: the service does not say so, but refuses the caller. */
  readonly elsewhere: ReadonlySet<string>;
}

/** The operation that a request calls; undefined for an unknown name. */
export function operationOf(
  { here, elsewhere }: PlaneOperations,
  { method, path, headers }: Pick<PlaneRequest, 'method' | 'path' | 'headers'>,
): ServedOperation | 'elsewhere' | undefined {
  if (elsewhere.has(path)) {
    return 'elsewhere';
  }
  const target = headers['x-amz-target'];
  const served = here.get(path === '/' && typeof target === 'string' ? target : path);
  return method === (served?.bySession === true ? 'GET' : 'POST') ? served : undefined;
}
