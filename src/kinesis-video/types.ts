/** What those who read media need of the service, what they ask it, and what it says of streams. */
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

/** Whose clock a time is read from: the producer's, or the service's when a fragment arrived. */
export type TimestampType = 'PRODUCER_TIMESTAMP' | 'SERVER_TIMESTAMP';

/** The fragments that begin from `from` to `to`, both inclusive, in ms since the epoch. */
export interface TimeRange {
  readonly timestampType: TimestampType;
  readonly from: number;
  readonly to: number;
}

/** A fragment as ListFragments describes it, in the API's own names. Times are in ms since the epoch. */
export interface StoredFragment {
  readonly FragmentNumber: string;
  readonly FragmentSizeInBytes: number;
  readonly ProducerTimestamp: number;
  readonly ServerTimestamp: number;
  /** Begin of the last frame minus begin of the first one: the last frame's duration is not counted. */
  readonly FragmentLengthInMilliseconds: number;
}

export type ListFragmentsRequest = { readonly MaxResults: number } & (
  TimeRange | { readonly NextToken: string }
);

export interface FragmentPage {
  readonly fragments: readonly StoredFragment[];
  /** Absent on the last page. */
  readonly NextToken?: string;
}

/** A request for a streaming session; `LIVE` needs no times, `LIVE_REPLAY` only `from`. */
export interface SessionUrlRequest {
  readonly playbackMode: 'ON_DEMAND' | 'LIVE' | 'LIVE_REPLAY';
  readonly timestampType: TimestampType;
  /** ms since the epoch. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** 300 to 43,200. */
  readonly expiresSeconds: number;
}

export interface GetImagesRequest extends TimeRange {
  readonly format: 'jpeg' | 'png';
  /** Of JPEG, 1 to 100. */
  readonly quality?: number | undefined;
  /** ms between two images, 200 at least. */
  readonly intervalMs?: number | undefined;
  /** Pixels; the service takes no width without a height. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Images in a page, 1 to 100. */
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface StoredImage {
  /** ms since the epoch. */
  readonly time?: number;
  /** `NO_MEDIA` or `MEDIA_ERROR`, in place of a picture. */
  readonly error?: string;
  readonly data?: Buffer;
}

export interface ImagePage {
  readonly images: readonly StoredImage[];
  /** Absent on the last page. */
  readonly NextToken?: string;
}

/** The calls that archived media are read with. Each rejects with a `KinesisVideoError`. */
export interface ArchiveService extends MediaService {
  listFragments(stream: StreamRef, request: ListFragmentsRequest, signal: AbortSignal): Promise<FragmentPage>;
  /** Aborting before the head has arrived rejects with the signal's reason; afterwards use `close()`. */
  getMediaForFragmentList(
    stream: StreamRef,
    Fragments: readonly string[],
    signal: AbortSignal,
  ): Promise<MediaResponse>;
}

/** The range of a streaming session as the API takes it. */
export function timestampRange({ playbackMode, from, to }: SessionUrlRequest) {
  if (playbackMode === 'LIVE' || from === undefined) {
    return undefined;
  }
  const StartTimestamp = new Date(from);
  return to === undefined ? { StartTimestamp } : { StartTimestamp, EndTimestamp: new Date(to) };
}
