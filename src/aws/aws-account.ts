/** What all calls with one set of credentials in one region share: network, signatures, clock, time limits, errors. */
import { setMaxListeners } from 'node:events';
import { systemClock, type Clock } from '../clock';
import {
  chosenMediaTransport,
  HttpsTransport,
  SocketTransport,
  type HttpRequest,
  type MediaTransport,
  type NetworkOptions,
  type StreamedResponse,
} from '../http';
import type { StreamRef } from '../options';
import { withAbort, withDeadline } from './abort';
import { withCaBundle } from './ca-bundle';
import { errorFromUnansweredCall } from './unanswered-call';
import { networkError } from './network-failure';
import { callerIdentity, type CallerIdentity } from './caller-identity';
import type { CredentialOrigin } from './credential-origin';
import { credentialRegistry, type CredentialLease, type CredentialRegistry } from './credential-registry';
import type { CredentialSource } from './credential-types';
import type { FailureContext } from './error-response';
import type { ServiceOperation } from './operations';
import { errorFromRefusal, sdkClientConfig, type EndpointOptions, type SdkClientNeeds } from './sdk-client';
import { ServiceSigner, type SignedService } from './signing';
import { jsonCall, type JsonCall } from './json-call';

export interface AccountOptions {
  readonly region: string;
  readonly credentials: CredentialSource;
  /** Shares what sources give; the process's own by default. */
  readonly credentialRegistry?: CredentialRegistry | undefined;
  /** For the endpoints that the SDK has for the region, STS's included. */
  readonly useFips?: boolean | undefined;
  readonly useDualstack?: boolean | undefined;
  readonly network?: NetworkOptions | undefined;
  readonly clock?: Pick<Clock, 'now' | 'monotonic'> | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** Instead of the environment's choice. Through a proxy it is `https` in any case. */
  readonly mediaTransport?: MediaTransport | undefined;
}

export interface Timeouts {
  /** Until a connection stands, ms. */
  readonly connectMs: number;
  /** Until the head of a streaming response, or the whole of another one, ms. */
  readonly answerMs: number;
  /** For the body of an error, ms. */
  readonly errorBodyMs: number;
  /** For a credential source, ms. */
  readonly credentialsMs: number;
}

const TIMEOUTS: Timeouts = { connectMs: 10_000, answerMs: 15_000, errorBodyMs: 3_000, credentialsMs: 60_000 };

/** Does not load the SDK before the first call. */
export class AwsAccount {
  readonly region: string;
  readonly timeouts: Timeouts;
  /** Signs for Kinesis Video Streams. */
  readonly signer: ServiceSigner;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly #variant: EndpointOptions;
  readonly #transport: HttpsTransport;
  readonly #socketTransport: SocketTransport;
  readonly #mediaTransport: MediaTransport;
  readonly #lease: CredentialLease;
  readonly #closing = new AbortController();
  #clockOffset = 0;

  constructor(options: AccountOptions) {
    const { region, credentials: source, useFips, useDualstack, network } = options;
    this.region = region;
    this.clock = options.clock ?? systemClock;
    // Every call under way listens, and there may be any number.
    setMaxListeners(0, this.#closing.signal);
    this.timeouts = { ...TIMEOUTS, ...options.timeouts };
    const { connectMs, answerMs, credentialsMs } = this.timeouts;
    this.#variant = { useFips, useDualstack };
    this.#transport = new HttpsTransport(connectMs, withCaBundle(network, source));
    this.#socketTransport = new SocketTransport({
      connectTimeoutMs: connectMs,
      connectOptions: this.#transport.connectOptions,
      tlsContext: () => this.#transport.tlsContext(),
    });
    this.#mediaTransport = options.mediaTransport ?? chosenMediaTransport();
    const registry = options.credentialRegistry ?? credentialRegistry;
    const limits = { connectTimeoutMs: connectMs, answerTimeoutMs: answerMs, timeoutMs: credentialsMs };
    this.#lease = registry.lease({ source, region, useFips, useDualstack, network, ...limits }, this.#now);
    this.signer = this.#createSigner('kinesisvideo');
  }

  /** Where the credentials came from that were used last; undefined before the first call. */
  get credentialOrigin(): CredentialOrigin | undefined {
    return this.#lease.origin;
  }

  /** What must be cut out of anything that is shown. */
  get secrets(): readonly string[] {
    return this.#lease.secrets();
  }

  /** Makes the next call resolve credentials anew. */
  forgetCredentials(): void {
    this.#lease.forget();
  }

  /** The clock that calls are signed with is this machine's plus so many ms. */
  get clockOffsetMs(): number {
    return this.#clockOffset;
  }

  /** Signs with the service's clock from now on. `serverTime` is its `Date` header, ms since the epoch. */
  correctClock(serverTime: number): void {
    this.#clockOffset = serverTime - this.clock.now();
  }

  /**
   * The options for a client of the SDK, whose calls then go through `call`.
   *
   * @param endpoint instead of the region's
   * @param service that the client's calls are signed for
   */
  sdkClientConfig(
    endpoint: string | undefined,
    options: Pick<SdkClientNeeds, 'onHost' | 'longestAnswer'> = {},
    service: SignedService = 'kinesisvideo',
  ) {
    const needs = {
      region: this.region,
      credentials: this.#credentials,
      signer: service === 'kinesisvideo' ? this.signer : this.#createSigner(service),
      transport: this.#transport,
      errorBodyTimeoutMs: this.timeouts.errorBodyMs,
      ...options,
    };
    return sdkClientConfig(needs, { endpoint, ...this.#variant });
  }

  /** Signs a request for media and resolves with the head, of any status; the body is the caller's to close. */
  async openMedia(request: HttpRequest, abortSignal: AbortSignal): Promise<StreamedResponse> {
    const signed = await this.signer.sign(request);
    abortSignal.throwIfAborted();
    // The socket transport knows no proxies.
    return this.#mediaTransport === 'socket' && this.#transport.isDirect(signed)
      ? this.#socketTransport.send(signed, { abortSignal })
      : this.#transport.send(signed, { abortSignal });
  }

  /** Runs one call: credentials first, then within the time for an answer; failures come out as `KinesisVideoError`. */
  async call<T>(
    operation: ServiceOperation,
    stream: StreamRef | undefined,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
    discard?: (result: T) => void,
  ): Promise<T> {
    const signals = [this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    const late = () => networkError('ETIMEDOUT', operation, this.contextOf(stream));
    try {
      await withAbort(signals, this.#credentials);
      return await withDeadline(this.timeouts.answerMs, late, signals, work, discard);
    } catch (failure) {
      const aborted = signals.find((each) => each.aborted);
      if (aborted !== undefined) {
        throw aborted.reason;
      }
      const context = this.contextOf(stream);
      throw (
        errorFromRefusal(failure, operation, context) ?? errorFromUnansweredCall(failure, operation, context)
      );
    }
  }

  /** One call to a service that speaks AWS's JSON protocol, without a client of the SDK. Resolves with the answer. */
  json(request: JsonCall, signal: AbortSignal | undefined): Promise<unknown> {
    return this.call(request.operation, undefined, signal, (abortSignal) =>
      jsonCall(request, {
        signer: this.#createSigner(request.service),
        transport: this.#transport,
        signal: abortSignal,
        errorBodyTimeoutMs: this.timeouts.errorBodyMs,
        context: this.contextOf(undefined),
      }),
    );
  }

  /** What a sentence about a failure may name, and what it must not. */
  contextOf(stream: StreamRef | undefined): FailureContext {
    return { stream, region: this.region, secrets: this.secrets };
  }

  /**
   * Asks STS who the credentials are. Undefined if it does not answer, for any reason: many networks let no
   * one through to it.
   */
  async identity(
    stsEndpoint: () => Promise<string>,
    signal: AbortSignal,
  ): Promise<CallerIdentity | undefined> {
    const { answerMs } = this.timeouts;
    const late = () => new Error('no answer');
    try {
      return await withDeadline(answerMs, late, [this.#closing.signal, signal], async (inner) =>
        callerIdentity(await stsEndpoint(), this.#createSigner('sts'), this.#transport, inner, answerMs),
      );
    } catch {
      // It is asked for information only.
      return undefined;
    }
  }

  /** Aborts calls under way and destroys every socket, those of open responses too. Later calls reject. */
  close(): void {
    this.#closing.abort(new DOMException('The service object was closed.', 'AbortError'));
    this.#lease.release();
    this.#transport.close();
    this.#socketTransport.close();
  }

  readonly #now = (): number => this.clock.now() + this.#clockOffset;

  readonly #credentials = () => this.#lease.get();

  #createSigner(service: SignedService): ServiceSigner {
    return new ServiceSigner({
      region: this.region,
      service,
      credentials: this.#credentials,
      now: this.#now,
    });
  }
}
