/** Requests for stored media, and their results. Times are in ms since the epoch, durations in ms. */
import type { Clock } from '../clock';
import type { ArchiveService, StoredFragment, TimeRange } from '../kinesis-video';
import type { StreamRef } from '../options';
import type { CallLimiter, ChunkDelivery } from '../session';
import type { EventLoopTurn } from '../event-loop-turn';
import type { ArchiveBudgets } from './budgets';
import type { Span } from './coverage';

/** A range of a stream: what is shown from `from` until before `to`. */
export interface RangeRequest extends TimeRange {
  readonly stream: StreamRef;
  /** How long to wait for media of the range that have not arrived; from the range's end on where that is to come. */
  readonly waitMs: number;
}

export interface ChunkRequest extends RangeRequest {
  /** At most so many chunks are unacknowledged; 0: no limit, and no acknowledgements. */
  readonly maxInFlight: number;
  readonly maxChunkBytes: number;
  /** Numbers, names and types of the tracks that chunks are to have; empty: all. */
  readonly tracks: readonly string[];
}

export interface ArchiveDependencies {
  readonly service: ArchiveService;
  readonly clock: Clock;
  /** Of GetMedia calls. */
  readonly limiter: CallLimiter;
  readonly budgets: ArchiveBudgets;
  /** Names the stream across the process, for the limits. */
  readonly streamKey: string;
  /** The process's own if absent. */
  readonly turn?: EventLoopTurn;
}

/** A chunk of the range, on its way to the flow. */
export interface ArchivedChunk extends ChunkDelivery {
  /** It is the last one of the range. */
  readonly isLast: boolean;
}

/** What has come of a range. */
export interface ChunksResult {
  /** Number of chunks that were sent. */
  readonly chunks: number;
  /** Fragments that are listed and could not be read. */
  readonly missing: readonly StoredFragment[];
  /** The begin of the range that the stream does not keep, up to the first chunk. Absent if it keeps all. */
  readonly notRetained?: Span;
}
