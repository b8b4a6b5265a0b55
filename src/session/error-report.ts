/**
 * An error as a session reports it: what happened, what the session does next, and what a person can do.
 *
 * How the sentence of an error is put together, for a GetMedia that ResourceNotFoundException answers. Each statement
 * is a key of `kvs-flow` in `nodes/shared/locales/<language>.json`:
 *
 * 1. `call.failedForStream`, `reason.answered` and `reason.said`, from `errorFromResponse` (`../aws/error-response.ts`)
 * 2. `next.retry`, from `nextStep` below
 * 3. `advice.streamName`, which the row `ResourceNotFoundException` of `error-table.ts` names
 *
 * `report` puts them in this order, and `nodes/shared/words.ts` joins their texts. A failure of the media themselves has
 * `problem.…` in place of 1 (`session-failures.ts`).
 */
import { definedOnly } from '../defined-only';
import { actionsOf } from '../kinesis-video';
import type { ElementPlace } from '../matroska';
import type { Statement } from '../statement';
import { errorRow, type ErrorClass, type ErrorRow } from './error-table';
import type { Failure, Operation } from './failure';
import type { Gap } from './gaps';
import { isRetryable, needsPerson, type Reaction } from './retry-policy';
import { sessionStatement } from './session-statements';

/** An error as a session reports it: the payload of a message on the error output. Durations in ms. */
export interface ErrorReport {
  readonly ErrorType: string;
  readonly RequestId: string | null;
  /** What happened, in short technical English, for logs. */
  readonly message: string;
  /** What happened, to which stream, what happens next and what a person can do: a sentence each, without its words. */
  readonly statements: readonly Statement[];
  readonly errorClass: ErrorClass;
  /** Only a person can fix it, so that the session stops or retries slowly. */
  readonly needsPerson: boolean;
  readonly operation: Operation;
  readonly statusCode: number | null;
  readonly ErrorId?: number;
  readonly code?: string;
  /** The chunk that the error is about, where it is about one. */
  readonly FragmentNumber?: string;
  /** What is missing, of a `FragmentGap`; times by the service's clock, in ms since the epoch. */
  readonly gap?: Gap;
  /** Where in the response the media are wrong: the element at fault begins there. */
  readonly byteOffset?: number;
  /** The element's id as Matroska writes it, such as `0xa3`; absent where none could be read. */
  readonly elementId?: string;
  /** The elements around it and its own name, such as `Segment/Cluster/SimpleBlock`; empty outside all elements. */
  readonly elementPath?: string;
  /** May the same call succeed later? */
  readonly retryable: boolean;
  readonly action: 'retry' | 'stop' | 'skip' | 'ignore';
  readonly retryInMs?: number;
  /** For how long a stream had no media, when it has them again. */
  readonly silentMs?: number;
  /** 1, 2, … consecutive failures. */
  readonly attempt: number;
}

/** What the session does about a failure; `skip` and `ignore` are not reactions to a broken call. */
export type ReportedAction = Reaction | { readonly action: 'skip' | 'ignore' };

export function report(
  failure: Failure,
  row: ErrorRow,
  action: ReportedAction,
  attempt: number,
): ErrorReport {
  return {
    ErrorType: failure.ErrorType,
    RequestId: failure.RequestId,
    message: failure.message,
    statements: [...failure.statements, ...nextStep(action), ...adviceOf(row)],
    errorClass: row.class,
    needsPerson: needsPerson(row.class, action),
    operation: failure.operation,
    statusCode: failure.statusCode,
    ...definedOnly({
      ErrorId: failure.ErrorId,
      code: failure.code,
      FragmentNumber: failure.FragmentNumber,
      gap: failure.gap,
    }),
    ...(failure.place === undefined ? {} : placeMembers(failure.place)),
    retryable: isRetryable(row.class),
    action: action.action,
    ...(action.action === 'retry' ? { retryInMs: action.retryInMs } : {}),
    attempt,
  };
}

/** Reports what does not end the response, such as a gap. */
export function reportInPassing(failure: Failure, action: ReportedAction): ErrorReport {
  return report(failure, errorRow(failure), action, 1);
}

function placeMembers({ offset, elementId, path }: ElementPlace): Partial<ErrorReport> {
  return {
    byteOffset: offset,
    ...(elementId === undefined ? {} : { elementId: `0x${elementId.toString(16)}` }),
    elementPath: path,
  };
}

function nextStep(action: ReportedAction): Statement[] {
  switch (action.action) {
    case 'retry':
      return [
        action.retryInMs === 0
          ? sessionStatement('next.retryNow', {})
          : sessionStatement('next.retry', { retryInMs: action.retryInMs }),
      ];
    case 'stop':
      return [sessionStatement('next.stop', {})];
    case 'skip':
      return [sessionStatement('next.skip', {})];
    case 'ignore':
      return [];
  }
}

/** What a person can do about an error of the row. */
export function adviceOf({ advice, actions = actionsOf('GetMedia') }: ErrorRow): Statement[] {
  if (advice === undefined) {
    return [];
  }
  return [
    advice === 'rights'
      ? sessionStatement('advice.rights', { actions: actions.join(', ') })
      : sessionStatement(`advice.${advice}`, {}),
  ];
}
