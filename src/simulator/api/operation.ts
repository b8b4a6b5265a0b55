/** What a plane has to know of an operation that it serves. */
import type { Operation } from '../faults';
import type { Call } from './call';
import type { Service } from './service';

export interface ServedOperation {
  readonly operation: Operation;
  /** The request's body is a stream of media, and its members are headers. */
  readonly takesMedia?: true;
  /** Writes the response. @throws {ServiceError} which becomes the response, if no head was written */
  readonly answer: (service: Service, call: Call) => void;
}

/** Operations by their path; all are called with POST. */
export type OperationTable = ReadonlyMap<string, ServedOperation>;

/** The operation that a request calls. */
export function operationOf(
  operations: OperationTable,
  { method, path }: { readonly method: string; readonly path: string },
): ServedOperation | undefined {
  return method === 'POST' ? operations.get(path) : undefined;
}
