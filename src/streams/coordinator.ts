/**
 * What decides which streams of a fleet are read here: this process alone (`local-coordinator.ts`), or several machines
 * that share them. `StreamSet` reads them and knows neither.
 */
import type { StartSelector, StreamRef, Until } from '../options';
import type { ErrorReport, Position } from '../session';

/** A stream that the fleet is to read. */
export interface WantedStream {
  readonly stream: StreamRef;
  /** In place of the settings' start, and before any checkpoint. */
  readonly startSelector?: StartSelector;
  /** Where reading ends by itself; absent: never. */
  readonly until?: Until;
  /** A message started it, so that no search decides whether it is read. */
  readonly byMessage?: boolean;
}

/** A stream that this member reads from now on. */
export interface Assignment extends WantedStream {
  /** Where to continue; absent: at the start selector. */
  readonly position?: Position;
  /** Grows with every change of the stream's reader; absent where the fleet is not shared. */
  readonly leaseEpoch?: number;
}

/** What happens between the members of a shared fleet. */
export interface CoordinationEvent {
  readonly event: 'claimed' | 'handedOver' | 'lost' | 'joined' | 'left';
  readonly StreamName?: string;
  readonly StreamARN?: string;
  readonly leaseEpoch?: number;
  readonly reason?: string;
}

/** How a coordinator speaks to the reader of streams: `assigned` never from within a call of the reader, others maybe. */
export interface CoordinatorEvents {
  /** Read this stream. One that is being read begins anew with this assignment. */
  assigned(assignment: Assignment): void;
  /** End the stream in order, at a chunk boundary and with its messages acknowledged, then call `released`. */
  revoked(StreamName: string): void;
  /** Send nothing of the stream any more, and keep no further checkpoint of it. */
  lost(StreamName: string): void;
  /** While it is closed no stream of this member may send, so reading can pause. `maySend` is what counts. */
  guard(isOpen: boolean): void;
  /** The streams of the fleet, its members, what keeps them together or who searches may have changed. */
  changed(): void;
  /** Something to be passed on as it is. */
  event(event: CoordinationEvent): void;
  /** Something that has gone wrong. */
  error(error: ErrorReport): void;
}

/** Decides which streams this member reads, and keeps where each of them is. */
export interface Coordinator {
  /** Name of this process within the fleet. */
  readonly member: string;
  /** Members of the fleet, this one included. */
  readonly members: number;
  /** Whether this member is the one that looks for streams now. */
  readonly discovers: boolean;
  /** Whether `known` is complete. */
  readonly isReady: boolean;
  /** All streams of the fleet by name, whoever reads them, and those that messages or bounds have stopped. */
  readonly known: ReadonlyMap<string, WantedStream>;
  /** How many streams the fleet is to read. */
  readonly wanted: number;
  /** Begins to take part. Called once, before anything else. */
  start(events: CoordinatorEvents): void;
  /** Adds a stream to the fleet. One that is known is read anew, as it is wanted now. */
  add(wanted: WantedStream): void;
  /**
   * Takes a stream out of the fleet; who reads it, stops.
   *
   * @param isGone the stream does not exist any more, so that its checkpoint is of no use
   */
  remove(StreamName: string, isGone: boolean): void;
  /** Whether a message of the stream may begin to be sent at this very moment. Asked before each. */
  maySend(StreamName: string): boolean;
  /** Everything up to here is done with. Returns at once. */
  checkpoint(stream: StreamRef, position: Position): void;
  /** Forgets where the stream is. */
  reset(stream: StreamRef): void;
  /** The stream is not read here any more: it was revoked, or its bound is reached. Its last checkpoint came before. */
  released(StreamName: string): void;
  /** Hands all streams over and takes none. */
  drain(): void;
  /** Takes streams again. */
  join(): void;
  /** Leaves the fleet: to be called when no stream is read any more. Resolves when all is written, not for ever. */
  close(): Promise<void>;
}
