import type { ErrorReport, Position } from '../../../src/session';
import type { StartSelector } from '../../../src/options';
import type { Interruption, Piece } from './flawed-chunk';

/**
 * What happened in a scenario, as the service and the flow saw it; all that the judge goes by. Times are the
 * scenario's own, in ms.
 */
export interface RunLog {
  readonly calls: CallLog[];
  readonly sessions: SessionLog[];
  /** What the flow was given and what it did, in order. */
  readonly events: FlowEvent[];
  /** What the checkpoint store was told after its owner had closed, and the like. */
  readonly problems: string[];
  /** When the last scripted thing was over. */
  end: number;
}

/** One Session object, from start to stop. */
export interface SessionLog {
  readonly index: number;
  readonly began: number;
  stopped: number | undefined;
  /** Of the checkpoint that it was given. */
  readonly position: Position | undefined;
  /** Whether it was paused, at each change. */
  readonly paused: { readonly from: number; to: number }[];
}

export interface CallLog {
  readonly session: number;
  readonly at: number;
  readonly selector: StartSelector | undefined;
  /** What the call was refused with; undefined for status 200 and for a call that was given up. */
  refusedWith: { readonly ErrorType: string; readonly RequestId: string } | undefined;
  response: ResponseLog | undefined;
  abandoned: boolean;
}

export interface ResponseLog {
  readonly RequestId: string;
  readonly opened: number;
  /** Fragments after the one named that the service no longer kept, at the beginning or in the midst. */
  readonly dropped: number[];
  readonly pieces: SentPiece[];
  /** Bytes went on until then. */
  lastByteAt: number;
  /** How the session learnt that it is over. */
  over: { readonly at: number; readonly how: 'end' | 'break' } | undefined;
  /** When the session closed it. */
  closed: number | undefined;
  /** While reading is stopped. */
  paused: { readonly from: number; to: number }[];
}

export interface SentPiece {
  readonly piece: Piece;
  readonly began: number;
  /** Bytes that the session has been given. */
  given: number;
  /** How it was interrupted; `end` and `break` also where the response's age was up. */
  interrupted: Interruption | undefined;
}

export type FlowEvent = { readonly at: number; readonly session: number } & (
  | {
      readonly kind: 'chunk';
      readonly FragmentNumber: string;
      readonly sequence: number;
      readonly RequestId: string | null;
      readonly data: Buffer;
    }
  | {
      readonly kind: 'frame';
      readonly FragmentNumber: string;
      readonly index: number;
      readonly RequestId: string | null;
      readonly data: Buffer;
    }
  | { readonly kind: 'error'; readonly error: ErrorReport }
  | { readonly kind: 'checkpoint'; readonly position: Position }
  | { readonly kind: 'acknowledged'; readonly FragmentNumber: string; readonly index: number | undefined }
);
