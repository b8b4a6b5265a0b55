/** The calls to Kinesis Video Streams as one object, for one account in one region. */
import {
  AwsAccount,
  DATA_OPERATIONS,
  EndpointCache,
  stsEndpoint,
  taggingEndpoint,
  type AccountOptions,
  type APIName,
  type CallerIdentity,
  type CredentialOrigin,
  type DataOperation,
} from '../aws';
import type { MediaResponse } from '../http';
import type { StartSelector, StreamRef, TagFilter } from '../options';
import { ArchivedClients } from './archived-client';
import { ControlClient } from './control-client';
import { getDataEndpoint } from './get-data-endpoint';
import { getImages } from './get-images';
import { getMedia } from './get-media';
import { getMediaForFragmentList } from './get-media-for-fragment-list';
import { getDashStreamingSessionUrl, getHlsStreamingSessionUrl } from './get-streaming-session-url';
import { listFragments } from './list-fragments';
import { getResources } from './get-resources';
import { listStreams, type ListStreamsOptions } from './list-streams';
import { listTagsForStream } from './list-tags-for-stream';
import type {
  ArchiveService,
  FragmentPage,
  GetImagesRequest,
  ImagePage,
  ListFragmentsRequest,
  SessionUrlRequest,
  StreamInfo,
} from './types';

export interface KinesisVideoServiceOptions extends AccountOptions {
  /**
   * Instead of the region's control-plane endpoint; `useFips` and `useDualstack` have no effect on it. The data
   * endpoint is always the one GetDataEndpoint names.
   */
  readonly endpoint?: string | undefined;
}

/** Nothing of the SDK is loaded before the first call. Each call rejects with a `KinesisVideoError`. */
export class KinesisVideoService implements ArchiveService {
  readonly #account: AwsAccount;
  readonly #control: ControlClient;
  readonly #archived: ArchivedClients;
  readonly #controlEndpoint: string | undefined;
  readonly #endpoints: EndpointCache;

  constructor(options: KinesisVideoServiceOptions) {
    this.#account = new AwsAccount(options);
    this.#controlEndpoint = options.endpoint;
    this.#control = new ControlClient(this.#account, options.endpoint);
    this.#archived = new ArchivedClients(this.#account);
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
    const endpoint = await this.#endpointFor('GetMedia', stream, signal);
    return getMedia(this.#account, endpoint, stream, startSelector, signal);
  }

  async getMediaForFragmentList(
    stream: StreamRef,
    Fragments: readonly string[],
    signal: AbortSignal,
  ): Promise<MediaResponse> {
    const endpoint = await this.#endpointFor('GetMediaForFragmentList', stream, signal);
    return getMediaForFragmentList(this.#account, endpoint, stream, Fragments, signal);
  }

  /** One page of the stored fragments that begin in a range. */
  async listFragments(
    stream: StreamRef,
    request: ListFragmentsRequest,
    signal: AbortSignal,
  ): Promise<FragmentPage> {
    const endpoint = await this.#endpointFor('ListFragments', stream, signal);
    return listFragments(this.#account, this.#archived, endpoint, stream, request, signal);
  }

  /** One page of pictures that the service makes of stored media. */
  async getImages(stream: StreamRef, request: GetImagesRequest, signal: AbortSignal): Promise<ImagePage> {
    const endpoint = await this.#endpointFor('GetImages', stream, signal);
    return getImages(this.#account, this.#archived, endpoint, stream, request, signal);
  }

  /** An address for players, which is a secret. */
  async getHlsStreamingSessionUrl(
    stream: StreamRef,
    request: SessionUrlRequest,
    signal: AbortSignal,
  ): Promise<string> {
    const endpoint = await this.#endpointFor('GetHLSStreamingSessionURL', stream, signal);
    return getHlsStreamingSessionUrl(this.#account, this.#archived, endpoint, stream, request, signal);
  }

  /** An address for players, which is a secret. */
  async getDashStreamingSessionUrl(
    stream: StreamRef,
    request: SessionUrlRequest,
    signal: AbortSignal,
  ): Promise<string> {
    const endpoint = await this.#endpointFor('GetDASHStreamingSessionURL', stream, signal);
    return getDashStreamingSessionUrl(this.#account, this.#archived, endpoint, stream, request, signal);
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

  /** The tags of a stream. */
  listTagsForStream(stream: StreamRef, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
    return listTagsForStream(this.#account, this.#control, stream, signal);
  }

  /**
   * ARNs of the streams that have all of these tags, by the Resource Groups Tagging API. Undefined where there is none:
   * with an `endpoint`, unless the environment names one for that API too, and with FIPS endpoints.
   */
  async streamsWithTags(
    tags: readonly TagFilter[],
    signal?: AbortSignal,
  ): Promise<readonly string[] | undefined> {
    const named = process.env['AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API'];
    if (this.#controlEndpoint !== undefined && named === undefined) {
      return undefined;
    }
    const endpoint = named ?? taggingEndpoint(await this.#control.regionalEndpoint());
    return endpoint === undefined ? undefined : getResources(this.#account, endpoint, tags, signal);
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

  /** What other services are called with. */
  get account(): AwsAccount {
    return this.#account;
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
    this.#archived.close();
  }

  #endpointFor(operation: DataOperation, stream: StreamRef, signal: AbortSignal): Promise<string> {
    return this.#endpoints.get(stream, DATA_OPERATIONS[operation], signal);
  }
}
