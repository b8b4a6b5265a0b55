/** What the session needs of the service, and what the service says of streams. */
import type { MediaResponse } from '../http';
import type { StartSelector, StreamRef } from '../options';

/** One stream as `ListStreams` describes it, in the API's own names. Times in ms. */
export interface StreamInfo {
  readonly StreamName: string;
  readonly StreamARN: string;
  readonly Status?: string;
  readonly MediaType?: string;
  readonly DataRetentionInHours?: number;
  readonly CreationTime?: number;
  readonly DeviceName?: string;
  readonly KmsKeyId?: string;
}

/** The calls that a session needs. Each rejects with a `KinesisVideoError`. */
export interface MediaService {
  /**
   * Opens GetMedia at the stream's data endpoint (from the cache, or resolved first).
   * Aborting before the head has arrived rejects with the signal's reason; afterwards use `close()`.
   */
  getMedia(stream: StreamRef, startSelector: StartSelector, signal: AbortSignal): Promise<MediaResponse>;
  /** Makes sure that a data endpoint is known; a call to the service only where none is cached. */
  resolveEndpoint(stream: StreamRef, signal: AbortSignal): Promise<string>;
  /** Forgets the stream's data endpoint, so that the next call asks for it anew. */
  forgetEndpoint(stream: StreamRef): void;
  /** Makes the next call resolve credentials anew (an expired token). */
  forgetCredentials(): void;
  /** What `correctClock` has found: the clock that calls are signed with is this machine's plus so many ms. */
  readonly clockOffsetMs: number;
  /** Signs with the service's clock from now on. `serverTime` is its `Date` header, ms since the epoch. */
  correctClock(serverTime: number): void;
}
