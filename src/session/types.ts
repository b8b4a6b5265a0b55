/** What a session is given and what it reports. */
import type { Clock } from '../clock';
import type { MediaService } from '../kinesis-video';
import type { EmitKind, StartSelector, StreamRef, Until } from '../options';
import type { CallLimiter } from './call-limiter';
import type { ErrorReport } from './error-report';
import type { MediaTotals } from './media-totals';
import type { ChunkDelivery, FrameDelivery, DeliveryOptions } from './delivery-queue';
import type { Position } from './stream-cursor';
import type { State } from './state';
import type { SessionEnd } from './until-watch';
import type { EventLoopTurn } from '../event-loop-turn';

export interface SessionOptions extends DeliveryOptions {
  readonly stream: StreamRef;
  /** Where to begin without a position. */
  readonly startSelector: StartSelector;
  /** Where an earlier session stopped; reading continues after it. */
  readonly position?: Position;
  readonly emit: EmitKind;
  /** Frame mode: track numbers, names or types to send; empty: all. */
  readonly tracks: readonly string[];
  /** Retry when the service refuses. */
  readonly keepTrying: boolean;
  readonly stallTimeoutMs: number;
  readonly maxChunkBytes: number;
  /** Reports `StreamSilent` after so long without media; 0 or absent: never. */
  readonly silentMs?: number;
  /** Completes the tags of fragments from those before. */
  readonly inheritTags?: boolean;
  /**
   * How long to wait before a stream without media is asked again, ms; given how long the session would wait.
   * Called once for each response without media.
   */
  readonly idleWaitMs?: (usualMs: number) => number;
  /** Where the session ends by itself; absent: never. */
  readonly until?: Until;
}

export interface SessionDependencies {
  readonly service: MediaService;
  readonly clock: Clock;
  readonly limiter: CallLimiter;
  /** Names the stream across all sessions of the process, for the limiter. */
  readonly streamKey: string;
  /** The process's own if absent. */
  readonly turn?: EventLoopTurn;
}

/**
 * Called in the order of the stream, and never after `stop()` has returned; but a caller that stops the session
 * from within `chunk` or `frame` still gets the checkpoint of what it was given, so that it is not sent again.
 *
 * This is where what a session sends goes to, and where its position is kept: whoever must decide before each message
 * whether it may be sent, or where reading ends, does so here.
 */
export interface SessionEvents {
  chunk(delivery: ChunkDelivery): void;
  frame(delivery: FrameDelivery): void;
  error(error: ErrorReport): void;
  state(state: State): void;
  /** A bounded session is complete: all is sent, and the session has stopped. */
  complete?(end: SessionEnd): void;
  /**
   * Everything up to here is done with: sent, or acknowledged where that is asked for. Of a session that begins NOW
   * the first one is a time, before any chunk.
   */
  checkpoint(position: Position): void;
}

/** Running totals since the session was started, for rates. */
export interface Counters {
  /** Received from the network, whatever came of them. */
  bytes: number;
  /** Whole chunks that were new. */
  readonly media: MediaTotals;
  /** How far the last chunk is behind live, ms; undefined where the service has not said. */
  MillisBehindNow: number | undefined;
}
