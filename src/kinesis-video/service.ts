/** The calls to Kinesis Video Streams as one object, for one account in one region. */
import {
  AwsAccount,
  EndpointCache,
  stsEndpoint,
  type AccountOptions,
  type APIName,
  type CallerIdentity,
  type CredentialOrigin,
} from '../aws';
import type { MediaResponse } from '../http';
import type { StartSelector, StreamRef } from '../options';
import { ControlClient } from './control-client';
import { getDataEndpoint } from './get-data-endpoint';
import { getMedia } from './get-media';
import { listStreams, type ListStreamsOptions } from './list-streams';
import type { MediaService, StreamInfo } from './types';

export interface KinesisVideoServiceOptions extends AccountOptions {
  /**
   * Instead of the region's control-plane endpoint; `useFips` and `useDualstack` have no effect on it. The data
   * endpoint is always the one GetDataEndpoint names.
   */
  readonly endpoint?: string | undefined;
}

/** Nothing of the SDK is loaded before the first call. Each call rejects with a `KinesisVideoError`. */
export class KinesisVideoService implements MediaService {
  readonly #account: AwsAccount;
  readonly #control: ControlClient;
  readonly #controlEndpoint: string | undefined;
  readonly #endpoints: EndpointCache;

  constructor(options: KinesisVideoServiceOptions) {
    this.#account = new AwsAccount(options);
    this.#controlEndpoint = options.endpoint;
    this.#control = new ControlClient(this.#account, options.endpoint);
    this.#endpoints = new EndpointCache(
      (stream, APIName, signal) => getDataEndpoint(this.#account, this.#control, stream, APIName, signal),
      () => this.#account.clock.monotonic(),
    );
  }

  async getMedia(
    stream: StreamRef,
    startSelector: StartSelector,
    signal: AbortSignal,
  ): Promise<MediaResponse> {
    const endpoint = await this.#endpoints.get(stream, 'GET_MEDIA', signal);
    return getMedia(this.#account, endpoint, stream, startSelector, signal);
  }

  /** @param APIName the API that is to be called there */
  resolveEndpoint(stream: StreamRef, signal: AbortSignal, APIName: APIName = 'GET_MEDIA'): Promise<string> {
    return this.#endpoints.get(stream, APIName, signal);
  }

  forgetEndpoint(stream: StreamRef): void {
    this.#endpoints.forget(stream);
  }

  /** At most `limit` streams (all of them where it is absent) whose names begin with `prefix`, in the service's order. */
  listStreams(options: ListStreamsOptions = {}, signal?: AbortSignal): Promise<StreamInfo[]> {
    return listStreams(this.#account, this.#control, options, signal);
  }

  /**
   * Who the credentials are, by STS, which tells it to anyone. Undefined where STS does not answer or refuses, and
   * with an `endpoint`, for whose keys AWS is no judge, unless the environment names an STS too.
   */
  async callerIdentity(signal: AbortSignal): Promise<CallerIdentity | undefined> {
    const named = process.env['AWS_ENDPOINT_URL_STS'];
    if (this.#controlEndpoint !== undefined && named === undefined) {
      return undefined;
    }
    const endpoint = async (): Promise<string> =>
      named ?? stsEndpoint(await this.#control.regionalEndpoint(), this.#account.region);
    return this.#account.identity(endpoint, signal);
  }

  forgetCredentials(): void {
    this.#account.forgetCredentials();
  }

  /** Where the credentials came from that were used last; undefined before the first call. */
  get credentialOrigin(): CredentialOrigin | undefined {
    return this.#account.credentialOrigin;
  }

  get clockOffsetMs(): number {
    return this.#account.clockOffsetMs;
  }

  correctClock(serverTime: number): void {
    this.#account.correctClock(serverTime);
  }

  /** Aborts calls under way and destroys every socket, those of open responses too. Later calls reject. */
  close(): void {
    this.#account.close();
    this.#control.close();
  }
}
