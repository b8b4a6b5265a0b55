import { setMaxListeners } from 'node:events';
import type { Clock } from '../clock';
import { systemClock } from '../clock';
import type { StartSelector, StreamRef } from '../options';
import { withAbort, withDeadline } from '../aws/abort';
import type { CallerIdentity } from '../aws/caller-identity';
import { callerIdentity, stsEndpoint } from '../aws/caller-identity';
import { ControlPlane, errorFromRefusal } from './control-plane';
import type { CredentialOrigin } from '../aws/credential-origin';
import {
  credentialRegistry,
  type CredentialLease,
  type CredentialRegistry,
} from '../aws/credential-registry';
import type { CredentialSource } from '../aws/credential-source';
import { checkDataEndpoint } from '../aws/endpoint-check';
import { EndpointCache } from '../aws/endpoint-cache';
import { describeCall, errorFromResponse, requestIdOf, serverTimeOf } from '../aws/error-response';
import type { FailureContext } from '../aws/error-response';
import { KinesisVideoError } from '../aws/errors';
import { errorFromFailure, networkCodeOf, networkError, unfold, withoutSecrets } from '../aws/call-failure';
import { getMediaRequest } from './get-media';
import { LeanTransport } from '../http/socket-transport';
import { HttpMediaResponse, type MediaResponse } from '../http/media-response';
import { chosenMediaTransport, type MediaTransport } from '../http/media-transport';
import type { Target } from '../http/proxy';
import { redact } from '../aws/redact';
import { ServiceSigner } from '../aws/signing';
import type { NetworkOptions } from '../http/https-transport';
import { readErrorBody, Transport } from '../http/https-transport';
import type { ServiceOperation } from '../aws/operations';
import type { MediaService, StreamInfo } from './types';

export interface KinesisVideoServiceOptions {
  readonly region: string;
  readonly credentials: CredentialSource;
  /** Shares what sources give; the process's own unless it is said. */
  readonly credentialRegistry?: CredentialRegistry | undefined;
  /** Instead of the region's control-plane endpoint. The data endpoint is always the one GetDataEndpoint names. */
  readonly endpoint?: string | undefined;
  /** For the control plane and STS; without effect on an `endpoint` of one's own. */
  readonly useFips?: boolean | undefined;
  readonly useDualstack?: boolean | undefined;
  readonly network?: NetworkOptions | undefined;
  readonly clock?: Pick<Clock, 'now' | 'monotonic'> | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** Instead of the environment's choice. Behind a proxy, or with an authority of one's own, it is the library in any case. */
  readonly mediaTransport?: MediaTransport | undefined;
}

export interface Timeouts {
  /** Until a connection stands, ms. */
  readonly connectMs: number;
  /** Until the head of GetMedia's response, or the whole of another one, ms. */
  readonly answerMs: number;
  /** For the body of an error, ms. */
  readonly errorBodyMs: number;
  /** For a credential source, ms. */
  readonly credentialsMs: number;
}

const TIMEOUTS: Timeouts = { connectMs: 10_000, answerMs: 15_000, errorBodyMs: 3_000, credentialsMs: 60_000 };

/** The calls to Kinesis Video Streams in one region with one set of credentials. Nothing of the SDK is loaded before the first call. */
export class KinesisVideoService implements MediaService {
  readonly #options: KinesisVideoServiceOptions;
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly #timeouts: Timeouts;
  readonly #transport: Transport;
  readonly #leanTransport: LeanTransport;
  readonly #mediaTransport: MediaTransport;
  readonly #credentials: CredentialLease;
  readonly #signer: ServiceSigner;
  readonly #control: ControlPlane;
  readonly #endpoints: EndpointCache;
  readonly #closing = new AbortController();
  #clockOffset = 0;

  constructor(options: KinesisVideoServiceOptions) {
    const { region, credentials, endpoint, useFips, useDualstack, network, clock, timeouts } = options;
    this.#options = options;
    this.#clock = clock ?? systemClock;
    // Every call under way listens, and there may be any number.
    setMaxListeners(0, this.#closing.signal);
    this.#timeouts = { ...TIMEOUTS, ...timeouts };
    this.#transport = new Transport(this.#timeouts.connectMs, network);
    this.#leanTransport = new LeanTransport({
      connectTimeoutMs: this.#timeouts.connectMs,
      connecting: this.#transport.connecting,
      trust: () => this.#transport.trusted(),
    });
    this.#mediaTransport = options.mediaTransport ?? chosenMediaTransport();
    const now = () => this.#clock.now() + this.#clockOffset;
    const { connectMs, answerMs, credentialsMs, errorBodyMs } = this.#timeouts;
    const way = { region, useFips, useDualstack, network };
    const limits = { connectTimeoutMs: connectMs, answerTimeoutMs: answerMs, timeoutMs: credentialsMs };
    const registry = options.credentialRegistry ?? credentialRegistry;
    this.#credentials = registry.lease({ source: credentials, ...way, ...limits }, now);
    const resolve = () => this.#credentials.get();
    this.#signer = new ServiceSigner({ region, credentials: resolve, now });
    this.#control = new ControlPlane({
      region,
      endpoint,
      useFips,
      useDualstack,
      credentials: resolve,
      signer: this.#signer,
      transport: this.#transport,
      errorBodyTimeoutMs: errorBodyMs,
    });
    this.#endpoints = new EndpointCache(
      (stream, signal) => this.#getDataEndpoint(stream, signal),
      () => this.#clock.monotonic(),
    );
  }

  async getMedia(
    stream: StreamRef,
    startSelector: StartSelector,
    signal: AbortSignal,
  ): Promise<MediaResponse> {
    const endpoint = await this.resolveEndpoint(stream, signal);
    return this.#call(
      'GetMedia',
      stream,
      signal,
      async (inner) => this.#open(endpoint, stream, startSelector, inner),
      (response) => {
        response.close();
      },
    );
  }

  resolveEndpoint(stream: StreamRef, signal: AbortSignal): Promise<string> {
    return this.#endpoints.get(stream, signal);
  }

  forgetEndpoint(stream: StreamRef): void {
    this.#endpoints.forget(stream);
  }

  forgetCredentials(): void {
    this.#credentials.forget();
  }

  /** Where the credentials came from that were used last; undefined before the first call. */
  get credentialOrigin(): CredentialOrigin | undefined {
    return this.#credentials.origin;
  }

  get clockOffsetMs(): number {
    return this.#clockOffset;
  }

  correctClock(serverTime: number): void {
    this.#clockOffset = serverTime - this.#clock.now();
  }

  /** At most `limit` streams (all of them where it is absent) whose names begin with `prefix`, in the service's order. */
  async listStreams(
    options: { readonly prefix?: string; readonly limit?: number } = {},
    signal?: AbortSignal,
  ): Promise<StreamInfo[]> {
    const { prefix, limit = Infinity } = options;
    const found: StreamInfo[] = [];
    let token: string | undefined;
    while (found.length < limit) {
      const asked = { prefix, wanted: limit - found.length, NextToken: token };
      const page = await this.#call('ListStreams', undefined, signal, (inner) =>
        this.#control.listStreams(asked, inner),
      );
      found.push(...page.streams.slice(0, limit - found.length));
      if (page.NextToken === undefined || page.NextToken === '' || page.NextToken === token) {
        break;
      }
      token = page.NextToken;
    }
    return found;
  }

  async describeStream(stream: StreamRef, signal?: AbortSignal): Promise<StreamInfo> {
    const info = await this.#call('DescribeStream', stream, signal, (inner) =>
      this.#control.describeStream(stream, inner),
    );
    if (info === undefined) {
      throw incomplete('DescribeStream', stream, 'UnknownError', 'got an answer without a description');
    }
    return info;
  }

  /**
   * Who the credentials are, by STS, which tells it to anyone. Undefined where STS does not answer or refuses, and
   * with an endpoint of one's own, for whose keys AWS is no judge, unless the environment names an STS too.
   */
  async callerIdentity(signal: AbortSignal): Promise<CallerIdentity | undefined> {
    const named = process.env['AWS_ENDPOINT_URL_STS'];
    const { region, endpoint } = this.#options;
    if (endpoint !== undefined && named === undefined) {
      return undefined;
    }
    const credentials = () => this.#credentials.get();
    const now = () => this.#clock.now() + this.#clockOffset;
    const signer = new ServiceSigner({ region, service: 'sts', credentials, now });
    const { answerMs } = this.#timeouts;
    const late = () => new Error('no answer');
    try {
      return await withDeadline(answerMs, late, [this.#closing.signal, signal], async (inner) => {
        const sts = named ?? stsEndpoint(await this.#control.regionalEndpoint(), region);
        return callerIdentity(sts, signer, this.#transport, inner, answerMs);
      });
    } catch {
      // It is asked for information only, and many networks let no one through to STS.
      return undefined;
    }
  }

  /** Aborts calls under way and destroys every socket, those of open responses too. Later calls reject. */
  close(): void {
    this.#closing.abort(new DOMException('The service object was closed.', 'AbortError'));
    this.#control.close();
    this.#credentials.release();
    this.#transport.close();
    this.#leanTransport.close();
  }

  async #getDataEndpoint(stream: StreamRef, signal: AbortSignal): Promise<string> {
    const { endpoint, askedHost } = await this.#call('GetDataEndpoint', stream, signal, (inner) =>
      this.#control.getDataEndpoint(stream, inner),
    );
    const owner = { region: this.#options.region, askedHost };
    const checked = checkDataEndpoint(endpoint, owner, this.#credentials.secrets());
    if ('problem' in checked) {
      throw incomplete('GetDataEndpoint', stream, 'InvalidEndpoint', checked.problem);
    }
    return checked.endpoint;
  }

  async #open(
    endpoint: string,
    stream: StreamRef,
    startSelector: StartSelector,
    signal: AbortSignal,
  ): Promise<MediaResponse> {
    const request = await this.#signer.sign(getMediaRequest(endpoint, stream, startSelector));
    signal.throwIfAborted();
    const { statusCode, headers, body } = await this.#transportFor(request).send(request, {
      abortSignal: signal,
    });
    if (statusCode !== 200) {
      body.on('error', () => undefined);
      const text = await readErrorBody(body, this.#timeouts.errorBodyMs, signal);
      throw errorFromResponse(statusCode, headers, text, 'GetMedia', this.#context(stream));
    }
    const RequestId = requestIdOf(headers, this.#credentials.secrets());
    return new HttpMediaResponse(body, {
      RequestId,
      serverTime: serverTimeOf(headers),
      redact: (text) => redact(text, this.#credentials.secrets()),
      broken: (cause) => {
        const context = this.#context(stream);
        const code = networkCodeOf(unfold(cause)) ?? 'ECONNRESET';
        return networkError(code, 'GetMedia', context, {
          RequestId,
          ...(cause === undefined ? {} : { cause: withoutSecrets(cause, context) }),
        });
      },
    });
  }

  /** The lean one knows no proxies. */
  #transportFor(request: Target): Pick<LeanTransport, 'send'> {
    const lean = this.#mediaTransport === 'lean' && this.#transport.isDirect(request);
    return lean ? this.#leanTransport : this.#transport;
  }

  /** Runs one call: credentials first, then within the time for an answer; failures come out as `KinesisVideoError`. */
  async #call<T>(
    operation: ServiceOperation,
    stream: StreamRef | undefined,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
    discard?: (result: T) => void,
  ): Promise<T> {
    const signals = [this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    const late = () => networkError('ETIMEDOUT', operation, this.#context(stream));
    try {
      await withAbort(signals, () => this.#credentials.get());
      return await withDeadline(this.#timeouts.answerMs, late, signals, work, discard);
    } catch (failure) {
      const aborted = signals.find((each) => each.aborted);
      if (aborted !== undefined) {
        throw aborted.reason;
      }
      const context = this.#context(stream);
      throw errorFromRefusal(failure, operation, context) ?? errorFromFailure(failure, operation, context);
    }
  }

  #context(stream: StreamRef | undefined): FailureContext {
    return { stream, secrets: this.#credentials.secrets() };
  }
}

function incomplete(
  operation: ServiceOperation,
  stream: StreamRef,
  ErrorType: string,
  what: string,
): KinesisVideoError {
  return new KinesisVideoError(`${describeCall(operation, stream)} ${what}.`, { ErrorType, operation });
}
