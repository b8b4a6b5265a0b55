/** The error that a node raises when its session has ended. */
import type { NodeMessage } from 'node-red';
import type { ErrorPayload } from './error-output';

/** A message that says in a few words what it is of where it is taken for text. */
interface NamedMessage extends NodeMessage {
  toString(): string;
}

/** An error that ends a session, as Node-RED's Catch node passes it on: only own properties survive the way there. */
export class SessionEndedError extends Error {
  readonly code: string;
  /** The message of the error output. As text, which is what Node-RED 5's debug sidebar shows of it, the answer at fault. */
  override readonly cause: NamedMessage;

  constructor(error: ErrorPayload, message: NodeMessage) {
    super(error.message);
    this.name = error.ErrorType;
    this.code = error.ErrorType;
    this.cause = Object.defineProperty({ ...message }, 'toString', { value: () => answerOf(error) });
  }
}

function answerOf({ operation, statusCode, RequestId }: ErrorPayload): string {
  return [
    operation,
    ...(statusCode === null ? [] : [`HTTP ${statusCode}`]),
    ...(RequestId === null ? [] : [`RequestId ${RequestId}`]),
  ].join(', ');
}
