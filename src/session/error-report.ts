/** An error as a session reports it: what happened, what the session does next, and what a person can do. */
import { definedOnly } from '../defined-only';
import type { ElementPlace } from '../matroska';
import { errorRow, type ErrorRow } from './error-table';
import type { Failure, Operation } from './failure';
import type { Gap } from './gaps';
import { isRetryable, type Reaction } from './retry-policy';

/** An error as a session reports it: the payload of a message on the error output. Durations in ms. */
export interface ErrorReport {
  readonly ErrorType: string;
  readonly RequestId: string | null;
  /** What happened, to which stream, what happens next and what the person can do. */
  readonly message: string;
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
export type Action = Reaction | { readonly action: 'skip' | 'ignore' };

export function report(failure: Failure, row: ErrorRow, action: Action, attempt: number): ErrorReport {
  return {
    ErrorType: failure.ErrorType,
    RequestId: failure.RequestId,
    message: [failure.what, nextStep(action), row.advice]
      .filter((part) => part !== '')
      .map((part) => (part.endsWith('.') ? part : `${part}.`))
      .join(' '),
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
export function reportInPassing(failure: Failure, action: Action): ErrorReport {
  return report(failure, errorRow(failure), action, 1);
}

function placeMembers({ offset, elementId, path }: ElementPlace): Partial<ErrorReport> {
  return {
    byteOffset: offset,
    ...(elementId === undefined ? {} : { elementId: `0x${elementId.toString(16)}` }),
    elementPath: path,
  };
}

function nextStep(action: Action): string {
  switch (action.action) {
    case 'retry':
      return action.retryInMs === 0
        ? 'The reader tries again at once'
        : `The reader tries again in ${duration(action.retryInMs)}`;
    case 'stop':
      return 'The reader has stopped';
    case 'skip':
      return 'The reader continues after it';
    case 'ignore':
      return '';
  }
}

/** `850 ms`, `2.5 s`, `40 s`, `5 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) {
    return `${String(Math.round(ms))} ms`;
  }
  const seconds = ms / 1_000;
  if (seconds < 60) {
    return `${String(seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds))} s`;
  }
  return `${String(Math.round(seconds / 6) / 10)} min`;
}
