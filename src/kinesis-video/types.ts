import type { StartSelector, StreamRef } from '../options';

/** The service calls that can fail, as `operation` in an error message names them. */
export type ServiceOperation =
  'GetDataEndpoint' | 'GetMedia' | 'ListStreams' | 'DescribeStream' | 'Credentials';

/** Takes the bytes of a response's body. After `ended` or `failed` nothing follows. */
export interface ByteSink {
  /** The slice may be overwritten when this has returned: what is to be kept of it is to be copied. */
  bytes(slice: Buffer): void;
  /** The service ended the response. */
  ended(): void;
  /** The connection broke. Never called after `MediaResponse.close()`. */
  failed(error: Error): void;
}

/** A GetMedia response whose head has arrived with status 200. Nothing is read before `read` is called. */
export interface MediaResponse {
  /** `x-amzn-RequestId` or `x-amz-RequestId`; null where the service sent neither. */
  readonly RequestId: string | null;
  /** The service's clock (its `Date` header) in ms since the epoch, where it sent one. */
  readonly serverTime?: number;
  read(sink: ByteSink): void;
  /** Stops taking bytes from the socket, so that the service's sending stops too. */
  pause(): void;
  resume(): void;
  /** Destroys the socket: a stream allows 3 connections, and a kept one costs the user one of them. Idempotent. */
  close(): void;
}

/** One stream as `ListStreams` and `DescribeStream` describe it, in the API's own names. Times in ms. */
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
